"""Who may make which move, and who wins when two try at once."""

from __future__ import annotations

import threading
from datetime import timedelta
from itertools import product

import pytest
from django.db import connection

from alerts.domain import states
from alerts.errors import AlertAlreadyTaken, OutcomeInvalid
from alerts.models import Alert, AlertLog, Delivery
from alerts.services import answering, sending
from alerts.services.assigning import hand_over
from alerts.services.moves import move
from tests.factories import make_administrator, make_clinician, make_superuser
from tests.integration.alerts.conftest import (
    NOW,
    Ward,
    make_alert,
    make_flag,
    make_ward,
)
from tracker.errors import DomainError, NotAClinician, NotFound


def put(alert: Alert, state: str) -> None:
    """Put an alert into a state without asking anybody."""
    later = NOW + timedelta(hours=1)
    fields = {
        "acknowledged": {"acknowledged_at": NOW},
        "resolved": {"resolved_at": NOW},
        "snoozed": {"snoozed_until": later, "next_step_at": later},
    }.get(state, {})
    Alert.objects.filter(pk=alert.pk).update(state=state, **fields)


BY_PEOPLE = states.ANSWERS
BY_SYSTEM = ("notify", "reopen", "wake", "supersede")


def test_every_action_of_the_table_is_walked_below() -> None:
    assert {*BY_PEOPLE, *BY_SYSTEM} == set(states.TARGET)


@pytest.mark.parametrize(
    ("source", "action", "role"),
    list(
        product(
            states.STATES,
            BY_PEOPLE,
            ("clinician", "administrator", "patient", "stranger", "superuser"),
        )
    ),
)
def test_every_move_by_every_role(
    ward: Ward, source: str, action: str, role: str
) -> None:
    alert = make_alert(ward, tier="urgent", rule="R06", category="motor")
    put(alert, source)
    who = {
        "clinician": lambda: ward.second,
        "administrator": lambda: ward.administrator,
        "patient": lambda: ward.patient.user,
        "stranger": make_clinician,
        "superuser": make_superuser,
    }[role]()
    log = AlertLog.objects.count()

    def act() -> None:
        if action == "acknowledge":
            answering.acknowledge(alert.pk, by=who, now=NOW)
        elif action == "snooze":
            sleep = answering.Sleep(
                until=NOW + timedelta(hours=2), reason="patient_away"
            )
            answering.snooze(alert.pk, sleep, by=who, now=NOW)
        elif action == "hand_over":
            hand_over(alert.pk, to=ward.duty.pk, by=who, now=NOW)
        else:
            answering.resolve(alert.pk, by=who, outcome="false_alarm", now=NOW)

    if states.allowed(source=source, action=action, role=role):
        act()
        alert.refresh_from_db()
        assert alert.state == states.TARGET[action]
        line = alert.log.filter(action=action).last()
        assert line
        assert (line.from_state, line.to_state, line.actor) == (
            source,
            alert.state,
            who,
        )
        return
    refusal = {"clinician": AlertAlreadyTaken, "administrator": NotAClinician}
    with pytest.raises(refusal.get(role, NotFound)):
        act()
    alert.refresh_from_db()
    assert alert.state == source
    assert AlertLog.objects.count() == log


@pytest.mark.parametrize(
    ("source", "action"),
    list(product(states.STATES, BY_SYSTEM)),
)
def test_every_move_of_the_system(ward: Ward, source: str, action: str) -> None:
    alert = make_alert(ward, tier="urgent", rule="R06", category="motor")
    put(alert, source)
    expected = states.allowed(source=source, action=action, role="system")
    assert move(alert.pk, action, by=None, now=NOW) is expected
    alert.refresh_from_db()
    assert alert.state == (states.TARGET[action] if expected else source)


def test_an_acknowledgement_stops_the_messages_that_wait(ward: Ward) -> None:
    alert = make_alert(ward)
    answering.acknowledge(alert.pk, by=ward.second, now=NOW)
    waiting = Delivery.objects.filter(alert=alert, state="queued")
    assert {row.recipient_id for row in waiting} == {ward.patient.user_id}


def test_resolving_closes_the_flags(ward: Ward) -> None:
    alert = make_alert(ward)
    answering.resolve(
        alert.pk, by=ward.duty, outcome="examined_referred", note="seen", now=NOW
    )
    alert.refresh_from_db()
    flag = alert.flags.get()
    assert (flag.status, flag.outcome) == ("closed", "examined_referred")
    assert (alert.acknowledged_by, alert.resolved_by) == (ward.duty, ward.duty)
    assert alert.outcome_note == "seen"


@pytest.mark.parametrize(
    ("outcome", "note"),
    [("", ""), ("nonsense", ""), ("advice_given", ""), ("false_alarm", "x" * 2001)],
)
def test_an_emergency_ends_only_with_a_fit_outcome(
    ward: Ward, outcome: str, note: str
) -> None:
    alert = make_alert(ward)
    with pytest.raises(OutcomeInvalid):
        answering.resolve(alert.pk, by=ward.duty, outcome=outcome, note=note, now=NOW)


def test_whoever_resolves_keeps_who_had_taken_it(ward: Ward) -> None:
    alert = make_alert(ward)
    answering.acknowledge(alert.pk, by=ward.duty, now=NOW)
    answering.resolve(alert.pk, by=ward.second, outcome="false_alarm", now=NOW)
    alert.refresh_from_db()
    assert (alert.acknowledged_by, alert.resolved_by) == (ward.duty, ward.second)


def test_a_patient_reads_only_their_own(ward: Ward) -> None:
    alert, other = make_alert(ward), make_ward()
    with pytest.raises(NotFound):
        answering.patient_acknowledge(alert.pk, by=other.patient.user, now=NOW)
    first = answering.patient_acknowledge(alert.pk, by=ward.patient.user, now=NOW)
    again = answering.patient_acknowledge(alert.pk, by=ward.patient.user, now=NOW)
    assert first.patient_acknowledged_at == again.patient_acknowledged_at == NOW
    assert alert.log.filter(action="patient_acknowledged").count() == 1
    assert again.state == "open"  # reading it answers nothing


def test_an_administrator_who_is_also_a_clinician_elsewhere(ward: Ward) -> None:
    alert = make_alert(ward)
    with pytest.raises(NotAClinician):
        answering.acknowledge(alert.pk, by=make_administrator(ward.clinic), now=NOW)


def race(*works) -> list[object]:
    """Run the works at once, each on a connection of its own."""
    barrier = threading.Barrier(len(works))
    results: list[object] = [None] * len(works)

    def run(place: int) -> None:
        try:
            barrier.wait(10)
            results[place] = works[place]()
        except DomainError as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.mark.django_db(transaction=True)
def test_of_two_clinicians_one_takes_the_alert() -> None:
    ward = make_ward()
    for number in range(5):
        alert = make_alert(ward, rule=f"X{number}", side="", category="review")
        results = race(
            lambda a=alert: answering.acknowledge(a.pk, by=ward.duty, now=NOW),
            lambda a=alert: answering.acknowledge(a.pk, by=ward.second, now=NOW),
        )
        refused = [r for r in results if isinstance(r, AlertAlreadyTaken)]
        assert len(refused) == 1
        assert alert.log.filter(action="acknowledge").count() == 1
        answering.resolve(alert.pk, by=ward.duty, outcome="false_alarm", now=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_claim_one_message() -> None:
    ward = make_ward()
    for number in range(8):
        make_alert(ward, rule=f"X{number}", side="", category="review", tier="urgent")
        Alert.objects.update(state="resolved", resolved_at=NOW)
    expected = Delivery.objects.count()
    claims = race(*[lambda: sending.claim(now=NOW, limit=50)] * 3)
    ids = [row.pk for rows in claims for row in rows]  # type: ignore[attr-defined]
    ids += [row.pk for row in sending.claim(now=NOW, limit=50)]
    assert len(ids) == len(set(ids)) == expected


@pytest.mark.django_db(transaction=True)
def test_two_flags_of_one_danger_at_once_make_one_alert() -> None:
    from alerts.services.opening import open_alerts_for_flags

    ward = make_ward()
    flags = [make_flag(ward.patient, items=(item,)) for item in "abcd"]
    race(*[lambda f=flag: open_alerts_for_flags([f], NOW) for flag in flags])
    alert = Alert.objects.get()
    assert alert.covers == {"R01": ["a", "b", "c", "d"]}
    assert alert.flags.count() == 4


@pytest.mark.django_db(transaction=True)
def test_answers_sweeps_and_new_flags_never_lock_each_other_out() -> None:
    from alerts.services import sweeping
    from alerts.services.opening import open_alerts_for_flags

    ward = make_ward()
    for number in range(6):
        alert = make_alert(ward, items=("a",), key=f"first {number}")
        flag = make_flag(ward.patient, items=("b",), key=f"second {number}")
        due = alert.next_step_at
        results = race(
            lambda a=alert: answering.acknowledge(a.pk, by=ward.duty, now=NOW),
            lambda at=due: sweeping.sweep(now=at),
            lambda f=flag: open_alerts_for_flags([f], NOW),
            lambda at=due: sweeping.sweep(now=at),
        )
        assert not [r for r in results if isinstance(r, Exception)]
        for rest in Alert.objects.filter(state__in=states.UNRESOLVED):
            answering.resolve(rest.pk, by=ward.duty, outcome="false_alarm", now=NOW)
