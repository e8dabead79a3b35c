"""The shape of every channel."""

from __future__ import annotations

from typing import Protocol

from alerts.models import Delivery


class ChannelError(Exception):
    """A message did not get out; a permanent failure is not worth another try."""

    def __init__(self, code: str, *, permanent: bool) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent


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

    def send(self, delivery: Delivery) -> None:
        """Hand the message over, or raise ChannelError; never returns in doubt."""
        ...
