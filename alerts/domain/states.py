"""The states of an alert and every move between them: who may make it, and how.

`docs/alert-states.md` is printed from this table by `manage.py alert_states`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


OPEN: Final = "open"
NOTIFIED: Final = "notified"
ACKNOWLEDGED: Final = "acknowledged"
SNOOZED: Final = "snoozed"
RESOLVED: Final = "resolved"
SUPERSEDED: Final = "superseded"
STATES: Final = (OPEN, NOTIFIED, ACKNOWLEDGED, SNOOZED, RESOLVED, SUPERSEDED)

#: Nobody has answered yet: the promise is still to be kept.
UNANSWERED: Final = (OPEN, NOTIFIED)
#: Somebody still has to do something.
UNRESOLVED: Final = (OPEN, NOTIFIED, ACKNOWLEDGED, SNOOZED)

PATIENT: Final = "patient"
CLINICIAN: Final = "clinician"
ADMINISTRATOR: Final = "administrator"
SYSTEM: Final = "system"
ROLES: Final = (PATIENT, CLINICIAN, ADMINISTRATOR, SYSTEM)


@dataclass(frozen=True, kw_only=True)
class Move:
    """One allowed move."""

    source: str
    target: str
    action: str
    who: str
    meaning: str


MOVES: Final = (
    Move(
        source=OPEN,
        target=NOTIFIED,
        action="notify",
        who=SYSTEM,
        meaning="a message went out",
    ),
    Move(
        source=OPEN,
        target=ACKNOWLEDGED,
        action="acknowledge",
        who=CLINICIAN,
        meaning="found it on the worklist",
    ),
    Move(
        source=NOTIFIED,
        target=ACKNOWLEDGED,
        action="acknowledge",
        who=CLINICIAN,
        meaning="answered in time",
    ),
    Move(
        source=OPEN,
        target=RESOLVED,
        action="resolve",
        who=CLINICIAN,
        meaning="with an outcome",
    ),
    Move(
        source=NOTIFIED,
        target=RESOLVED,
        action="resolve",
        who=CLINICIAN,
        meaning="with an outcome",
    ),
    Move(
        source=ACKNOWLEDGED,
        target=RESOLVED,
        action="resolve",
        who=CLINICIAN,
        meaning="with an outcome",
    ),
    *(
        Move(
            source=source,
            target=SNOOZED,
            action="snooze",
            who=CLINICIAN,
            meaning="with a reason and until when; never an emergency",
        )
        for source in (OPEN, NOTIFIED, ACKNOWLEDGED)
    ),
    Move(
        source=SNOOZED,
        target=OPEN,
        action="wake",
        who=SYSTEM,
        meaning="its time has come, or it got worse",
    ),
    Move(
        source=SNOOZED,
        target=ACKNOWLEDGED,
        action="acknowledge",
        who=CLINICIAN,
        meaning="taken up before its time",
    ),
    Move(
        source=SNOOZED,
        target=RESOLVED,
        action="resolve",
        who=CLINICIAN,
        meaning="with an outcome",
    ),
    *(
        Move(
            source=source,
            target=OPEN,
            action="hand_over",
            who=CLINICIAN,
            meaning="to a colleague, who is asked first; without an answer the others are",
        )
        for source in UNRESOLVED
    ),
    Move(
        source=ACKNOWLEDGED,
        target=OPEN,
        action="reopen",
        who=SYSTEM,
        meaning="reminded, and still no outcome",
    ),
    Move(
        source=OPEN,
        target=SUPERSEDED,
        action="supersede",
        who=SYSTEM,
        meaning="a higher tier replaced it",
    ),
    Move(
        source=NOTIFIED,
        target=SUPERSEDED,
        action="supersede",
        who=SYSTEM,
        meaning="a higher tier replaced it",
    ),
    Move(
        source=ACKNOWLEDGED,
        target=SUPERSEDED,
        action="supersede",
        who=SYSTEM,
        meaning="merged into another open alert",
    ),
    Move(
        source=SNOOZED,
        target=SUPERSEDED,
        action="supersede",
        who=SYSTEM,
        meaning="a higher tier replaced it, or merged into another",
    ),
)

#: What counts as a human answer: somebody has looked, and decided what comes next.
ANSWERS: Final = ("acknowledge", "snooze", "resolve", "hand_over")

#: action -> where it leads, and where it may start.
TARGET: Final = {move.action: move.target for move in MOVES}
SOURCES: Final = {
    action: tuple(move.source for move in MOVES if move.action == action)
    for action in TARGET
}

#: What a patient is told of each state: never who, only whether somebody has it.
PATIENT_STATE: Final = {
    OPEN: "open",
    NOTIFIED: "open",
    ACKNOWLEDGED: "acknowledged",
    SNOOZED: "acknowledged",
    RESOLVED: "resolved",
    SUPERSEDED: "resolved",
}


def allowed(*, source: str, action: str, role: str) -> bool:
    """Return whether somebody of this role may make this move from this state."""
    return any(
        (move.source, move.action, move.who) == (source, action, role) for move in MOVES
    )


def diagram() -> str:
    """Return the moves as a mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {OPEN}: a flag is raised"]
    lines += [
        f"    {move.source} --> {move.target}: {move.action} ({move.who})"
        f" - {move.meaning}"
        for move in MOVES
    ]
    lines += [f"    {state} --> [*]" for state in (RESOLVED, SUPERSEDED)]
    return "\n".join(lines)
