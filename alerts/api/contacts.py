"""Where a person wants to be reached, and what their apps say has arrived."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from alerts.domain import contacts as kinds
from alerts.selectors import contacts as found
from alerts.services import contacts, receipts
from alerts.services.contacts import Wanted
from tracker.api.account import account
from tracker.api.serializers import fields


class ContactPointOut(serializers.Serializer[Any]):
    """A contact point in use. Its address is not shown again."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(kinds.KINDS)
    created_at = serializers.DateTimeField()
    last_success_at = serializers.DateTimeField(allow_null=True)


class RegisteredOut(ContactPointOut):
    """The same, and once more what a webhook's messages are signed with."""

    secret = serializers.SerializerMethodField()

    def get_secret(self, point: Any) -> str | None:
        """Return the secret of a webhook."""
        secret: str | None = point.keys.get("secret")
        return secret


class ContactsOut(serializers.Serializer[Any]):
    """The person's contact points, and what this server can reach them by."""

    results = ContactPointOut(many=True)
    offered = serializers.ListField(child=serializers.ChoiceField(kinds.KINDS))
    vapid_public_key = serializers.CharField(
        allow_blank=True, help_text="For `pushManager.subscribe`; empty: no web push."
    )


class KeysIn(serializers.Serializer[Any]):
    """The keys of a web push subscription."""

    p256dh = fields.words(200)
    auth = fields.words(100)


class ContactPointIn(serializers.Serializer[Any]):
    """Where to reach the caller."""

    kind = serializers.ChoiceField(kinds.KINDS)
    address = fields.words(
        kinds.ADDRESS_LENGTH,
        help_text="The subscription's endpoint, the token, the number or the URL.",
    )
    keys = KeysIn(required=False, help_text="Of a web push subscription.")


class Contacts(APIView):
    """The caller's contact points."""

    @extend_schema(operation_id="contacts_list", responses=ContactsOut)
    def get(self, request: Request) -> Response:
        """List where the caller is reached, and what the server offers."""
        shown = {
            "results": found.contact_points(account(request)),
            "offered": contacts.offered(account(request)),
            "vapid_public_key": contacts.vapid_public_key(),
        }
        return Response(ContactsOut(shown).data)

    @extend_schema(
        operation_id="contacts_create",
        request=ContactPointIn,
        responses={201: RegisteredOut},
    )
    def post(self, request: Request) -> Response:
        """Register a device, number or webhook; sending it again is harmless.

        A device belongs to whoever registered it last. Of each kind the newest five
        are kept. Register again whenever the platform gives the app a new token.
        """
        filled = ContactPointIn(data=request.data)
        filled.is_valid(raise_exception=True)
        wanted = Wanted(**filled.validated_data)
        point = contacts.register(account(request), wanted, now=timezone.now())
        return Response(RegisteredOut(point).data, status=201)


class OneContact(APIView):
    """One contact point."""

    @extend_schema(operation_id="contacts_remove", responses={204: None})
    def delete(self, request: Request, point_id: int) -> Response:
        """Stop using it; do so when somebody logs out."""
        contacts.remove(account(request), point_id, now=timezone.now())
        return Response(status=204)


class ReceiptIn(serializers.Serializer[Any]):
    """What became of a message."""

    state = serializers.ChoiceField(receipts.STATES)


class Receipt(APIView):
    """What an app says of a message that it got."""

    @extend_schema(
        operation_id="messages_receipt", request=ReceiptIn, responses={204: None}
    )
    def post(self, request: Request, message_id: UUID) -> Response:
        """Note that the message has arrived (`delivered`) or was opened (`seen`).

        `message_id` stands in the message. In any order, as often as you like.
        """
        filled = ReceiptIn(data=request.data)
        filled.is_valid(raise_exception=True)
        receipts.note(
            message_id, by=account(request), now=timezone.now(), **filled.validated_data
        )
        return Response(status=204)
