"""The roles a person can have, and the words for side, level and cause."""

from __future__ import annotations

from typing import Final


CLINICIAN: Final = "clinician"
ADMINISTRATOR: Final = "administrator"
STAFF_ROLES: Final = (CLINICIAN, ADMINISTRATOR)
