"""Which kind of account a door is for; what it may see is decided in selectors."""

from __future__ import annotations

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from tracker.errors import NotStaff
from tracker.selectors.access import is_staff_of_a_clinic


class StaffOnly(BasePermission):
    """Clinicians and clinic administrators."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Let staff in; raise NotStaff for a patient, False for nobody at all."""
        if not request.user.is_authenticated:
            return False
        if not is_staff_of_a_clinic(request.user):
            raise NotStaff
        return True
