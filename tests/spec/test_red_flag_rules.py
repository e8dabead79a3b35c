"""The red-flag rules as small diaries: one column a day, the last row what is raised.

    3      a self-test score; 3/2 is the test and its repeat in the same record
    .      silence
    n u N W p     no, unchanged, new, worse, prefer not to say
    y      yes (foot slap)
    R05!   an emergency; R05 urgent; R05? urgent and unconfirmed: "repeat the test now"

Each day is pushed in the evening, and the server knows what came in before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tracker.domain import diary
from tracker.domain.red_flags import (
    KnownState,
    RedFlag,
    TestHistory,
    baseline_of,
    judge,
)


FIRST_EVENING = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
ANSWERS = {
    "n": "no",
    "u": "unchanged",
    "N": "new",
    "W": "worse",
    "p": "prefer_not_to_say",
    ".": None,
}

DIARIES = {
    "A sudden foot drop, repeated at once, is an emergency the same evening": """
        left heel_walk        3 3 3 3 3 3 3 0/0
        raised                . . . . . . . R05!
    """,
    "Without a repeat it is asked for, and the second report is the emergency": """
        left heel_walk        3 3 3 3 3 3 1   1
        raised                . . . . . . R05? R05!
    """,
    "A slip of the finger is asked about once and forgotten": """
        left heel_walk        3 3 3 3 3 3 0    3 3
        raised                . . . . . . R05? . .
    """,
    "A day of silence between two reports does not matter": """
        right big_toe_lift    3 3 3 3 3 0    . . 0
        raised                . . . . . R05? . . R05!
    """,
    "One step down is not for the red flags, the analysis watches it": """
        left heel_walk        3 3 3 3 3 2/2 2/2 2/2
        raised                . . . . . .   .   .
    """,
    "One step down on both legs within a week, each repeated, is an emergency": """
        left heel_walk        3 3 3 3 3 2/2 . . .
        right heel_walk       3 3 3 3 3 3   . . 2/2
        raised                . . . . . .   . . R04!
    """,
    "One step down on both legs, but never repeated, is not": """
        left heel_walk        3 3 3 3 3 2 . .
        right heel_walk       3 3 3 3 3 3 . 2
        raised                . . . . . . . .
    """,
    "The patient's own word that both legs are affected stands in for the repeat": """
        left heel_walk        3 3 3 3 3 2 . .
        right heel_walk       3 3 3 3 3 3 2 .
        both_legs             n n n n n n n N
        other answers         n n n n n n n n
        raised                . . . . . . . R04!,R03
    """,
    "A new foot slap confirms a weak heel walk": """
        left heel_walk        2 2 2 2 2 2 1
        foot_slap             . . . . . . y
        raised                . . . . . . R05!
    """,
    "Whoever starts with a foot that does not move is asked, then sent": """
        left heel_walk        0    0
        raised                R05? R05!
    """,
    "Whoever starts with uneven legs, repeated, is sent": """
        left heel_walk        1/1
        right heel_walk       3/3
        raised                R05!
    """,
    "A test not done is silence, not zero": """
        left heel_walk        3 3 3 3 3 . . .
        raised                . . . . . . . .
    """,
    "A bladder answer this morning is an emergency": """
        cannot_feel_urine     n n n N
        other answers         n n n n
        raised                . . . R01!
    """,
    "A symptom long known is stored; when it gets worse it is an emergency": """
        hard_to_start_urinating   u u W
        other answers             n n n
        raised                    . . R01!
    """,
    "Sexual function alone is R02, with one more item R01": """
        erection_ejaculation_change   N    N    N
        genital_sensation_loss        n    N    p
        other answers                 n    n    n
        raised                        R02! R01! R01!
    """,
    "Both legs without weakness: the questions again, and a call today": """
        both_legs             n N
        other answers         n n
        raised                . R03
    """,
    "Two questions not answered matter when a leg has become weaker": """
        left heel_raise       3 3 3 3 3 3 2/2
        urine_leak            p p p p p p p
        stool_leak            p p p p p p p
        other answers         n n n n n n n
        raised                . . . . . . R03
    """,
    "One swollen calf is seen today; with a short breath it is an emergency": """
        calf_swollen_one_side      n N   W
        chest_pain_or_breathless   n n   N
        other answers              n n   n
        raised                     . R17 R17!
    """,
    "Fever needs advice today; with a leg that became weaker, emergency care": """
        left heel_raise       3 3 3 3 3 3   2/2
        fever_or_rigors       n n n n n N   N
        other answers         n n n n n n   n
        raised                . . . . . R18 R18!
    """,
}


@dataclass
class Server:
    """What a server knows after each evening, derived in the plainest way."""

    scores: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    recent: dict[tuple[str, str], list[tuple]] = field(default_factory=dict)

    def state(self) -> KnownState:
        return KnownState(
            tests={
                key: TestHistory(
                    baseline=baseline_of(self.scores[key]),
                    recent=tuple(self.recent[key]),
                )
                for key in self.scores
            }
        )

    def remember(self, log: dict) -> None:
        key = log["side"], log["test"]
        self.scores.setdefault(key, []).append(log["score"])
        self.recent.setdefault(key, []).append(
            (log["recorded_at"], log["score"], log["repeat_score"], log["id"])
        )


def rows_of(drawing: str) -> dict[str, list[str]]:
    width = {"left": 2, "right": 2, "other": 2}
    rows = {}
    for line in drawing.strip().splitlines():
        words = line.split()
        count = width.get(words[0], 1)
        rows[" ".join(words[:count])] = words[count:]
    assert len({len(cells) for cells in rows.values()}) == 1, "a column is missing"
    return rows


def push_of(rows: dict[str, list[str]], day: int) -> dict[str, list[dict]]:
    at = FIRST_EVENING + timedelta(days=day)
    base: dict[str, Any] = {"recorded_at": at}
    logs: list[dict[str, Any]] = []
    days: list[dict[str, Any]] = []
    check: dict[str, Any] = {}
    for name, cells in rows.items():
        cell = cells[day]
        leg, _, test = name.partition(" ")
        if leg in diary.LEGS and cell != ".":
            score, _, repeat = cell.partition("/")
            logs.append(
                base
                | {"id": f"{leg}-{test}-{day:03}", "side": leg, "test": test}
                | {
                    "score": int(score),
                    "repeat_score": int(repeat) if repeat else None,
                }
            )
        elif name == "foot_slap" and cell == "y":
            days.append(base | {"id": f"day-log-{day:03}", "foot_slap": True})
        elif name in diary.RED_FLAG_ITEMS:
            check[name] = ANSWERS[cell]
        elif name == "other answers":
            check = dict.fromkeys(diary.RED_FLAG_ITEMS, ANSWERS[cell]) | check
    checks = [base | {"id": f"check-{day:05}"} | check] if check else []
    return {"weakness_logs": logs, "day_logs": days, "red_flag_checks": checks}


def cell_of(flags: list[RedFlag]) -> str:
    def sign(flag: RedFlag) -> str:
        if "unconfirmed" in flag.items:
            return "?"
        return "!" if flag.tier == "emergency" else ""

    return ",".join(f"{flag.rule}{sign(flag)}" for flag in flags) or "."


@pytest.mark.parametrize("title", DIARIES)
def test_the_diary_raises_what_is_drawn(title: str) -> None:
    rows = rows_of(DIARIES[title])
    expected = rows.pop("raised")
    server, raised = Server(), []
    for day in range(len(expected)):
        push = push_of(rows, day)
        now = FIRST_EVENING + timedelta(days=day)
        raised.append(cell_of(judge(push, state=server.state(), now=now)))
        for log in push["weakness_logs"]:
            server.remember(log)
    assert raised == expected
