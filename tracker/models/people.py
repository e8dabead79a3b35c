"""Who there is: accounts, clinics, care teams, patients, consent, invitations."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower

from tracker.domain import roles


def validate_time_zone(value: str) -> None:
    """Refuse a name that the IANA time zone database does not hold."""
    if value not in available_timezones():
        raise ValidationError("Use an IANA time zone such as Europe/Berlin.")


def _check_time_zone(value: str) -> None:
    try:
        validate_time_zone(value)
    except ValidationError as error:
        raise ValidationError({"timezone": error.messages}) from None


class UserManager(BaseUserManager["User"]):
    """Makes accounts whose only name is an e-mail address."""

    def create_user(
        self, email: str, password: str | None = None, **fields: Any
    ) -> User:
        """Make an account; without a password nobody can log in to it by one."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, email: str, password: str | None = None, **fields: Any
    ) -> User:
        """Make an account for operations."""
        return self.create_user(
            email, password, is_staff=True, is_superuser=True, **fields
        )


class User(AbstractBaseUser, PermissionsMixin):
    """An account. What it may see follows from its patient or its memberships."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=10, blank=True, default="", db_default="")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_any_case_once"),
        ]


class Clinic(models.Model):
    """A clinic whose staff watch over its patients' diaries."""

    name = models.CharField(max_length=200)
    timezone = models.CharField(max_length=64, default="Europe/London")
    language = models.CharField(max_length=10, default="en")
    phone = models.CharField(max_length=40, blank=True)
    emergency_number = models.CharField(max_length=20, default="112")
    created_at = models.DateTimeField(auto_now_add=True)
    activated_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Since when it may invite patients: its alerts reach somebody.",
    )

    def clean(self) -> None:
        """Refuse an unknown time zone; as a validator it would bind the migrations."""
        _check_time_zone(self.timezone)


class Membership(models.Model):
    """A person's role at a clinic."""

    clinic = models.ForeignKey(
        Clinic, on_delete=models.PROTECT, related_name="memberships"
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(
        max_length=20, choices=[(role, role) for role in roles.STAFF_ROLES]
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "user", "role"], name="membership_once"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=roles.STAFF_ROLES),
                name="membership_role_known",
            ),
        ]


class CareTeam(models.Model):
    """The clinicians who look after the same patients."""

    clinic = models.ForeignKey(
        Clinic, on_delete=models.PROTECT, related_name="care_teams"
    )
    name = models.CharField(max_length=200)
    members: models.ManyToManyField[Membership, Any] = models.ManyToManyField(
        Membership, related_name="care_teams", blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "name"], name="care_team_once"),
        ]


class Patient(models.Model):
    """A person with a diary, linked to one clinic at a time."""

    SEXES: ClassVar = [("female", "female"), ("male", "male"), ("other", "other")]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="patient")
    clinic = models.ForeignKey(
        Clinic, on_delete=models.PROTECT, related_name="patients"
    )
    care_team = models.ForeignKey(
        CareTeam,
        on_delete=models.PROTECT,
        related_name="patients",
        null=True,
        blank=True,
    )
    name = models.CharField(max_length=200)
    birth_year = models.PositiveSmallIntegerField(null=True, blank=True)
    sex = models.CharField(max_length=10, choices=SEXES, blank=True)
    timezone = models.CharField(max_length=64, default="Europe/London")
    language = models.CharField(max_length=10, default="en")
    phone = models.CharField(max_length=40, blank=True)
    emergency_contact = models.CharField(max_length=200, blank=True)
    enrolled_at = models.DateTimeField()
    paused_until = models.DateField(
        null=True,
        blank=True,
        help_text="A holiday: until then nobody asks for entries.",
    )
    reminder_at = models.TimeField(
        null=True,
        blank=True,
        help_text="When to remind of the diary each day, by the patient's clock.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(birth_year__isnull=True)
                | models.Q(birth_year__range=(1900, 2100)),
                name="patient_birth_year_plausible",
            ),
        ]
        indexes = [
            # The worklist and every list of patients start from clinic and team.
            models.Index(fields=["clinic", "care_team"], name="patient_by_clinic"),
        ]

    def clean(self) -> None:
        """Refuse an unknown time zone; as a validator it would bind the migrations."""
        _check_time_zone(self.timezone)


class Consent(models.Model):
    """A patient's agreement to one version of one text; never edited."""

    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="consents"
    )
    clinic = models.ForeignKey(
        Clinic,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        help_text="Who may read the diary by it; empty in old rows.",
    )
    kind = models.CharField(max_length=40, default="monitoring")
    version = models.CharField(max_length=40)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(withdrawn_at__isnull=True)
                | models.Q(withdrawn_at__gte=models.F("given_at")),
                name="consent_withdrawn_after_given",
            ),
        ]


class Invitation(models.Model):
    """A one-time code that links a new patient, or one who moves, to a clinic.

    Only a hash of the code is kept, so the table opens no door.
    """

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    care_team = models.ForeignKey(
        CareTeam, on_delete=models.PROTECT, null=True, blank=True
    )
    code_hash = models.CharField(max_length=64, unique=True)
    patient_name = models.CharField(max_length=200)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, null=True, blank=True
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(used_at__isnull=True, patient__isnull=True)
                | models.Q(used_at__isnull=False, patient__isnull=False),
                name="invitation_used_by_somebody",
            ),
        ]
