"""R05 where no score speaks: a foot that newly slaps, a test that is no longer safe.

Whoever cannot lift the foot may well leave the heel walk out. A test that is not done
is data, not a zero (clinical.md section 2.2), and not silence either.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from tracker.domain import diary
from tracker.domain import red_flag_rules as rules
from tracker.domain.motor_danger import FOOT_SLAP, UNCONFIRMED, MotorFinding
from tracker.domain.power_tests import NEW_WITHIN
from tracker.domain.self_tests import UNSAFE, SelfTests


#: A heel walk so long before a foot slap, or any time after it, tells more than it.
#: Unit: duration.
#: Source: our choice [A]; clinical.md section 13 (R05): the slap is judged beside the
#:   heel walk.
#: Caveat: of either leg: the diary does not ask which foot slaps.
SLAP_TESTED_WITHIN: Final = timedelta(hours=48)
#: Least time between two reports that a test is not safe.
#: Unit: duration.
#: Source: clinical.md section 13 (R06: two tests at least 12 hours apart).
#: Caveat: two in one sitting are one.
UNSAFE_APART: Final = timedelta(hours=12)
#: Lowest usual score from which a test that is no longer safe is a fall.
#: Unit: self-test score (0-3).
#: Source: as for the foot slap (R05); our proposal.
#: Caveat: what the leg could hardly do before is no news.
UNSAFE_MINIMUM_BASELINE: Final = 2


def untested_findings(tests: SelfTests) -> Iterator[MotorFinding]:
    """Yield R05 of a foot slap at most once, and of each test of each leg."""
    yield from _slapping(tests)
    for side in diary.LEGS:
        for test in diary.TESTS:
            yield from unsafe_findings(tests, side, test)


def _slapping(tests: SelfTests) -> Iterator[MotorFinding]:
    """Ask for a heel walk when the foot begins to slap, once in two weeks."""
    slap = tests.first_slap
    if slap is None or tests.state.foot_slap_long_known:
        return
    since = slap.at - SLAP_TESTED_WITHIN
    walked = [each for side in diary.LEGS for each in tests.of(side, "heel_walk")]
    if not any(report.at >= since for report in walked):
        yield MotorFinding(
            rule=rules.SLAP_UNTESTED,
            entry=slap.entry,
            items=(FOOT_SLAP, UNCONFIRMED),
            side="",
        )


def unsafe_findings(tests: SelfTests, side: str, test: str) -> Iterator[MotorFinding]:
    """Yield R05 when a test that the leg could do is left out as unsafe, twice.

    Of a run of such reports it is the second that tells; the others say no more.
    """
    usual = tests.state.of(side, test).usual
    if usual is None or usual < UNSAFE_MINIMUM_BASELINE:
        return
    scored = [report.at for report in tests.of(side, test)]
    since = max([tests.now - NEW_WITHIN, *scored])
    run = [each for each in tests.untried.get((side, test), ()) if each.at > since]
    again = next((each for each in run if each.at - run[0].at >= UNSAFE_APART), None)
    if again is not None and (run[0].pushed or again.pushed):
        yield MotorFinding(
            rule=rules.TEST_UNSAFE, entry=again.entry, items=(test, UNSAFE), side=side
        )
