"""Who is on duty when: shifts of the care teams, holidays of the clinic, covers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tracker.models import CareTeam, Clinic, User


class Shift(models.Model):
    """A duty of a care team: every day, on one weekday, or on one day only.

    Times are those of the clinic's wall clock. It ends on the next day when it ends no
    later than it begins; equal times are a whole day.
    """

    LINES: ClassVar = [(1, "first"), (2, "second")]
    WEEKDAYS: ClassVar = [
        (0, "Monday"),
        (1, "Tuesday"),
        (2, "Wednesday"),
        (3, "Thursday"),
        (4, "Friday"),
        (5, "Saturday"),
        (6, "Sunday"),
    ]

    care_team = models.ForeignKey(
        CareTeam, on_delete=models.CASCADE, related_name="shifts"
    )
    line = models.PositiveSmallIntegerField(
        choices=LINES, default=1, help_text="Who is told first, and who is next."
    )
    clinician = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    weekday = models.PositiveSmallIntegerField(
        choices=WEEKDAYS,
        null=True,
        blank=True,
        help_text="Empty, without a day either: every day. On holidays Sunday's hold.",
    )
    day = models.DateField(
        null=True,
        blank=True,
        help_text="One day only; goes before the weekly shifts of its line.",
    )
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        ordering = ["care_team", "line", "day", "weekday", "starts"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(line__in=(1, 2)), name="shift_line"
            ),
            models.CheckConstraint(
                condition=models.Q(weekday__isnull=True)
                | models.Q(weekday__range=(0, 6), day__isnull=True),
                name="shift_weekday_or_day",
            ),
        ]


class Holiday(models.Model):
    """A day on which a clinic does not work."""

    clinic = models.ForeignKey(
        Clinic, on_delete=models.CASCADE, related_name="holidays"
    )
    day = models.DateField()
    name = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "day"], name="holiday_once"),
        ]


class CoverageCheck(models.Model):
    """What the last look at a clinic's coming month has found."""

    clinic = models.OneToOneField(
        Clinic, on_delete=models.CASCADE, related_name="coverage_check"
    )
    checked_at = models.DateTimeField()
    nobody_hours = models.FloatField(help_text="In which nobody would be reached.")
    gap_hours = models.FloatField(help_text="In which nobody is on duty.")


class Cover(models.Model):
    """For some time somebody else has the duties of a person; a swap is two covers."""

    care_team = models.ForeignKey(
        CareTeam, on_delete=models.CASCADE, related_name="covers"
    )
    absent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="cover_has_length",
            ),
            models.CheckConstraint(
                condition=~models.Q(absent=models.F("by")), name="cover_by_another"
            ),
        ]
