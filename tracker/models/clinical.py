"""What clinicians record on an episode of care."""

from __future__ import annotations

import uuid
from typing import ClassVar

import pghistory
import pgtrigger
from django.db import models

from tracker.domain.accepted import SIGNALS, signal_name
from tracker.models.people import Patient, User


SIDES: list[tuple[str, str]] = [
    ("left", "left"),
    ("right", "right"),
    ("both", "both"),
]
LEGS: list[tuple[str, str]] = SIDES[:2]
LEVELS: list[tuple[str, str]] = [
    (level, level)
    for level in ("L1/L2", "L2/L3", "L3/L4", "L4/L5", "L5/S1", "several", "unknown")
]


#: kind of finding -> where it can be found, (lowest, highest) grade.
FINDING_GRADES: dict[str, tuple[tuple[str, ...], tuple[int, int]]] = {
    # MRC grade 0-5 by myotome.
    "power": (("L2", "L3", "L4", "L5", "S1"), (0, 5)),
    # 0 absent, 1 reduced, 2 normal, 3 brisk, 4 clonus.
    "reflex": (("patellar", "medial_hamstring", "achilles"), (0, 4)),
    # 0 absent, 1 altered, 2 normal, by root.
    "sensation": (("L2", "L3", "L4", "L5", "S1", "S2", "S3", "S4", "S5"), (0, 2)),
    # Degrees at which leg pain begins.
    "straight_leg_raise": (("leg",), (0, 120)),
}


@pghistory.track()
class Episode(models.Model):
    """One course of nerve-root trouble, from onset to discharge."""

    CAUSES: ClassVar = [
        (cause, cause.replace("_", " "))
        for cause in (
            "disc_herniation",
            "spinal_stenosis",
            "bone_spur",
            "spondylolisthesis",
            "piriformis",
            "other",
            "unknown",
        )
    ]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="episodes"
    )
    suspected_cause = models.CharField(max_length=40, choices=CAUSES, default="unknown")
    level = models.CharField(max_length=10, choices=LEVELS, default="unknown")
    side = models.CharField(max_length=10, choices=SIDES, blank=True)
    onset_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closed_on__isnull=True)
                | models.Q(onset_on__isnull=True)
                | models.Q(closed_on__gte=models.F("onset_on")),
                name="episode_closed_after_onset",
            ),
        ]


class ClinicalRecord(models.Model):
    """What every record of an episode carries."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    note = models.TextField(blank=True, max_length=5000)

    class Meta:
        abstract = True


@pghistory.track()
class Exam(ClinicalRecord):
    """A neurological examination; its findings are rows of ExamFinding."""

    examined_on = models.DateField()


@pghistory.track()
class ExamFinding(models.Model):
    """One graded finding: MRC power, reflex, sensation, or straight-leg raise."""

    exam = models.ForeignKey(Exam, on_delete=models.CASCADE, related_name="findings")
    kind = models.CharField(
        max_length=20, choices=[(kind, kind) for kind in FINDING_GRADES]
    )
    location = models.CharField(max_length=20)
    side = models.CharField(max_length=10, choices=LEGS)
    grade = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["exam", "kind", "location", "side"], name="finding_once"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    *[
                        models.Q(kind=kind, location__in=where, grade__range=grades)
                        for kind, (where, grades) in FINDING_GRADES.items()
                    ],
                    _connector=models.Q.OR,
                ),
                name="finding_grade_in_range",
            ),
        ]


@pghistory.track()
class Imaging(ClinicalRecord):
    """An MRI, CT or X-ray and what it showed."""

    KINDS: ClassVar = [("mri", "MRI"), ("ct", "CT"), ("xray", "X-ray")]

    kind = models.CharField(max_length=10, choices=KINDS)
    performed_on = models.DateField()
    level = models.CharField(max_length=10, choices=LEVELS, default="unknown")
    side = models.CharField(max_length=10, choices=SIDES, blank=True)
    finding = models.TextField(blank=True, max_length=5000)


@pghistory.track()
class Neurophysiology(ClinicalRecord):
    """Nerve conduction studies or electromyography."""

    KINDS: ClassVar = [("nerve_conduction", "nerve conduction"), ("emg", "EMG")]

    kind = models.CharField(max_length=20, choices=KINDS)
    performed_on = models.DateField()
    side = models.CharField(max_length=10, choices=SIDES, blank=True)
    finding = models.TextField(blank=True, max_length=5000)

    class Meta:
        verbose_name_plural = "neurophysiology"


@pghistory.track()
class Treatment(ClinicalRecord):
    """A treatment with its dates; phones read it, so it carries a change number."""

    KINDS: ClassVar = [
        (kind, kind.replace("_", " "))
        for kind in (
            "physiotherapy",
            "medication",
            "epidural_steroid_injection",
            "laminectomy",
            "discectomy",
            "other_procedure",
            "other",
        )
    ]

    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="treatments"
    )
    kind = models.CharField(max_length=40, choices=KINDS)
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    seq = models.BigIntegerField(editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["patient", "seq"], name="treatment_seq"),
            models.CheckConstraint(
                condition=models.Q(ended_on__isnull=True)
                | models.Q(ended_on__gte=models.F("started_on")),
                name="treatment_ends_after_start",
            ),
        ]


@pghistory.track()
class Outcome(ClinicalRecord):
    """How a deficit or an episode turned out."""

    KINDS: ClassVar = [
        (kind, kind.replace("_", " "))
        for kind in (
            "recovered",
            "improved",
            "unchanged",
            "worse",
            "surgery_planned",
            "false_alarm",
        )
    ]

    kind = models.CharField(max_length=20, choices=KINDS)
    recorded_on = models.DateField()


class AcceptedBaseline(ClinicalRecord):
    """A level that is usual for a leg from a day on, by a clinician's word.

    Trend rules compare with the one recorded last for a leg and a signal; it hides no
    red flag. It stands as it was written, and may be withdrawn once.
    """

    SIGNALS: ClassVar = [(signal, signal_name(signal)) for signal in SIGNALS]

    side = models.CharField(max_length=10, choices=LEGS)
    signal = models.CharField(max_length=30, choices=SIGNALS)
    value = models.FloatField(help_text="Points 0-10, or the score of a self-test 0-3.")
    from_day = models.DateField(help_text="The patient's first day at this level.")
    why = models.TextField(max_length=500)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    withdrawn_why = models.TextField(blank=True, max_length=500)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    *[
                        models.Q(signal=signal, value__range=limits)
                        for signal, limits in SIGNALS.items()
                    ],
                    _connector=models.Q.OR,
                ),
                name="accepted_value_on_its_scale",
            ),
            models.CheckConstraint(
                condition=~models.Q(why=""), name="accepted_baseline_says_why"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    withdrawn_at__isnull=True,
                    withdrawn_by__isnull=True,
                    withdrawn_why="",
                )
                | models.Q(
                    ~models.Q(withdrawn_why=""),
                    withdrawn_at__isnull=False,
                    withdrawn_by__isnull=False,
                ),
                name="accepted_baseline_withdrawn_by_somebody",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="no_deletion", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="only_withdrawn",
                exclude=["withdrawn_at", "withdrawn_by", "withdrawn_why"],
            ),
            pgtrigger.Protect(
                name="withdrawn_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__withdrawn_at__isnull=False),
            ),
        ]


@pghistory.track()
class Message(models.Model):
    """A message from the clinic to a patient, read by phones."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="messages"
    )
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT)
    sent_at = models.DateTimeField()
    text = models.TextField(max_length=2000)
    seq = models.BigIntegerField(editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["patient", "seq"], name="message_seq"),
        ]
