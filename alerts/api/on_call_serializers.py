"""What the API says of policies and rotas, and what it takes."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from rest_framework import serializers

from alerts.domain.coverage import NOBODY, NOT_AT_ONCE
from alerts.domain.policy import LATEST_PERCENT, MOST_STEPS, TARGET_LIMITS, WHOM
from alerts.domain.simulation import Moment
from alerts.domain.targets import ALERTING
from alerts.models import (
    Cover,
    EscalationPolicy,
    Holiday,
    PolicyStep,
    QuietHours,
    Shift,
)
from alerts.selectors.on_call import Simulation, TeamCoverage
from alerts.selectors.response_times import ResponseTimes


class SecondsField(serializers.FloatField):
    """A span in seconds, null for none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, **kwargs)

    def to_representation(self, value: Any) -> Any:
        """Return the seconds."""
        return float(value.total_seconds())


class HoleOut(serializers.Serializer[Any]):
    """A time at which the policy does not reach whom it should."""

    starts = serializers.DateTimeField()
    ends = serializers.DateTimeField()
    kind = serializers.ChoiceField(
        [NOBODY, NOT_AT_ONCE],
        help_text="nobody: nobody named can be told; not_at_once: nobody is on duty,"
        " others stand in.",
    )


class LeftDutyOut(serializers.Serializer[Any]):
    """A duty to come, or a step of the policy, of somebody who cannot be told any more."""

    kind = serializers.ChoiceField(["shift", "cover", "step"])
    id = serializers.IntegerField()


class CoverageOut(serializers.Serializer[TeamCoverage]):
    """The holes of the coming month of a care team, or of who has none."""

    care_team = serializers.IntegerField(source="team.pk", default=None)
    holes = HoleOut(many=True)
    left = LeftDutyOut(many=True)
    reaches_nobody = serializers.BooleanField()


class SimulationIn(serializers.Serializer[Any]):
    """An alert that is not there: its tier, and when it would be raised."""

    tier = serializers.ChoiceField(ALERTING)
    at = serializers.DateTimeField()
    care_team = serializers.IntegerField(default=None, min_value=1)


class MomentOut(serializers.Serializer[Moment]):
    """An instant at which people would be told."""

    at = serializers.DateTimeField()
    step = serializers.IntegerField(source="hop.step")
    repeats = serializers.IntegerField()
    whom = serializers.CharField(source="hop.whom")
    people = serializers.ListField(
        child=serializers.IntegerField(), source="hop.people"
    )
    as_written = serializers.BooleanField(
        source="hop.as_written", help_text="false: others stand in for whom it names."
    )
    held = serializers.DictField(
        child=serializers.DateTimeField(),
        help_text="By person: until when their quiet hours hold back what disturbs.",
    )


class SimulationOut(serializers.Serializer[Simulation]):
    """What would happen if nobody ever answered."""

    tier = serializers.CharField()
    answer_by = serializers.DateTimeField(allow_null=True)
    moments = MomentOut(many=True)
    names = serializers.DictField(child=serializers.CharField())


class ActivationOut(serializers.Serializer[Any]):
    """Since when a clinic may invite patients."""

    activated_at = serializers.DateTimeField(default_timezone=ZoneInfo("UTC"))


class StepField(serializers.Serializer[PolicyStep]):
    """Whom to tell when this much of the target has passed."""

    whom = serializers.ChoiceField(WHOM)
    after_percent = serializers.IntegerField(min_value=0, max_value=LATEST_PERCENT)
    person = serializers.IntegerField(
        source="person_id", allow_null=True, default=None, min_value=1
    )
    tier = serializers.ChoiceField(
        ["", *TARGET_LIMITS], default="", help_text="Of this tier only; empty: of all."
    )


class PolicyOut(serializers.ModelSerializer[EscalationPolicy]):
    """Targets, working hours and steps of a care team, or of the rest of a clinic."""

    care_team = serializers.IntegerField(
        source="care_team_id", allow_null=True, default=None, min_value=1
    )
    steps = StepField(many=True, help_text=f"At most {MOST_STEPS}.")
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6),
        max_length=7,
        help_text="Working days; 0 is Monday.",
    )

    class Meta:
        model = EscalationPolicy
        fields = (
            "care_team",
            "emergency_minutes",
            "urgent_minutes",
            "soon_minutes",
            "opens",
            "closes",
            "weekdays",
            "last_resort_percent",
            "repeat_count",
            "steps",
        )


class ShiftOut(serializers.ModelSerializer[Shift]):
    """A duty: every day, on one weekday, or on one day."""

    care_team = serializers.IntegerField(source="care_team_id", min_value=1)
    clinician = serializers.IntegerField(source="clinician_id", min_value=1)

    class Meta:
        model = Shift
        fields = (
            "id",
            "care_team",
            "line",
            "clinician",
            "weekday",
            "day",
            "starts",
            "ends",
        )


class CoverOut(serializers.ModelSerializer[Cover]):
    """Somebody who has the duties of somebody else for some time."""

    care_team = serializers.IntegerField(source="care_team_id", min_value=1)
    absent = serializers.IntegerField(source="absent_id", min_value=1)
    by = serializers.IntegerField(source="by_id", min_value=1)

    class Meta:
        model = Cover
        fields = ("id", "care_team", "absent", "by", "starts_at", "ends_at")


class HolidayOut(serializers.ModelSerializer[Holiday]):
    """A day on which the clinic does not work."""

    name = serializers.CharField(default="", allow_blank=True, max_length=100)

    class Meta:
        model = Holiday
        fields = ("id", "day", "name")


class OnDutyOut(serializers.Serializer[Any]):
    """The names of who is on duty."""

    on_duty = serializers.ListField(child=serializers.CharField())
    second = serializers.ListField(child=serializers.CharField())


class QuietHoursFields(serializers.ModelSerializer[QuietHours]):
    """Every day from one time to another; at most twelve hours."""

    class Meta:
        model = QuietHours
        fields = ("starts", "ends", "timezone")


class PeriodIn(serializers.Serializer[Any]):
    """The alerts opened from one instant to another; by default the last 90 days."""

    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)


class ResponseTimesOut(serializers.Serializer[ResponseTimes]):
    """What a clinic did about the alerts of a tier; null is the median of nothing."""

    tier = serializers.ChoiceField(ALERTING)
    opened = serializers.IntegerField()
    answered = serializers.IntegerField()
    answered_in_time = serializers.IntegerField()
    resolved = serializers.IntegerField()
    median_onset_to_flag_seconds = SecondsField(source="onset_to_flag")
    median_flag_to_answer_seconds = SecondsField(source="flag_to_answer")
    median_flag_to_outcome_seconds = SecondsField(source="flag_to_outcome")
    outcomes = serializers.DictField(child=serializers.IntegerField())
