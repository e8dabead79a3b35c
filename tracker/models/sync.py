"""What sync needs beside the diary: counters, devices, quarantine, heartbeats."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import URLValidator
from django.db import models

from tracker.models.people import Patient, User


class SyncCounter(models.Model):
    """The patient's change number, locked until commit by whoever takes the next.

    Number order is therefore commit order, and a reader who has seen number n has
    seen everything up to n. `seq` starts at 1, because a cursor of 0 means
    "nothing seen". `diary_seq` is the last number that a change worth analysing
    took: the analysis looks for patients whose `diary_seq` it has not reached.
    `clinic_seq` is the last number taken on the clinic's side (an alert, a treatment,
    a message): a phone beyond it need not ask for those.
    """

    patient = models.OneToOneField(
        Patient, on_delete=models.CASCADE, primary_key=True, related_name="counter"
    )
    seq = models.BigIntegerField(default=1)
    diary_seq = models.BigIntegerField(default=1)
    clinic_seq = models.BigIntegerField(default=1)
    generation = models.IntegerField(
        default=0,
        db_default=0,
        help_text="Raised to make all phones start over.",
    )
    is_sealed = models.BooleanField(
        default=False,
        help_text="Consent is withdrawn: what phones send is kept unread.",
    )
    rewound_at = models.DateTimeField(
        null=True,
        help_text="When a phone knew a higher number: a backup was restored.",
    )


class Device(models.Model):
    """A phone that has synced one patient's diary."""

    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="devices"
    )
    device_id = models.UUIDField()
    app_version = models.TextField(blank=True)
    clock_offset_ms = models.BigIntegerField(null=True)
    generation = models.IntegerField(
        default=0,
        db_default=0,
        help_text="Raised to make this phone start over.",
    )
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    last_entry_at = models.DateTimeField(
        null=True, help_text="When the newest entry of this device was received."
    )
    recent_pushes = ArrayField(
        models.BigIntegerField(),
        default=list,
        db_default=[],
        help_text="Hashes of its last pushes, newest first.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "device_id"], name="device_once"
            ),
        ]


class SyncCursor(models.Model):
    """How far an account has read several diaries at once, under one number.

    A client that keeps a single number for all its tables (WatermelonDB) gets the
    primary key. `seqs` maps a patient's id to the change number that was reached;
    0 stands for a patient who is leaving: the account has lost the right to see them.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    seqs = models.JSONField()
    created_at = models.DateTimeField()


class Quarantine(models.Model):
    """A record that could not be stored, kept as it came until staff have looked."""

    INVALID = "invalid"
    FOREIGN = "foreign_id"
    UNKNOWN = "unknown_collection"
    #: Sent after the consent was withdrawn: nobody may read it.
    SEALED = "sealed"
    CONFLICT = "conflict"
    #: Dangerous, and in a push that was refused; the phone sends it again.
    APP_TOO_OLD = "app_too_old"
    TOO_MANY = "too_many_records"
    REASONS: ClassVar = [
        (reason, reason)
        for reason in (
            INVALID,
            FOREIGN,
            UNKNOWN,
            SEALED,
            CONFLICT,
            APP_TOO_OLD,
            TOO_MANY,
        )
    ]

    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="quarantine"
    )
    collection = models.TextField()
    record_id = models.TextField(blank=True)
    reason = models.CharField(max_length=20, choices=REASONS)
    errors = models.JSONField()
    raw = models.TextField(help_text="The record as ASCII JSON.")
    content_hash = models.CharField(max_length=64)
    device_id = models.UUIDField(null=True)
    sent_with = models.JSONField(
        null=True, help_text="Of a sealed record: what its push said of its phone."
    )
    received_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True
    )
    resolution = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "quarantine"
        constraints = [
            # The same bad record sent again is the same row.
            models.UniqueConstraint(
                fields=["patient", "collection", "content_hash"],
                name="quarantine_once",
            ),
        ]
        indexes = [
            # Serves the status page and the resolution by a later good version.
            models.Index(
                fields=["patient", "collection", "record_id"],
                condition=models.Q(resolved_at__isnull=True),
                name="quarantine_open",
            ),
        ]


class MinimumApp(models.Model):
    """The oldest version of an app that may sync; an app without a row always may."""

    app = models.CharField(
        max_length=100,
        unique=True,
        blank=True,
        help_text="As it names itself before the slash of X-App-Version, in small "
        "letters; empty for apps that send a bare version, or none.",
    )
    version = models.CharField(max_length=40, help_text="Such as 2.4.0.")
    link = models.CharField(
        max_length=500,
        blank=True,
        validators=[URLValidator(schemes=["https"])],
        help_text="Where the patient gets the new one: https://...",
    )

    class Meta:
        verbose_name = "minimum app version"


class Heartbeat(models.Model):
    """When a periodic job last ran to its end; `/health/background` reads it."""

    name = models.TextField(primary_key=True)
    beat_at = models.DateTimeField()
