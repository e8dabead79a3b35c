"""The analysis asks the definition of R04, R05 and R19 about few evenings, and misses none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from analytics.domain import danger
from analytics.domain.evening import Evenings
from analytics.domain.events import Event
from analytics.domain.evidence import Evidence, gather
from analytics.domain.records import diary_of


FIRST = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = 60
PATIENTS = 25


def records(rng: np.random.Generator, patient: str) -> Iterator[tuple[str, Any]]:
    """Yield a restless diary: levels jump, tests come up to three a day, at any hour."""
    movements = rng.choice(["heel_walk", "big_toe_lift", "chair_rise"], 2, False)
    usual = {
        (leg, str(movement)): 3 for leg in ("left", "right") for movement in movements
    }
    for day in range(DAYS):
        if rng.random() < 0.15:
            continue

        def stamp(day: int = day, **fields: Any) -> dict[str, Any]:
            at = FIRST + timedelta(days=day, minutes=int(rng.integers(0, 1440)))
            name = rng.bytes(8).hex()
            return {"patient": patient, "id": name, "recorded_at": at, **fields}

        for side, test in usual:
            if rng.random() < 0.05:
                usual[side, test] = int(rng.integers(0, 4))
            for _ in range(int(rng.choice([0, 1, 1, 2, 3]))):
                score, again = np.clip(usual[side, test] + rng.integers(-1, 2, 2), 0, 3)
                repeat = int(again) if rng.random() < 0.3 else None
                fields = {"side": side, "test": test, "score": int(score)}
                record = stamp() | fields | {"repeat_score": repeat}
                yield "weakness_logs", record
        minutes = int(rng.integers(1, 60)) if rng.random() < 0.6 else None
        slap = bool(rng.random() < 0.05)
        yield (
            "day_logs",
            stamp(walk_minutes_before_stopping=minutes, foot_slap=slap),
        )
        if rng.random() < 0.1:
            yield "red_flag_checks", stamp(both_legs="new")


def evidence(seed: int) -> Evidence:
    rng = np.random.default_rng(seed)
    rows: dict[str, list[Any]] = {}
    events = []
    for number in range(PATIENTS):
        patient = f"p{number}"
        for collection, record in records(rng, patient):
            rows.setdefault(collection, []).append(record)
        on = FIRST.date() + timedelta(days=int(rng.integers(0, 3 * DAYS)))
        events += [
            Event(patient=patient, kind="treatment", name="discectomy", on=on),
            Event(
                patient=patient,
                kind="baseline",
                name=f"test_{rng.choice(['heel_walk', 'big_toe_lift', 'chair_rise'])}",
                on=FIRST.date() + timedelta(days=int(rng.integers(-5, DAYS))),
                side=str(rng.choice(["left", "right"])),
                value=float(rng.choice([1, 2, 2.5, 3, 3])),
            ),
            Event(
                patient=patient,
                kind="exam",
                name="power",
                on=on,
                side="left",
                location="L5",
                grade=2,
            ),
        ]
    found = gather(diary_of(rows), events, end=date(2026, 5, 1))
    assert found is not None
    return found


def dangers(known: Evidence) -> list[dict[str, Any]]:
    return danger.motor_dangers(known, Evenings(known)).records()


def test_no_evening_is_left_out_on_which_a_rule_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = evidence(seed=1)
    few = dangers(known)
    people, days = known.panel.heard.shape
    every = np.ones((people, days), bool)
    all_of_it = (np.ones((people, 2, 6, days), bool), every, every)
    monkeypatch.setattr(danger, "_worth_judging", lambda _: all_of_it)
    # As text: what is not known is NaN, which equals nothing.
    assert repr(few) == repr(dangers(known))
    assert {row["rule"] for row in few} == {"R04", "R05", "R19"}
