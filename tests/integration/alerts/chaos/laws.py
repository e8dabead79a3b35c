"""What must hold after the chaos, read from the log and from what the providers got."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from alerts.domain import targets
from alerts.models import Alert, AlertLog, Delivery
from analytics.models import CATEGORIES
from tests.conftest import CANARIES
from tests.integration.alerts.chaos.clock import Clock
from tests.integration.alerts.chaos.faulty import FaultyProvider
from tests.integration.alerts.conftest import Ward
from tests.integration.alerts.smtp_server import Mailbox


LAST_STEP = 3
#: By the default policy, for an emergency. Unit: minutes.
BETWEEN_STEPS, BETWEEN_REPEATS = 15, 30
#: No message outside the app may hold one of these.
CLINICAL = (
    *CANARIES,
    *targets.ALERTING,
    *(category for category, _ in CATEGORIES),
    *("red flag", "bladder", "saddle", "numb", "pain", "patient"),
)


def at_least_once(box: Mailbox, provider: FaultyProvider) -> None:
    """Whatever counts as sent has arrived, and nothing is left behind."""
    unsent = Delivery.objects.exclude(state="sent")
    assert not unsent.exists(), list(
        unsent.values_list("state", "channel", "error_code").distinct()
    )
    mailed = {str(mail["Message-ID"]) for mail in box.mails}
    for row in Delivery.objects.exclude(channel="in_app"):
        if row.channel == "email":
            assert f"<{row.pk}@localhost>" in mailed, "a mail never arrived"
        else:
            assert row.pk.hex in provider.taken, f"a message by {row.channel} is lost"


def in_order_and_not_early(clock: Clock) -> None:
    """Step one, two, three and three again, each after its time by a right clock."""
    for alert in Alert.objects.all():
        hops = list(_hops(alert))
        steps = [hop.detail["step"] for hop in hops]
        rest = len(steps) - LAST_STEP
        assert steps == [1, 2, 3] + [LAST_STEP] * rest, f"the steps were {steps}"
        for before, after in pairwise(hops):
            if clock.knows(before.at):
                assert_not_early(clock, before, after)


def assert_not_early(clock: Clock, before: AlertLog, after: AlertLog) -> None:
    """By the clock of whoever took the steps, and by the right one."""
    repeats = before.detail["step"] == LAST_STEP
    waits = timedelta(minutes=BETWEEN_REPEATS if repeats else BETWEEN_STEPS)
    planned = datetime.fromisoformat(before.detail["next_at"])
    assert planned - before.at >= waits, f"planned early after {before.detail}"
    if before.at.microsecond == after.at.microsecond:  # by one setting of the clock
        assert after.at >= planned, f"taken early: {after.at} after {before.detail}"
    passed = clock.true(after.at) - clock.true(before.at)
    leapt = clock.leaps(before.at, after.at)
    second = timedelta(seconds=1)  # the number of a setting stands in the microseconds
    assert passed + leapt >= waits - second, f"{passed} after step {before.detail}"


def nobody_skipped(wards: list[Ward]) -> None:
    """Each step names whom the policy names, and each of them has a mail of it."""
    by_patient = {ward.patient.pk: ward for ward in wards}
    for alert in Alert.objects.all():
        ward = by_patient[alert.patient_id]
        everybody = {ward.duty.pk, ward.second.pk, ward.administrator.pk}
        wanted = {1: {ward.duty.pk}, 2: {ward.second.pk}, LAST_STEP: everybody}
        for hop in _hops(alert):
            step, told = hop.detail["step"], set(hop.detail["people"])
            assert told == wanted[step], f"step {step} told {told}"
        for step, people in wanted.items():
            mails = alert.deliveries.filter(step=step, channel="email")
            assert set(mails.values_list("recipient", flat=True)) == people


def nothing_clinical_outside(
    box: Mailbox, provider: FaultyProvider, worker_log: str
) -> None:
    """No mail, no message to a provider and no line of a log says what it is about."""
    outside = [_words_of(mail) for mail in box.mails]
    outside += [asked.body.decode() for asked in provider.asked]
    for text in outside:
        plain = text.lower().replace("rootwatch", "")
        found = [word for word in CLINICAL if word in plain]
        assert not found, f"a message outside the app says {found}"
    found = [word for word in CANARIES if word in worker_log.lower()]
    assert not found, f"the log of a worker says {found}"


def _words_of(mail: Any) -> str:
    """Return all of a mail but the address that it goes to."""
    heads = [text for name, text in mail.items() if name != "To"]
    return " ".join([*heads, mail.get_payload()])


def _hops(alert: Alert) -> Any:
    return alert.log.filter(action__in=("told", "escalated")).order_by("pk")
