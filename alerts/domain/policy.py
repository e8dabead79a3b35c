"""A clinic's escalation policy: whom to tell, after how long, and how often again.

`hop` is the one function that decides it: production takes each step with it, the
simulator and the coverage check ask it in advance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from alerts.domain import targets
from alerts.domain.rota import FIRST, SECOND, Rota, on_duty
from alerts.domain.targets import EMERGENCY, Calendar, Span


#: Whom a step tells.
ON_DUTY: Final = "on_duty"
SECOND_ON_DUTY: Final = "second"
PERSON: Final = "person"
CARE_TEAM: Final = "care_team"
ADMINISTRATORS: Final = "administrators"
EVERYBODY: Final = "everybody"
#: What a policy may name; everybody is told by the last resort, which nobody can remove.
WHOM: Final = (ON_DUTY, SECOND_ON_DUTY, PERSON, CARE_TEAM, ADMINISTRATORS)

#: What a clinic may choose as its targets.
#: Unit: minutes of the clock for an emergency, else of the clinic's working time.
#: Source: our choice around clinical.md section 8; an emergency never gets longer.
TARGET_LIMITS: Final[Mapping[str, tuple[int, int]]] = {
    EMERGENCY: (5, targets.EMERGENCY_ANSWER_MINUTES),
    "urgent": (30, 8 * 60),
    "soon": (60, 40 * 60),
}
#: When the second on duty is told, and when everybody is, unless a clinic chooses.
#: Unit: percent of the target.
#: Source: clinical.md section 8 ("at 50 % and 100 % of target").
SECOND_PERCENT: Final = 50
LAST_RESORT_PERCENT: Final = 100
#: The latest place of a step, and of the last resort.
#: Unit: percent of the target. Source: our choice.
LATEST_PERCENT: Final = 300
MOST_STEPS: Final = 10
#: How long a colleague to whom an alert is handed over is asked alone.
#: Unit: percent of the target. Source: our choice, half of the time to answer.
ASKED_ALONE_PERCENT: Final = 50
MOST_REPEATS: Final = 20


@dataclass(frozen=True, kw_only=True)
class Step:
    """Whom to tell when this much of the target has passed without an answer."""

    whom: str
    after_percent: int
    person: int | None = None
    tier: str = ""  # of one tier only; empty for all


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Steps, targets and working hours; after the steps comes the last resort."""

    calendar: Calendar
    steps: tuple[Step, ...] = (
        Step(whom=ON_DUTY, after_percent=0),
        Step(whom=SECOND_ON_DUTY, after_percent=SECOND_PERCENT),
    )
    last_resort_percent: int = LAST_RESORT_PERCENT
    repeat_count: int = 0
    target_minutes: Mapping[str, int] = field(
        default_factory=lambda: targets.ANSWER_MINUTES
    )

    def steps_of(self, tier: str) -> tuple[Step, ...]:
        """Return the steps of a tier in order, the last resort at the end."""
        mine = [step for step in self.steps if step.tier in ("", tier)]
        first = [Step(whom=ON_DUTY, after_percent=0)]
        ordered = sorted(mine, key=lambda step: step.after_percent) or first
        latest = max(self.last_resort_percent, ordered[-1].after_percent)
        return (*ordered, Step(whom=EVERYBODY, after_percent=latest))

    def last_step(self, tier: str) -> int:
        """Return the number of the last resort; steps count from 1."""
        return len(self.steps_of(tier))

    def answer_by(self, tier: str, *, now: datetime) -> datetime | None:
        """Return by when somebody must have answered, None without escalation."""
        return self._after(tier, 100, now=now)

    def _after(self, tier: str, percent: int, *, now: datetime) -> datetime | None:
        minutes = self.target_minutes.get(tier)
        if minutes is None:
            return None
        length = timedelta(minutes=minutes) * percent / 100
        span = Span(length, working=tier != EMERGENCY)
        return targets.after(span, calendar=self.calendar, now=now)

    def next_at(
        self, tier: str, step: int, *, repeats: int, now: datetime
    ) -> datetime | None:
        """Return when the step after this one is due, None when there is no more.

        The last resort is repeated once in each target: an emergency for ever.
        """
        steps = self.steps_of(tier)
        if step < len(steps):
            gap = steps[step].after_percent - steps[step - 1].after_percent
            return self._after(tier, gap, now=now)
        if tier != EMERGENCY and repeats >= self.repeat_count:
            return None
        return self._after(tier, 100, now=now)


def asking_first(policy: Policy, person: int, *, tier: str) -> Policy:
    """Return the policy with a colleague before all others, who come that much later.

    Nobody drops out: without an answer of the colleague each step follows as written.
    """
    others = tuple(
        replace(step, after_percent=step.after_percent + ASKED_ALONE_PERCENT)
        for step in policy.steps_of(tier)[:-1]
    )
    return replace(
        policy,
        steps=(Step(whom=PERSON, after_percent=0, person=person), *others),
        last_resort_percent=policy.last_resort_percent + ASKED_ALONE_PERCENT,
    )


@dataclass(frozen=True, kw_only=True)
class People:
    """The accounts that can be told and may see the patient."""

    clinicians: tuple[int, ...]
    administrators: tuple[int, ...]

    @property
    def everybody(self) -> tuple[int, ...]:
        """Return all of them, clinicians first."""
        return tuple(dict.fromkeys([*self.clinicians, *self.administrators]))


@dataclass(frozen=True, kw_only=True)
class Hop:
    """Who is told at a step, and when the next one is due."""

    step: int
    whom: str
    people: tuple[int, ...]
    as_written: bool
    next_at: datetime | None


def hop(
    policy: Policy,
    rota: Rota,
    people: People,
    *,
    tier: str,
    position: tuple[int, int],
    now: datetime,
) -> Hop:
    """Return what happens at a position, that is (step, repeats), at an instant.

    A step that names nobody who can be told is taken by others, in the end by
    everybody: it tells nobody only when there is nobody.
    """
    number, repeats = position
    step = policy.steps_of(tier)[number - 1]
    named = named_by(step, rota, people, now=now)
    if step.whom == SECOND_ON_DUTY:  # who was told first has not answered
        first = answering_first(rota, people, now=now)
        named = tuple(pk for pk in named if pk not in first)
    others = () if named else _instead(step, rota, people, now=now)
    return Hop(
        step=number,
        whom=step.whom,
        people=named or others or people.everybody,
        as_written=bool(named),
        next_at=policy.next_at(tier, number, repeats=repeats, now=now),
    )


def named_by(
    step: Step, rota: Rota, people: People, *, now: datetime
) -> tuple[int, ...]:
    """Return whom a step names, of those who can be told; perhaps nobody.

    A team without any shift is on duty as a whole.
    """
    if step.whom == PERSON:
        return tuple(pk for pk in people.everybody if pk == step.person)
    whole = {
        CARE_TEAM: people.clinicians,
        ADMINISTRATORS: people.administrators,
        EVERYBODY: people.everybody,
    }
    if step.whom in whole:
        return whole[step.whom]
    if step.whom == ON_DUTY and not rota.shifts:
        return people.clinicians
    line = FIRST if step.whom == ON_DUTY else SECOND
    named = on_duty(rota, line, now)
    return tuple(pk for pk in named if pk in people.clinicians)


def _instead(
    step: Step, rota: Rota, people: People, *, now: datetime
) -> tuple[int, ...]:
    """Return who stands in: the second for the first, the others for the second."""
    if step.whom == ON_DUTY:
        second = Step(whom=SECOND_ON_DUTY, after_percent=0)
        return named_by(second, rota, people, now=now) or people.clinicians
    if step.whom == SECOND_ON_DUTY:
        first = answering_first(rota, people, now=now)
        others = tuple(pk for pk in people.clinicians if pk not in first)
        return others or people.administrators
    return people.clinicians


def answering_first(rota: Rota, people: People, *, now: datetime) -> tuple[int, ...]:
    """Return who answers for the first line."""
    step = Step(whom=ON_DUTY, after_percent=0)
    return (
        named_by(step, rota, people, now=now)
        or _instead(step, rota, people, now=now)
        or people.administrators
    )


def problems(policy: Policy) -> list[str]:
    """Return what is wrong with a policy, in sentences that say what to do."""
    found = [problem for step in policy.steps for problem in _problems_of(step)]
    if not policy.steps or len(policy.steps) > MOST_STEPS:
        found.append(f"Give 1 to {MOST_STEPS} steps.")
    for tier, (low, high) in TARGET_LIMITS.items():
        if policy.steps_of(tier)[0].after_percent != 0:
            found.append(f"Give {tier} a step at 0 percent: somebody is told at once.")
        if not low <= policy.target_minutes.get(tier, 0) <= high:
            found.append(f"The target of {tier} is from {low} to {high} minutes.")
    if not 0 <= policy.last_resort_percent <= LATEST_PERCENT:
        found.append(f"The last resort comes by {LATEST_PERCENT} percent.")
    if not 0 <= policy.repeat_count <= MOST_REPEATS:
        found.append(f"Repeat at most {MOST_REPEATS} times.")
    if not _works(policy.calendar):
        found.append("Give one working day or more, opening before it closes.")
    return found


def _works(calendar: Calendar) -> bool:
    known = calendar.weekdays <= frozenset(range(7))
    return known and bool(calendar.weekdays) and calendar.opens < calendar.closes


def _problems_of(step: Step) -> list[str]:
    found = []
    if step.whom not in WHOM or step.tier not in ("", *TARGET_LIMITS):
        found.append(f"A step tells one of: {', '.join(WHOM)}.")
    if not 0 <= step.after_percent <= LATEST_PERCENT:
        found.append(f"A step comes between 0 and {LATEST_PERCENT} percent.")
    if (step.whom == PERSON) != (step.person is not None):
        found.append("Name a person in steps that tell a person, and in no other.")
    return found


def written(policy: Policy) -> dict[str, Any]:
    """Return the JSON form of a policy, for the snapshot on an alert."""
    calendar = policy.calendar
    return {
        "steps": [
            [step.whom, step.after_percent, step.person, step.tier]
            for step in policy.steps
        ],
        "last_resort_percent": policy.last_resort_percent,
        "repeat_count": policy.repeat_count,
        "target_minutes": dict(policy.target_minutes),
        "zone": str(calendar.zone),
        "opens": calendar.opens.isoformat(),
        "closes": calendar.closes.isoformat(),
        "weekdays": sorted(calendar.weekdays),
        "holidays": sorted(day.isoformat() for day in calendar.holidays),
    }


def read(stored: Mapping[str, Any]) -> Policy:
    """Return a policy from its JSON form."""
    return Policy(
        calendar=Calendar(
            zone=ZoneInfo(stored["zone"]),
            opens=time.fromisoformat(stored["opens"]),
            closes=time.fromisoformat(stored["closes"]),
            weekdays=frozenset(stored["weekdays"]),
            holidays=frozenset(map(date.fromisoformat, stored["holidays"])),
        ),
        steps=tuple(
            Step(whom=whom, after_percent=percent, person=person, tier=tier)
            for whom, percent, person, tier in stored["steps"]
        ),
        last_resort_percent=stored["last_resort_percent"],
        repeat_count=stored["repeat_count"],
        target_minutes=stored["target_minutes"],
    )
