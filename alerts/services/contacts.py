"""Contact points: registered by people, retired when a provider says they are gone."""

from __future__ import annotations

import base64
import logging
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from alerts.channels import CHANNELS, Gone, Sent, web_push
from alerts.domain import contacts
from alerts.errors import ChannelNotSetUp
from alerts.models import ContactPoint, DeadMailbox
from alerts.selectors.contacts import contact_points
from tracker.errors import InvalidFields, NotFound
from tracker.models import User
from tracker.selectors.access import is_staff_of_a_clinic


logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody wants to be reached by."""

    kind: str
    address: str
    keys: Mapping[str, str] = field(default_factory=dict)


def register(user: User, wanted: Wanted, *, now: datetime) -> ContactPoint:
    """Store where the person can be reached; the same again changes nothing but keys.

    A device belongs to whoever registered it last. Beyond contacts.MOST of a kind the
    oldest is retired.

    Raises:
        ChannelNotSetUp: the operator has not set this kind up, or it is for staff.
        InvalidFields: the address or the keys cannot be used.
    """
    if wanted.kind not in offered(user):
        raise ChannelNotSetUp
    wrong = contacts.problem(wanted.kind, wanted.address, wanted.keys)
    if wrong:
        raise InvalidFields({name: [text] for name, text in wrong.items()})
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # one registration at a time
        same = ContactPoint.objects.filter(kind=wanted.kind, address=wanted.address)
        if wanted.kind in contacts.OF_A_DEVICE:
            _retire(same.exclude(user=user), "taken_over", now=now)
        point, _ = ContactPoint.objects.get_or_create(
            user=user,
            kind=wanted.kind,
            address=wanted.address,
            defaults={"created_at": now, "registered_at": now},
        )
        if point.retired_at is not None:
            point.created_at = now
        point.registered_at = now
        point.keys = _keys(point, wanted)
        point.retired_at, point.retired_because = None, ""
        point.save()
        _retire_surplus(point, now=now)
    return point


def renew(before: str, wanted: Wanted, *, now: datetime) -> None:
    """Let a device's new address take the place of the one that its platform ended.

    Also of one that a provider has called dead meanwhile; of no other that is retired,
    for its owner wants no messages there. What cannot be used changes nothing.
    """
    dead = Q(retired_because__in=web_push.DEAD)
    points = ContactPoint.objects.filter(kind=wanted.kind, address=before)
    ended = points.filter(Q(retired_at=None) | dead, user__is_active=True)
    point = ended.select_related("user").order_by("-registered_at").first()
    if point is None:
        return
    try:
        with transaction.atomic():
            _retire(points.exclude(address=wanted.address), "renewed", now=now)
            points.exclude(address=wanted.address).update(retired_because="renewed")
            register(point.user, wanted, now=now)
    except (ChannelNotSetUp, InvalidFields):
        logger.warning("a renewed subscription cannot be used")


def offered(user: User) -> list[str]:
    """Return the kinds that the operator has set up and that are for this person."""
    closed: frozenset[str] = frozenset()
    if not is_staff_of_a_clinic(user):
        closed = contacts.FOR_STAFF - _opened()
    return [
        kind
        for kind in contacts.KINDS
        if CHANNELS[kind].is_set_up and kind not in closed
    ]


def _opened() -> set[str]:
    """Return what the operator has opened to patients: texts cost money."""
    return {contacts.SMS} if settings.SMS_FOR_PATIENTS else set()


def vapid_public_key() -> str:
    """Return what a browser subscribes with, empty without web push."""
    return web_push.public_key() if CHANNELS[contacts.WEB_PUSH].is_set_up else ""


def remove(user: User, point_id: int, *, now: datetime) -> None:
    """Stop using one of the person's own; not found and not yours are one error."""
    if not _retire(contact_points(user).filter(pk=point_id), "removed", now=now):
        raise NotFound


def used(out: Sent, *, now: datetime) -> None:
    """Note where a message went, and what turned out to be gone."""
    ContactPoint.objects.filter(pk__in=out.reached).update(last_success_at=now)
    retire(out.gone, now=now)


def mailbox_refused(user: User, code: str, *, now: datetime) -> None:
    """Note that mail to an account's address was refused for good."""
    known = DeadMailbox.objects.filter(user=user, email=user.email)
    if not known.update(error_code=code):
        DeadMailbox.objects.update_or_create(
            user=user, defaults={"email": user.email, "since": now, "error_code": code}
        )


def mailbox_took(user: User) -> None:
    """Note that mail to the account got through; asks only where it had not."""
    if getattr(user, "dead_mailbox", None):
        DeadMailbox.objects.filter(user=user).delete()


def retire(gone: Iterable[Gone], *, now: datetime) -> None:
    """Stop using what providers say is gone."""
    for each in gone:
        _retire(ContactPoint.objects.filter(pk=each.point_id), each.code, now=now)


def retire_for_other_keys(*, now: datetime) -> int:
    """Stop using browsers that subscribed with another VAPID key: they hear nothing."""
    if not CHANNELS[contacts.WEB_PUSH].is_set_up:
        return 0
    points = ContactPoint.objects.filter(kind=contacts.WEB_PUSH, retired_at=None)
    ended = [point.pk for point in points if web_push.is_for_another_key(point)]
    return _retire(points.filter(pk__in=ended), web_push.ANOTHER_KEY, now=now)


def _retire(points: QuerySet[ContactPoint], because: str, *, now: datetime) -> int:
    in_use = points.filter(retired_at__isnull=True)
    return in_use.update(retired_at=now, retired_because=because[:60])


def _retire_surplus(point: ContactPoint, *, now: datetime) -> None:
    kept = contact_points(point.user).filter(kind=point.kind)
    ids = list(kept.values_list("pk", flat=True))[: -contacts.MOST]
    _retire(kept.filter(pk__in=ids), "too_many", now=now)


def _keys(point: ContactPoint, wanted: Wanted) -> dict[str, str]:
    if wanted.kind == contacts.WEBHOOK:
        fresh = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        return {"secret": point.keys.get("secret", fresh)}
    if wanted.kind == contacts.WEB_PUSH:
        own = {name: wanted.keys[name] for name in ("p256dh", "auth")}
        return own | {web_push.SUBSCRIBED_WITH: web_push.public_key()}
    return {}
