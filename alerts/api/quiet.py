"""The door to one's own quiet hours."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from alerts.api.on_call_serializers import QuietHoursFields
from alerts.selectors.quiet import quiet_hours_of
from alerts.services.quiet import forget_quiet_hours, set_quiet_hours
from tracker.api.account import account


class OwnQuietHours(APIView):
    """When the caller would rather not be disturbed."""

    @extend_schema(responses=QuietHoursFields, operation_id="me_quiet_hours_retrieve")
    def get(self, request: Request) -> Response:
        """Show the caller's quiet hours; 404 without any."""
        return Response(QuietHoursFields(quiet_hours_of(request.user)).data)

    @extend_schema(
        request=QuietHoursFields,
        responses=QuietHoursFields,
        operation_id="me_quiet_hours_set",
    )
    def put(self, request: Request) -> Response:
        """Let messages wait until these hours end; an emergency never waits.

        The alert itself is on the list at once, and goes on to the next person as ever.
        """
        filled = QuietHoursFields(data=request.data)
        filled.is_valid(raise_exception=True)
        stored = set_quiet_hours(account(request), **filled.validated_data)
        return Response(QuietHoursFields(stored).data)

    @extend_schema(responses={204: None}, operation_id="me_quiet_hours_destroy")
    def delete(self, request: Request) -> Response:
        """Have no quiet hours any more."""
        forget_quiet_hours(account(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
