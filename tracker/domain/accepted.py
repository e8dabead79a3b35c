"""What a clinician can call usual for a leg from a day on: which signals, how low, how high.

None hides a red flag: R04 and R05 compare with the patient's own first tests, with the
other leg and with absolute scores. A level that is higher than those first tests is
looked at beside them, since a leg that recovered can fall again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date, timedelta
from typing import Final, TypeVar

from tracker.domain.diary import TESTS
from tracker.domain.power_tests import NORMAL_SCORE


#: What stands before the name of a movement in the name of its signal.
TEST_SIGNAL: Final = "test_"
#: signal of one leg -> lowest and highest value that can be accepted for it.
#: Unit: points 0-10 of pain and numbness, self-test score 0-3.
#: Source: diary.md, the scales of the answers.
#: Caveat: numb areas (R08) and walking (R16) have none, see docs/clinical-evidence.md.
SIGNALS: Final[Mapping[str, tuple[float, float]]] = {
    "leg_pain": (0, 10),
    "numbness": (0, 10),
    **{f"{TEST_SIGNAL}{test}": (0, NORMAL_SCORE) for test in TESTS},
}
#: How long ago an accepted level may begin.
#: Unit: duration.
#: Source: our choice: the last procedure that a clinician looks back to [A].
#: Caveat: flags of days gone by are not lowered by it.
LONGEST_AGO: Final = timedelta(days=366)


Row = TypeVar("Row")


def in_force(
    recorded: Iterable[Row],
    *,
    of: Callable[[Row], Hashable],
    since: Callable[[Row], date],
) -> dict[Hashable, list[Row]]:
    """Return by leg and signal the levels that count, in the order of their days.

    `recorded` are in the order in which they were written down: the last word counts
    from its day on, whatever had been accepted for that day or a later one before.
    """
    found: dict[Hashable, list[Row]] = {}
    for row in recorded:
        earlier = [each for each in found.get(of(row), []) if since(each) < since(row)]
        found[of(row)] = [*earlier, row]
    return found


def signal_name(signal: str) -> str:
    """Return a signal in words: `leg pain`, `heel walk`."""
    return signal.removeprefix(TEST_SIGNAL).replace("_", " ")


def value_problem(signal: str, value: float) -> str:
    """Return why a value cannot be accepted for a signal, or an empty string."""
    if signal not in SIGNALS:
        return f"Use one of: {', '.join(SIGNALS)}."
    low, high = SIGNALS[signal]
    if not low <= value <= high:  # NaN is not within anything
        return f"The level of {signal_name(signal)} is from {low:g} to {high:g}."
    return ""
