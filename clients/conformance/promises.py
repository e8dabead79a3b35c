"""What a promise is, how one is kept or broken, and the list of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, TypeVar


Subject = TypeVar("Subject")


class Broken(Exception):
    """The promise is not kept; the message says what was seen instead."""


class NotJudged(Exception):
    """Nothing was given to judge this promise with; the message says what it takes."""


@dataclass(frozen=True)
class Promise(Generic[Subject]):
    """One sentence of the protocol, and the check that it is kept."""

    name: str
    sentence: str
    check: Callable[[Subject], None]


@dataclass(frozen=True)
class Verdict:
    """What came of checking one promise."""

    promise: Promise[Any]
    outcome: Literal["kept", "broken", "not judged"]
    reason: str = ""


class Promises(Generic[Subject]):
    """The promises of one side, in the order in which they were written down."""

    def __init__(self) -> None:
        self._promises: Final[list[Promise[Subject]]] = []

    def __iter__(self) -> Iterator[Promise[Subject]]:
        return iter(self._promises)

    def add(self, check: Callable[[Subject], None]) -> Callable[[Subject], None]:
        """Register a check: its name is the promise's, its docstring the sentence."""
        sentence = (check.__doc__ or "").strip().splitlines()[0]
        self._promises.append(
            Promise(check.__name__.replace("_", " "), sentence, check)
        )
        return check


def judge(promise: Promise[Subject], subject: Subject) -> Verdict:
    """Check one promise."""
    try:
        promise.check(subject)
    except NotJudged as reason:
        return Verdict(promise, "not judged", str(reason))
    except Broken as reason:
        return Verdict(promise, "broken", str(reason))
    except Exception as error:  # noqa: BLE001 - whatever it is, the promise is not kept
        return Verdict(promise, "broken", f"{type(error).__name__}: {error}")
    return Verdict(promise, "kept")


def expect(seen: object, wanted: object, what: str) -> None:
    """Raise Broken unless what was seen is what was wanted."""
    if seen != wanted:
        raise Broken(f"{what}: {_short(seen)} instead of {_short(wanted)}")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."
