"""What all channels to registered contact points share."""

from __future__ import annotations

from abc import ABC, abstractmethod

from alerts.channels.base import ChannelError, Gone, Outgoing, Sent
from alerts.models import ContactPoint


class PointGone(ChannelError):
    """The provider says that this address will never work again."""

    def __init__(self, code: str) -> None:
        super().__init__(code, permanent=True)


def doubtful(point: ContactPoint, code: str) -> ChannelError:
    """Return what it means that a provider knows no such address in this place.

    An address that has worked does not become one of another app, project or
    environment: there the operator has changed a setting, which must retire nobody's
    telephone. One that never worked was never right.
    """
    if point.last_success_at is None:
        return PointGone(code)
    return ChannelError(code, permanent=False)


class ToPoints(ABC):
    """A channel to every contact point of its kind that the person has.

    One that is reached is enough. With none reached, a failure that may pass counts
    before one that will not, so that the message is tried again.
    """

    name: str
    goes_out = True
    one_provider = True

    @property
    @abstractmethod
    def is_set_up(self) -> bool:
        """Return whether the operator has given it what it needs."""

    @abstractmethod
    def push(self, point: ContactPoint, delivery: Outgoing) -> None:
        """Hand the message over for one address, or raise ChannelError or PointGone."""

    def send(self, delivery: Outgoing) -> Sent:
        """Hand the message over for each address; ChannelError when none took it."""
        reached: list[int] = []
        gone: list[Gone] = []
        failed: list[ChannelError] = []
        for point in self._points(delivery):
            try:
                self.push(point, delivery)
                reached.append(point.pk)
            except PointGone as error:
                gone.append(Gone(point.pk, error.code))
            except ChannelError as error:
                failed.append(error)
        if reached:
            return Sent(tuple(reached), tuple(gone))
        worst = min(failed, key=lambda error: error.permanent, default=None)
        raise ChannelError(
            worst.code if worst else "no_address",
            permanent=worst.permanent if worst else True,
            retry_after=worst.retry_after if worst else None,
            gone=tuple(gone),
        )

    def _points(self, delivery: Outgoing) -> list[ContactPoint]:
        if not delivery.recipient.is_active:
            return []
        return [
            point
            for point in delivery.recipient.contact_points.all()  # fetched beforehand
            if point.kind == self.name and point.retired_at is None
        ]
