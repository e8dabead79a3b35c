"""The shape of every channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from alerts.domain.reminders import DIARY
from alerts.models import Delivery
from tracker.models import User


@dataclass(frozen=True)
class Nudge:
    """A message of no alert: the diary waits. The same `pk` is the same message.

    `about` is why, as `domain.reminders` knows it.
    """

    pk: UUID
    recipient: User
    about: str = DIARY
    alert_id: None = None


#: What a channel is given to hand over.
Outgoing = Delivery | Nudge


@dataclass(frozen=True)
class Gone:
    """A contact point that nobody will ever be reached at again, and why."""

    point_id: int
    code: str


@dataclass(frozen=True)
class Sent:
    """A message that is out: the contact points it went to, and those that are gone."""

    reached: tuple[int, ...] = ()
    gone: tuple[Gone, ...] = ()


class ChannelError(Exception):
    """A message did not get out; a permanent failure is not worth another try.

    `retry_after` is what the provider asks for; `gone` are contact points to retire.
    """

    def __init__(
        self,
        code: str,
        *,
        permanent: bool,
        retry_after: timedelta | None = None,
        gone: tuple[Gone, ...] = (),
    ) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent
        self.retry_after = retry_after
        self.gone = gone


class Channel(Protocol):
    """A way to one person. It never carries clinical content or a name."""

    @property
    def name(self) -> str:
        """Return the name that deliveries carry."""
        ...

    @property
    def goes_out(self) -> bool:
        """Return whether it reaches people who are not looking at the screen."""
        ...

    @property
    def one_provider(self) -> bool:
        """Return whether all messages go to one provider, who may ask for a rest."""
        ...

    @property
    def is_set_up(self) -> bool:
        """Return whether the operator has given it what it needs."""
        ...

    def send(self, delivery: Outgoing) -> Sent:
        """Hand the message over, or raise ChannelError; never returns in doubt."""
        ...
