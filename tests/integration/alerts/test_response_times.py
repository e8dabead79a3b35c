"""How long a clinic takes, from real alerts that were answered at known times."""

from __future__ import annotations

from datetime import timedelta

from alerts.selectors.response_times import response_times
from alerts.services import answering
from tests.factories import client_of
from tests.integration.alerts.conftest import NOW, Ward, make_alert, make_ward


HOUR = timedelta(hours=1)


def answered(ward: Ward, number: int, *, after: timedelta, outcome: str = "") -> None:
    alert = make_alert(
        ward,
        rule="R06",
        tier="urgent",
        category="motor",
        side=f"side {number}",
        onset_on=NOW.date() - timedelta(days=number),
    )
    answering.acknowledge(alert.pk, by=ward.duty, now=NOW + after)
    if outcome:
        answering.resolve(alert.pk, by=ward.duty, outcome=outcome, now=NOW + 10 * after)


def test_the_medians_of_a_clinic(ward: Ward) -> None:
    answered(ward, 1, after=HOUR, outcome="examined_referred")
    answered(ward, 2, after=2 * HOUR, outcome="examined_referred")
    answered(ward, 6, after=5 * HOUR, outcome="false_alarm")
    make_alert(ward, rule="R07", tier="soon", category="sensory")
    answered(make_ward(), 1, after=HOUR, outcome="false_alarm")
    period = {"since": NOW - HOUR, "until": NOW + HOUR}
    urgent, soon = response_times(ward.clinic, **period)
    assert (urgent.opened, urgent.answered, urgent.resolved) == (3, 3, 3)
    assert urgent.answered_in_time == 2  # the target was four hours
    assert urgent.flag_to_answer == 2 * HOUR
    assert urgent.flag_to_outcome == 20 * HOUR
    assert urgent.onset_to_flag == timedelta(days=2, hours=9)
    assert urgent.outcomes == {"examined_referred": 2, "false_alarm": 1}
    assert (soon.tier, soon.opened, soon.answered) == ("soon", 1, 0)
    assert soon.flag_to_answer is None
    assert not response_times(ward.clinic, since=NOW + HOUR, until=NOW + 2 * HOUR)


def test_an_alert_that_was_opened_again_keeps_its_first_answer(ward: Ward) -> None:
    alert = make_alert(ward)
    answering.acknowledge(alert.pk, by=ward.duty, now=NOW + HOUR / 4)
    type(alert).objects.update(acknowledged_at=None, acknowledged_by=None, state="open")
    answering.acknowledge(alert.pk, by=ward.second, now=NOW + 5 * HOUR)
    (found,) = response_times(ward.clinic, since=NOW, until=NOW + HOUR)
    assert found.flag_to_answer == HOUR / 4


def test_an_administrator_asks(ward: Ward) -> None:
    answered(ward, 1, after=HOUR, outcome="false_alarm")
    address = f"/api/v1/clinics/{ward.clinic.pk}/response-times"
    client = client_of(ward.administrator)
    query = {"since": NOW.isoformat(), "until": (NOW + HOUR).isoformat()}
    (shown,) = client.get(address, query).json()
    assert shown["median_flag_to_answer_seconds"] == 3600
    assert shown["outcomes"] == {"false_alarm": 1}
    assert client.get(address, {"since": "yesterday"}).status_code == 400
