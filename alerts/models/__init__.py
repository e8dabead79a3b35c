"""The tables of alerts. Import them from here."""

from __future__ import annotations

from alerts.models.alert import Alert, AlertLog
from alerts.models.delivery import Delivery
from alerts.models.on_call import OnCallStep


__all__ = ["Alert", "AlertLog", "Delivery", "OnCallStep"]
