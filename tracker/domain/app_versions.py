"""Which app of which version a phone runs, and whether that is new enough."""

from __future__ import annotations

import re
from typing import Final


#: Numbers beyond the fourth say nothing that a minimum could mean.
MOST_NUMBERS: Final = 4
_NUMBERS: Final = re.compile(r"v?(\d{1,9}(?:\.\d{1,9})*)", re.ASCII)


def app_of(sent: str) -> str:
    """Return the app that names itself in `APP/VERSION`; "" for a bare version."""
    name, slash, _ = sent.strip().rpartition("/")
    return name.strip().lower() if slash else ""


def numbers_of(sent: str) -> tuple[int, ...]:
    """Return the version as numbers to compare; () when there is none to read.

    `2.10` is newer than `2.9`, `2.1` the same as `2.1.0`, and what follows the
    numbers (`-beta`, `+53`) does not count.
    """
    found = _NUMBERS.match(sent.strip().rpartition("/")[2].strip())
    if not found:
        return ()
    numbers = [int(number) for number in found[1].split(".")][:MOST_NUMBERS]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def is_older(sent: str, minimum: str) -> bool:
    """Return whether a phone's version is older than the minimum.

    A version that cannot be read is older than any.
    """
    return numbers_of(sent) < numbers_of(minimum)
