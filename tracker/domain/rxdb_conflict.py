"""Whether a pushed state may replace what the clinic holds, by RxDB's rules.

RxDB sends the state that it wants and the one that it took for the clinic's. Only a
change that somebody else made in between is a conflict: what the same phone wrote
itself, and never heard of because the answer was lost, is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum


Values = Mapping[str, object]


class Verdict(Enum):
    """What to do with one pushed row."""

    SAME = "nothing is to be written"
    WRITE = "write it"
    CONFLICT = "answer with what the clinic holds"


@dataclass(frozen=True)
class Proposed:
    """A state as a phone has it: the client-owned fields that it carries.

    A deleted one is withdrawn; when, it need not say.
    """

    values: Values
    is_deleted: bool


@dataclass(frozen=True)
class State:
    """A state that the clinic holds or held, and whether this phone wrote it."""

    values: Values
    is_own: bool


def judge(new: Proposed, assumed: Proposed | None, states: Sequence[State]) -> Verdict:
    """Return what becomes of `new`; `states` are the record's, oldest first.

    A state that this phone wrote earlier and has replaced since is no news: it is a
    push that was delayed on its way, or a patient who went back to it, and only the
    phone can tell.
    """
    current = states[-1].values
    if same(new, current):
        return Verdict.SAME
    if assumed is not None and same(assumed, current):
        return Verdict.WRITE
    since = states[_first_unseen(assumed, states) :]
    own = all(state.is_own for state in since)
    replaced = any(same(new, state.values) for state in since)
    return Verdict.WRITE if own and not replaced else Verdict.CONFLICT


def same(proposed: Proposed, held: Values) -> bool:
    """Return whether all that a state carries is what the clinic holds."""
    return all(
        _same_value(name, value, proposed, held)
        for name, value in proposed.values.items()
    )


def _same_value(name: str, value: object, proposed: Proposed, held: Values) -> bool:
    if name == "withdrawn_at" and proposed.is_deleted and value is None:
        return held.get(name) is not None
    return held.get(name) == value


def _first_unseen(assumed: Proposed | None, states: Sequence[State]) -> int:
    """Return the index after the last state that the phone took for the clinic's."""
    if assumed is None:
        return 0
    seen = [at for at, state in enumerate(states) if same(assumed, state.values)]
    return seen[-1] + 1 if seen else 0
