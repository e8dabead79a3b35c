"""When a clinician is asked whether a new level is usual now, as small diaries."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from analytics.domain.proposing import level_before, new_level


TODAY = date(2026, 6, 30)


def answers(diary: str) -> dict[date, float]:
    """Return the answers of days in a row, the last of them today; a dot is silence."""
    cells = diary.split()
    first = TODAY - timedelta(days=len(cells) - 1)
    return {
        first + timedelta(days=place): float(cell)
        for place, cell in enumerate(cells)
        if cell != "."
    }


@pytest.mark.parametrize(
    ("diary", "usual", "level"),
    [
        ("2 " * 21, 3, 2.0),
        ("2 . " * 10 + "2", 3, 2.0),
        ("2 . . " * 7, 3, None),  # seven tests are too few
        ("3 " * 21, 3, None),  # as ever
        ("2 " * 21, 2.5, None),  # half a step is no new level
        ("3 " * 21, 2, 3.0),  # better is a new level, too
        ("2 2 2 3 " * 5 + "2", 3, 2.0),
        ("2 2 3 " * 7, 3, None),  # flips
        ("2 " * 15 + "1 " * 6, 3, None),  # has just gone on falling
        ("2 " * 21, None, None),  # nothing was usual yet
    ],
)
def test_a_movement_that_stays_at_another_score(diary, usual, level):
    found = new_level("test_heel_walk", answers(diary), usual=usual, today=TODAY)
    assert (found and found.value) == level
    if found:
        assert found.since == TODAY - timedelta(days=20)


@pytest.mark.parametrize(
    ("diary", "usual", "level"),
    [
        ("3 4 3 " * 7, 6, 3.5),
        ("5 4 5 " * 7, 6, None),  # less than the minimal important change
        ("8 7 8 " * 7, 5, 7.5),
        ("5 " * 11 + "3 " * 10, 7, None),  # still falling
        ("3 " * 9 + ". " * 12, 6, None),
        (". " * 11 + "3 " * 10, 6, None),  # nothing is known of the first half
    ],
)
def test_pain_or_numbness_that_stays(diary, usual, level):
    found = new_level("leg_pain", answers(diary), usual=usual, today=TODAY)
    assert (found and found.value) == level


def test_what_was_usual_is_of_the_fortnight_before():
    diary = answers("9 " * 5 + "6 " * 14 + "2 " * 21)
    turn = TODAY - timedelta(days=20)
    assert level_before(diary, before=turn) == 6
    assert level_before(diary, before=turn - timedelta(days=18)) is None
