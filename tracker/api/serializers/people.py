"""Invitations, enrolment, profiles and patients."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tracker.api.serializers import fields
from tracker.domain import roles
from tracker.models import Membership, Patient, User
from tracker.selectors.consent import current_consent


class NamedOut(serializers.Serializer[Any]):
    """A clinic or a care team."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class InvitationIn(serializers.Serializer[Any]):
    """Whom to invite, and into which team. Without a team, say the clinic."""

    patient_name = fields.words(200)
    clinic = fields.row_id(required=False, allow_null=True, default=None)
    care_team = fields.row_id(required=False, allow_null=True, default=None)


class InvitationOut(serializers.Serializer[Any]):
    """An invitation; its code is not kept."""

    id = serializers.IntegerField()
    patient_name = serializers.CharField()
    clinic = NamedOut()
    care_team = NamedOut(allow_null=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    used_at = serializers.DateTimeField(allow_null=True)
    patient_id = serializers.UUIDField(allow_null=True)


class InvitationMadeOut(InvitationOut):
    """A new invitation, and the only time that its code is shown."""

    code = serializers.CharField(help_text="Four groups of four; hand it over.")


class EnrolmentIn(serializers.Serializer[Any]):
    """A code, an account and consent; the rest may be left out."""

    code = fields.words(64)
    email = serializers.EmailField(max_length=254)
    password = fields.words(128, trim_whitespace=False, write_only=True)
    consent_version = fields.words(40)
    name = fields.words(200, required=False)
    birth_year = fields.birth_year(required=False, allow_null=True)
    sex = serializers.ChoiceField(Patient.SEXES, required=False, allow_blank=True)
    timezone = fields.time_zone(required=False)
    language = fields.language(required=False)
    phone = fields.words(40, required=False, allow_blank=True)
    emergency_contact = fields.words(200, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Hold the password against the account that it is for."""
        user = User(email=attrs["email"], name=attrs.get("name", ""))
        try:
            validate_password(attrs["password"], user)
        except ValidationError as refused:
            raise serializers.ValidationError({"password": refused.messages}) from None
        return attrs


class EnrolmentOut(serializers.Serializer[Any]):
    """The new patient and a session for the phone."""

    patient_id = serializers.UUIDField()
    session_token = serializers.CharField(help_text="Send it as X-Session-Token.")


class ConsentTextOut(serializers.Serializer[Any]):
    """What a patient agrees to."""

    version = serializers.CharField()
    text = serializers.CharField()


class ConsentIn(serializers.Serializer[Any]):
    """The version that the patient has read."""

    version = fields.words(40)


class ClinicMoveIn(serializers.Serializer[Any]):
    """The code of the new clinic's invitation, and the text that was agreed to."""

    code = fields.words(64)
    consent_version = fields.words(40)


class ConsentOut(serializers.Serializer[Any]):
    """An agreement of the patient."""

    version = serializers.CharField()
    given_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class PatientOut(serializers.Serializer[Any]):
    """A patient as their clinic sees them."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    birth_year = serializers.IntegerField(allow_null=True)
    sex = serializers.ChoiceField(Patient.SEXES, allow_blank=True)
    timezone = serializers.CharField()
    language = serializers.CharField()
    phone = serializers.CharField()
    emergency_contact = serializers.CharField()
    paused_until = serializers.DateField(allow_null=True)
    reminder_at = serializers.TimeField(allow_null=True)
    clinic = NamedOut()
    care_team = NamedOut(allow_null=True)
    enrolled_at = serializers.DateTimeField()


class PatientDetailOut(PatientOut):
    """A patient with the consent that they gave last."""

    consent = serializers.SerializerMethodField()

    @extend_schema_field(ConsentOut(allow_null=True))
    def get_consent(self, patient: Patient) -> dict[str, Any] | None:
        """Return the newest consent, withdrawn or not."""
        found = current_consent(patient.pk)
        return dict(ConsentOut(found).data) if found else None


class MembershipOut(serializers.Serializer[Any]):
    """A role at a clinic, with the teams into which the account may invite."""

    role = serializers.ChoiceField(roles.STAFF_ROLES)
    clinic = NamedOut()
    care_teams = serializers.SerializerMethodField()

    @extend_schema_field(NamedOut(many=True))
    def get_care_teams(self, membership: Membership) -> list[dict[str, Any]]:
        """Return the clinic's teams."""
        teams = membership.clinic.care_teams.all()
        return [{"id": team.pk, "name": team.name} for team in teams]


class MeOut(serializers.Serializer[Any]):
    """The caller: the account, the patient if it is one, the roles if it has some."""

    email = serializers.EmailField()
    name = serializers.CharField()
    patient = PatientDetailOut(allow_null=True)
    memberships = MembershipOut(many=True)


class MeIn(serializers.Serializer[Any]):
    """What a person may change; what is left out stays. Staff have only a name."""

    name = fields.words(200, required=False)
    birth_year = fields.birth_year(required=False, allow_null=True)
    sex = serializers.ChoiceField(Patient.SEXES, required=False, allow_blank=True)
    timezone = fields.time_zone(required=False)
    language = fields.language(required=False)
    phone = fields.words(40, required=False, allow_blank=True)
    emergency_contact = fields.words(200, required=False, allow_blank=True)
    paused_until = fields.pause(
        required=False,
        help_text="The last day of a holiday, at most 28 days ahead: until then the "
        "patient is not reminded to log. Null ends it. Dangers are told all the same.",
    )
    reminder_at = serializers.TimeField(
        required=False,
        allow_null=True,
        help_text="When to remind the patient by push, by the clock of `timezone`: each "
        "day without an entry, and of a self-test after a week without one. Null, as "
        "at first, for never.",
    )
