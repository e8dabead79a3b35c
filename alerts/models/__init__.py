"""The tables of alerts. Import them from here."""

from __future__ import annotations

from alerts.models.alert import Alert, AlertLog, AlertNote
from alerts.models.contact import ContactPoint, DeadMailbox
from alerts.models.delivery import Delivery
from alerts.models.on_call import Cover, CoverageCheck, Holiday, Shift
from alerts.models.policies import EscalationPolicy, PolicyStep
from alerts.models.quiet import QuietHours
from alerts.models.reminder import Reminder


__all__ = [
    "Alert",
    "AlertLog",
    "AlertNote",
    "ContactPoint",
    "Cover",
    "CoverageCheck",
    "DeadMailbox",
    "Delivery",
    "EscalationPolicy",
    "Holiday",
    "PolicyStep",
    "QuietHours",
    "Reminder",
    "Shift",
]
