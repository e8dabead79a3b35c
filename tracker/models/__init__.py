"""The tables of the tracker: people, diary, sync, clinical records."""

from __future__ import annotations

from tracker.models.caregivers import Caregiver, CaregiverInvitation
from tracker.models.clinical import (
    AcceptedBaseline,
    Episode,
    Exam,
    ExamFinding,
    Imaging,
    Message,
    Neurophysiology,
    Outcome,
    Treatment,
)
from tracker.models.diary import (
    DayLog,
    Entry,
    NumbnessLog,
    PainLog,
    RedFlagCheck,
    WeaknessLog,
)
from tracker.models.moves import ClinicMove
from tracker.models.offers import RoleOffer
from tracker.models.people import (
    CareTeam,
    Clinic,
    Consent,
    Invitation,
    Membership,
    Patient,
    User,
)
from tracker.models.sync import (
    Device,
    Heartbeat,
    MinimumApp,
    Quarantine,
    SyncCounter,
    SyncCursor,
)


__all__ = [
    "AcceptedBaseline",
    "CareTeam",
    "Caregiver",
    "CaregiverInvitation",
    "Clinic",
    "ClinicMove",
    "Consent",
    "DayLog",
    "Device",
    "Entry",
    "Episode",
    "Exam",
    "ExamFinding",
    "Heartbeat",
    "Imaging",
    "Invitation",
    "Membership",
    "Message",
    "MinimumApp",
    "Neurophysiology",
    "NumbnessLog",
    "Outcome",
    "PainLog",
    "Patient",
    "Quarantine",
    "RedFlagCheck",
    "RoleOffer",
    "SyncCounter",
    "SyncCursor",
    "Treatment",
    "User",
    "WeaknessLog",
]
