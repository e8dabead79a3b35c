"""What the API says of policies and rotas, and what it takes."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from rest_framework import serializers

from alerts.domain.coverage import NOBODY, NOT_AT_ONCE
from alerts.domain.simulation import Moment
from alerts.domain.targets import ALERTING
from alerts.selectors.on_call import Simulation, TeamCoverage


class HoleOut(serializers.Serializer[Any]):
    """A time at which the policy does not reach whom it should."""

    starts = serializers.DateTimeField()
    ends = serializers.DateTimeField()
    kind = serializers.ChoiceField(
        [NOBODY, NOT_AT_ONCE],
        help_text="nobody: nobody named can be told; not_at_once: nobody is on duty,"
        " others stand in.",
    )


class CoverageOut(serializers.Serializer[TeamCoverage]):
    """The holes of the coming month of a care team, or of who has none."""

    care_team = serializers.IntegerField(source="team.pk", default=None)
    holes = HoleOut(many=True)
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


class SimulationOut(serializers.Serializer[Simulation]):
    """What would happen if nobody ever answered."""

    tier = serializers.CharField()
    answer_by = serializers.DateTimeField(allow_null=True)
    moments = MomentOut(many=True)
    names = serializers.DictField(child=serializers.CharField())


class ActivationOut(serializers.Serializer[Any]):
    """Since when a clinic may invite patients."""

    activated_at = serializers.DateTimeField(default_timezone=ZoneInfo("UTC"))
