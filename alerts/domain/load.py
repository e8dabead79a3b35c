"""How much is asked of clinicians, measured against what they can bear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from alerts.domain.targets import EMERGENCY, TIERS
from analytics.domain import budget


WEEK: Final = timedelta(weeks=1)


@dataclass(frozen=True)
class Load:
    """Alerts opened by tier, and the patient time in which they were."""

    alerts: Mapping[str, int]
    patient_time: timedelta

    @property
    def patient_weeks(self) -> float:
        """Return the time of all patients together, in weeks."""
        return self.patient_time / WEEK

    @property
    def total(self) -> int:
        """Return the alerts of all tiers."""
        return sum(self.alerts.values())

    @property
    def enough(self) -> bool:
        """Return whether there was patient time enough to judge the rate."""
        return self.patient_weeks >= budget.ENOUGH_WEEKS

    @property
    def too_much(self) -> bool:
        """Return whether one of the budgets is exceeded, with time enough to tell."""
        all_tiers, emergencies = self.per_100(), self.per_100(EMERGENCY)
        over = all_tiers > budget.ALERTS or emergencies > budget.EMERGENCIES
        return self.enough and over

    @property
    def rates(self) -> list[tuple[str, int, float]]:
        """Return (tier, alerts, alerts per 100 patient-weeks), the most urgent first."""
        return [
            (tier, self.alerts[tier], self.per_100(tier))
            for tier in TIERS
            if tier in self.alerts
        ]

    def per_100(self, tier: str | None = None) -> float:
        """Return the alerts per 100 patient-weeks, of one tier or of all; 0 without time."""
        count = self.total if tier is None else self.alerts.get(tier, 0)
        return 100 * count / self.patient_weeks if self.patient_time else 0.0
