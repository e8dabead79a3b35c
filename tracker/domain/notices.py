"""What a phone is told about the sync itself, in plain words to show as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Notice:
    """`code` is for programs and stable, `title` and `text` are for people."""

    code: str
    title: str
    text: str


#: The patient took their consent back, and the phone goes on sending.
SEALED: Final = Notice(
    "consent_withdrawn",
    "Your clinic no longer sees your diary",
    "You have withdrawn your consent. Nobody at your clinic reads what you write, "
    "nothing is compared, and nobody is alerted. What your phone sends is kept sealed; "
    "it goes to your clinic only if you agree again. In an emergency call your local "
    "emergency number.",
)

#: The cursor is of an earlier generation, or ahead of the server.
RESYNC: Final = Notice(
    "resync",
    "Your diary is being fetched again",
    "The app fetches your whole diary from the server again. Nothing you wrote is "
    "lost: what the server does not have yet is sent again.",
)
