"""An alert in other hands: the colleague is asked first, and nobody drops out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts.errors import AlertAlreadyTaken, HandOverRefused
from alerts.models import Alert, Delivery
from alerts.selectors.response_times import response_times
from alerts.services import answering, sweeping
from alerts.services.assigning import hand_over
from tests.factories import client_of, make_clinician
from tests.integration.alerts.conftest import NOW, Ward, make_alert
from tracker.errors import NotAClinician
from tracker.models import User


HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
WEAKER = {"rule": "R06", "tier": "urgent", "category": "motor", "side": "left"}


@pytest.fixture
def colleague(ward: Ward) -> User:
    return make_clinician(team=ward.team)


def told(alert: Alert) -> list[int]:
    """Return who was told of the newest wave."""
    alert.refresh_from_db()
    found = Delivery.objects.filter(
        alert=alert, step__gte=1, wave=alert.wave_count, channel="email"
    )
    return sorted(found.values_list("recipient", flat=True))


def test_the_colleague_is_asked_and_takes_it(ward: Ward, colleague: User) -> None:
    alert = make_alert(ward, **WEAKER)
    answering.acknowledge(alert.pk, by=ward.duty, now=NOW + HOUR)
    handed = hand_over(alert.pk, to=colleague.pk, by=ward.duty, now=NOW + 2 * HOUR)
    assert (handed.state, handed.acknowledged_by) == ("open", None)
    assert handed.acknowledge_by == NOW + 6 * HOUR  # four hours from then
    assert told(alert) == [colleague.pk]
    taken = answering.acknowledge(alert.pk, by=colleague, now=NOW + 3 * HOUR)
    assert taken.acknowledged_by == colleague


def test_without_an_answer_the_others_follow_in_their_order(
    ward: Ward, colleague: User
) -> None:
    alert = make_alert(ward)  # an emergency: half an hour
    hand_over(alert.pk, to=colleague.pk, by=ward.duty, now=NOW)
    sweeping.sweep(now=NOW + 14 * MINUTE)
    assert told(alert) == [colleague.pk]
    now, seen = NOW + 15 * MINUTE, []
    for _ in range(3):
        sweeping.sweep(now=now)
        seen.append(told(alert))
        assert alert.next_step_at
        now = alert.next_step_at
    assert (seen[0], seen[1]) == ([ward.duty.pk], [ward.second.pk])
    everybody = [ward.duty.pk, ward.second.pk, colleague.pk, ward.administrator.pk]
    assert seen[2] == sorted(everybody)


def test_from_hand_to_hand_the_policy_stays_that_of_the_clinic(
    ward: Ward, colleague: User
) -> None:
    alert = make_alert(ward)
    for to, by in ((colleague, ward.duty), (ward.second, colleague)):
        alert = hand_over(alert.pk, to=to.pk, by=by, now=NOW)
    steps = alert.plan["policy"]["steps"]
    assert [step[0] for step in steps].count("person") == 1
    assert steps[0][:3] == ["person", 0, ward.second.pk]


def test_whoever_looked_at_an_older_state_changes_nothing(
    ward: Ward, colleague: User
) -> None:
    alert = make_alert(ward)
    seen = alert.step_token
    answering.acknowledge(alert.pk, by=ward.second, now=NOW)
    with pytest.raises(AlertAlreadyTaken):
        hand_over(alert.pk, to=colleague.pk, by=ward.duty, now=NOW, seen=seen)
    alert.refresh_from_db()
    assert alert.acknowledged_by == ward.second


def test_a_closed_alert_stays_closed(ward: Ward, colleague: User) -> None:
    alert = make_alert(ward, **WEAKER)
    answering.resolve(alert.pk, by=ward.duty, outcome="false_alarm", now=NOW)
    with pytest.raises(AlertAlreadyTaken):
        hand_over(alert.pk, to=colleague.pk, by=ward.duty, now=NOW)


def test_only_colleagues_who_may_see_the_patient(ward: Ward) -> None:
    alert = make_alert(ward)
    answering.acknowledge(alert.pk, by=ward.duty, now=NOW)
    elsewhere = make_clinician(clinic=ward.clinic)
    for to in (elsewhere.pk, ward.administrator.pk, ward.duty.pk, 10**9):
        with pytest.raises(HandOverRefused):
            hand_over(alert.pk, to=to, by=ward.duty, now=NOW)
    with pytest.raises(NotAClinician):
        hand_over(alert.pk, to=ward.second.pk, by=ward.administrator, now=NOW)
    alert.refresh_from_db()
    assert alert.acknowledged_by == ward.duty


def test_a_late_answer_stays_late_in_the_figures(ward: Ward, colleague: User) -> None:
    alert = make_alert(ward)
    hand_over(alert.pk, to=colleague.pk, by=ward.duty, now=NOW + HOUR)
    answering.acknowledge(alert.pk, by=colleague, now=NOW + HOUR + MINUTE)
    (found,) = response_times(ward.clinic, since=NOW, until=NOW + HOUR)
    assert (found.answered, found.answered_in_time) == (1, 0)
    assert found.flag_to_answer == HOUR


def test_of_one_danger_only_one_alert_is_open(ward: Ward, colleague: User) -> None:
    first = make_alert(ward, **WEAKER)
    answering.acknowledge(first.pk, by=ward.duty, now=NOW)
    worse = make_alert(ward, **WEAKER | {"rule": "R05", "tier": "emergency"})
    assert worse.pk != first.pk
    with pytest.raises(AlertAlreadyTaken):
        hand_over(first.pk, to=colleague.pk, by=ward.duty, now=NOW)
    worse.refresh_from_db()
    assert worse.state in ("open", "notified")


def test_by_the_api(ward: Ward, colleague: User) -> None:
    alert, doctor = make_alert(ward), client_of(ward.duty)
    address = f"/api/v1/alerts/{alert.pk}"
    seen = doctor.get(address).data["version"]
    body = {"to": colleague.pk, "seen": seen}
    answer = doctor.post(f"{address}/hand-over", body, format="json")
    assert (answer.status_code, answer.data["state"]) == (200, "open")
    again = doctor.post(f"{address}/hand-over", body, format="json")
    assert (again.status_code, again.data["code"]) == (409, "alert_already_taken")
    body = {"to": ward.administrator.pk}
    refused = doctor.post(f"{address}/hand-over", body, format="json")
    assert (refused.status_code, refused.data["code"]) == (400, "hand_over_refused")
