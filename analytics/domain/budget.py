"""How many alerts clinicians can bear and still listen."""

from __future__ import annotations

from typing import Final


#: How many alerts of all tiers clinicians may be asked to answer.
#: Unit: alerts per 100 patient-weeks.
#: Source: our target, clinical.md section 8: a third of PRO-TECT's 31, which nurses felt
#: to be too many.
#: Caveat: a target for the rules of a whole service; a small clinic may be unlucky.
ALERTS: Final = 10.0

#: How many of them may be emergencies.
#: Unit: alerts per 100 patient-weeks.
#: Source: our target, clinical.md section 8.
EMERGENCIES: Final = 0.5

#: Less patient time than this says nothing about a rate of one in ten.
#: Unit: patient-weeks.
#: Source: our choice; ten alerts are expected in it.
ENOUGH_WEEKS: Final = 100.0
