"""The tracker's tables in the admin, for superusers who run the machine.

Everything a phone wrote is read-only here, with its revisions. What clinicians
record is changed through the services, so that phones and the analysis hear of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from tracker import models
from tracker.domain import consent
from tracker.errors import DomainError
from tracker.services import clinical, moving, resync


if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
    BaseUserAdmin = DjangoUserAdmin[models.User]
else:
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline
    BaseUserAdmin = DjangoUserAdmin


class ForSuperusers:
    """Clinics keep their secrets from one another: no permission opens a table."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    has_add_permission = has_view_permission
    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission


class Kept(ForSuperusers):
    """May be added and changed, never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnly(Kept):
    """May be looked at."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


# --- People


class NewUserForm(forms.ModelForm[models.User]):
    class Meta:
        model = models.User
        fields = ("email", "name")

    def clean_email(self) -> str:
        """Keep addresses in one case; the account has no password yet."""
        self.instance.set_unusable_password()
        return str(self.cleaned_data["email"]).lower()


@admin.register(models.User)
class UserAdmin(Kept, BaseUserAdmin):
    ordering = ("email",)
    list_display = ("email", "name", "is_active", "is_staff", "is_superuser")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "name")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_form = NewUserForm
    add_fieldsets = ((None, {"fields": ("email", "name")}),)


@admin.register(models.Clinic)
class ClinicAdmin(Kept, ModelAdmin):
    list_display = ("name", "timezone", "language", "emergency_number")
    search_fields = ("name",)


@admin.register(models.Membership)
class MembershipAdmin(ForSuperusers, ModelAdmin):
    list_display = ("clinic_id", "user_id", "role")
    list_filter = ("role",)
    autocomplete_fields = ("clinic", "user")
    search_fields = ("user__email", "clinic__name")


@admin.register(models.CareTeam)
class CareTeamAdmin(Kept, ModelAdmin):
    list_display = ("name", "clinic_id")
    search_fields = ("name",)
    autocomplete_fields = ("clinic", "members")


class MoveForm(ActionForm):
    """What moving a patient needs beside the patient."""

    code = forms.CharField(
        required=False, max_length=64, label="Code of the new clinic's invitation"
    )
    agreed = forms.BooleanField(
        required=False, label="The patient has read and agreed to the current text"
    )


@admin.register(models.Patient)
class PatientAdmin(Kept, ModelAdmin):
    action_form = MoveForm
    actions = ("move",)
    list_display = ("id", "name", "clinic_id", "care_team_id", "enrolled_at")
    search_fields = ("name", "user__email")
    autocomplete_fields = ("care_team",)
    readonly_fields = ("id", "user", "clinic", "enrolled_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # patients enrol with a code and consent

    @admin.action(description="Move to the clinic of an invitation code")
    def move(self, request: HttpRequest, patients: QuerySet[models.Patient]) -> None:
        """Move one patient on their word; a clinic cannot be typed over."""
        chosen = list(patients[:2])
        if len(chosen) != 1 or not request.POST.get("agreed"):
            refusal = "Choose one patient, who has agreed to the current text."
            self.message_user(request, refusal, messages.ERROR)
            return
        try:
            moving.move_to_clinic(
                chosen[0],
                request.POST.get("code", ""),
                consent_version=consent.VERSION,
                by=request.user,  # type: ignore[arg-type]
                now=timezone.now(),
            )
        except DomainError as refused:
            self.message_user(request, refused.title, messages.ERROR)
            return
        self.message_user(request, "The patient has moved.")


@admin.register(models.Consent)
class ConsentAdmin(ReadOnly, ModelAdmin):
    list_display = ("patient_id", "kind", "version", "given_at", "withdrawn_at")


@admin.register(models.ClinicMove)
class ClinicMoveAdmin(ReadOnly, ModelAdmin):
    list_display = ("patient_id", "from_clinic_id", "to_clinic_id", "moved_at")


@admin.register(models.Invitation)
class InvitationAdmin(ReadOnly, ModelAdmin):
    list_display = ("id", "clinic_id", "created_at", "expires_at", "used_at")
    exclude = ("code_hash",)


@admin.register(models.RoleOffer)
class RoleOfferAdmin(ReadOnly, ModelAdmin):
    list_display = ("id", "clinic_id", "role", "offered_at", "was_taken")


@admin.register(models.Caregiver)
class CaregiverAdmin(ReadOnly, ModelAdmin):
    list_display = ("id", "patient_id", "user_id", "may_write", "revoked_at")


@admin.register(models.CaregiverInvitation)
class CaregiverInvitationAdmin(ReadOnly, ModelAdmin):
    list_display = ("id", "patient_id", "expires_at", "used_at", "cancelled_at")
    exclude = ("code_hash",)


# --- Sync


@admin.register(models.SyncCounter)
class SyncCounterAdmin(ReadOnly, ModelAdmin):
    list_display = ("patient_id", "seq", "diary_seq")


@admin.register(models.SyncCursor)
class SyncCursorAdmin(ReadOnly, ModelAdmin):
    list_display = ("id", "user_id", "created_at")


@admin.register(models.Device)
class DeviceAdmin(ReadOnly, ModelAdmin):
    list_display = ("patient_id", "device_id", "app_version", "last_seen_at")
    actions = ("resync",)

    @admin.action(description="Make these phones sync from the start")
    def resync(self, request: HttpRequest, devices: QuerySet[models.Device]) -> None:
        """Make phones start over; what they have not sent stays with them."""
        for device in devices:
            resync.resync_device(device.patient_id, device.device_id)
        self.message_user(request, "They start over at their next sync.")


@admin.register(models.MinimumApp)
class MinimumAppAdmin(ForSuperusers, ModelAdmin):
    list_display = ("app", "version", "link")


@admin.register(models.Quarantine)
class QuarantineAdmin(ReadOnly, ModelAdmin):
    list_display = ("patient_id", "collection", "reason", "received_at", "resolved_at")
    list_filter = ("reason", "collection")


@admin.register(models.Heartbeat)
class HeartbeatAdmin(ReadOnly, ModelAdmin):
    list_display = ("name", "beat_at")


# --- Diary


def _revisions_of(model: type[models.Entry]) -> type[Any]:
    """Return the table of earlier states, to stand below an entry."""
    event = model.pgh_event_model  # type: ignore[attr-defined]

    class Revisions(ReadOnly, TabularInline):
        model = event
        fk_name = "pgh_obj"
        ordering = ("-revision",)
        extra = 0
        verbose_name_plural = "earlier revisions"
        exclude = ("pgh_label", "id", "patient")

    return Revisions


class EntryAdmin(ReadOnly, ModelAdmin):
    list_display = ("id", "patient_id", "local_day", "revision", "withdrawn_at")
    list_filter = ("clock_suspect",)
    date_hierarchy = "local_day"

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[type[Any]]:
        return [_revisions_of(self.model)]


for _model in (
    models.PainLog,
    models.NumbnessLog,
    models.WeaknessLog,
    models.RedFlagCheck,
    models.DayLog,
):
    admin.site.register(_model, EntryAdmin)


# --- Clinical records


@admin.register(models.Episode)
class EpisodeAdmin(Kept, ModelAdmin):
    list_display = ("id", "patient_id", "suspected_cause", "level", "side", "onset_on")
    list_filter = ("suspected_cause", "level")
    search_fields = ("id", "patient__name")
    autocomplete_fields = ("patient",)

    def save_model(
        self, request: HttpRequest, obj: models.Episode, form: Any, change: Any
    ) -> None:
        clinical.save_episode(obj)


class RecordAdmin(Kept, ModelAdmin):
    """A record on an episode; who saves it first has recorded it."""

    autocomplete_fields = ("episode",)
    exclude: ClassVar[Any] = ("recorded_by",)

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: Any
    ) -> None:
        if not change:
            obj.recorded_by = request.user
        self.store(obj)

    def store(self, record: Any) -> None:
        record.save()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("episode",) if obj else ()


class ExamFindingForm(ModelForm[models.ExamFinding]):
    def clean(self) -> dict[str, Any] | None:
        """Say what is wrong with a finding before the constraint does."""
        cleaned = super().clean() or {}
        names = ("kind", "location", "side", "grade")
        if all(cleaned.get(name) is not None for name in names):
            finding = clinical.Finding(**{name: cleaned[name] for name in names})
            if problem := clinical.finding_problem(finding):
                raise forms.ValidationError(problem)
        return cleaned


class ExamFindings(ForSuperusers, TabularInline):
    model = models.ExamFinding
    form = ExamFindingForm
    extra = 1


@admin.register(models.Exam)
class ExamAdmin(RecordAdmin):
    list_display = ("id", "episode_id", "examined_on")
    inlines = (ExamFindings,)

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: Any
    ) -> None:
        super().save_related(request, form, formsets, change)
        clinical.announce_change(form.instance.episode.patient_id)


@admin.register(models.Imaging)
class ImagingAdmin(RecordAdmin):
    list_display = ("id", "episode_id", "kind", "performed_on")


@admin.register(models.Neurophysiology)
class NeurophysiologyAdmin(RecordAdmin):
    list_display = ("id", "episode_id", "kind", "performed_on")


@admin.register(models.Treatment)
class TreatmentAdmin(RecordAdmin):
    list_display = ("id", "patient_id", "kind", "started_on", "ended_on")
    exclude = ("recorded_by", "patient")

    def store(self, record: Any) -> None:
        clinical.save_treatment(record)


@admin.register(models.Outcome)
class OutcomeAdmin(RecordAdmin):
    list_display = ("id", "episode_id", "kind", "recorded_on")

    def store(self, record: Any) -> None:
        clinical.save_outcome(record)


@admin.register(models.AcceptedBaseline)
class AcceptedBaselineAdmin(ReadOnly, ModelAdmin):
    list_display = ("id", "episode_id", "side", "signal", "value", "from_day")


@admin.register(models.Message)
class MessageAdmin(Kept, ModelAdmin):
    """A message is sent when it is added; afterwards it stands."""

    list_display = ("id", "patient_id", "sent_at")
    autocomplete_fields = ("patient",)
    fields = ("patient", "text")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: models.Message, form: Any, change: Any
    ) -> None:
        sent = clinical.send_message(
            obj.patient,
            text=obj.text,
            by=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
        obj.pk = sent.pk
