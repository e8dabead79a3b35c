"""The five client-writable collections; each edit leaves its earlier state behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual

from tracker.domain import diary
from tracker.models.people import Patient, User


EntryType = TypeVar("EntryType", bound="Entry")


def in_range(field: diary.Field) -> models.Q:
    """Return the condition that a number is null or within its range."""
    return models.Q(**{f"{field.name}__isnull": True}) | models.Q(
        **{f"{field.name}__range": (field.low, field.high)}
    )


def one_of(field: diary.Field) -> models.Q:
    """Return the condition that a choice is null or one of its values."""
    return models.Q(**{f"{field.name}__isnull": True}) | models.Q(
        **{f"{field.name}__in": field.choices}
    )


def all_of(field: diary.Field) -> models.Q:
    """Return the condition that a list is null or holds only its values."""
    return models.Q(**{f"{field.name}__isnull": True}) | models.Q(
        **{f"{field.name}__contained_by": list(field.choices)}
    )


#: An entry is withdrawn, never deleted; erasure lifts this trigger on purpose.
NO_DELETION = pgtrigger.Protect(name="no_deletion", operation=pgtrigger.Delete)


#: `diary.ID_PATTERN` in two halves: a counted repetition costs the database ten times
#: as much as both, and half of the time of an INSERT.
_ID_SHAPE = (
    models.Q(GreaterThanOrEqual(Length("id"), diary.ID_LENGTHS[0]))
    & models.Q(LessThanOrEqual(Length("id"), diary.ID_LENGTHS[1]))
    & ~models.Q(id__regex=f"[^{diary.ID_CHARACTERS}]")
)


def entry_indexes(prefix: str) -> list[models.Index]:
    """Return the indexes of one collection."""
    return [
        # Serves the charts, the analysis and the daily signals.
        models.Index(fields=["patient", "local_day"], name=f"{prefix}_by_day"),
    ]


def entry_constraints(
    prefix: str, collection: diary.Collection
) -> list[models.BaseConstraint]:
    """Return the constraints that the field table demands of one collection."""
    conditions = {"int": in_range, "float": in_range, "choice": one_of}
    constraints: list[models.BaseConstraint] = [
        # Serves sync: the changes of one patient after a cursor, in order.
        models.UniqueConstraint(fields=["patient", "seq"], name=f"{prefix}_seq_once"),
        models.CheckConstraint(condition=_ID_SHAPE, name=f"{prefix}_id_shape"),
    ]
    for field in collection.fields:
        condition = conditions.get(field.kind) or (
            all_of if field.kind == "choices" else None
        )
        if condition:
            constraints.append(
                models.CheckConstraint(
                    condition=condition(field), name=f"{prefix}_{field.name}"
                )
            )
    return constraints


def writing_account() -> models.ForeignKey[User | None, User | None]:
    """Return a column for the account that wrote a state of an entry.

    Without a constraint, which would be checked for each row: accounts stay.
    """
    return models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        null=True,
        db_index=False,
        db_constraint=False,
        related_name="+",
        help_text="Whose account wrote this state; null when it is not known.",
    )


class Entry(models.Model):
    """What every diary record carries. The id is made by the phone, for ever."""

    id = models.TextField(primary_key=True, db_collation="C")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, db_index=False)
    recorded_at = models.DateTimeField()
    recorded_offset_minutes = models.SmallIntegerField(
        help_text="UTC offset of recorded_at as the phone sent it."
    )
    happened_at = models.DateTimeField(
        help_text="recorded_at by a right clock: corrected, or received_at if suspect."
    )
    local_day = models.DateField(help_text="The patient's day of happened_at.")
    note = models.TextField(null=True, blank=True)  # noqa: DJ001 - null is silence
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    revision = models.PositiveIntegerField()
    seq = models.BigIntegerField()
    device_id = models.UUIDField(null=True)
    recorded_by = writing_account()
    app_version = models.TextField(blank=True)
    clock_offset_ms = models.BigIntegerField(null=True)
    clock_suspect = models.BooleanField(default=False)
    client_hash = models.BigIntegerField(
        help_text="First 8 bytes of SHA-256 over the canonical client-owned fields."
    )

    class Meta:
        abstract = True


def keep_revisions(prefix: str) -> Callable[[type[EntryType]], type[EntryType]]:
    """Return a decorator that keeps the state which an UPDATE replaces.

    One statement-level trigger a table, so that a batch costs one INSERT ... SELECT
    and no code path can forget it. The revisions themselves are append-only.
    """
    decorator: Callable[[type[EntryType]], type[EntryType]] = pghistory.track(
        pghistory.UpdateEvent(
            "revised",
            row=pghistory.Old,
            level=pgtrigger.Statement,
            trigger_name="keep_revision",
        ),
        append_only=True,
        attrs={"recorded_by": writing_account()},
        context_field=None,  # type: ignore[arg-type]  # device and time are columns
        meta={
            "indexes": [
                # Serves the merge of two devices' edits of one record.
                models.Index(fields=["id", "revision"], name=f"{prefix}_revision"),
            ],
        },
    )
    return decorator


def choice(
    collection: diary.Collection, name: str
) -> models.TextField[str | None, str | None]:
    """Return a nullable column for one of the collection's choices."""
    field = next(field for field in collection.fields if field.name == name)
    return models.TextField(
        null=True, blank=True, choices=[(value, value) for value in field.choices]
    )


def number() -> models.SmallIntegerField[int | None, int | None]:
    """Return a nullable column for a score."""
    return models.SmallIntegerField(null=True, blank=True)


def count() -> models.IntegerField[int | None, int | None]:
    """Return a nullable column for a count or a duration in minutes."""
    return models.IntegerField(null=True, blank=True)


def flag() -> models.BooleanField[bool | None, bool | None]:
    """Return a nullable yes or no."""
    return models.BooleanField(null=True, blank=True)


def texts() -> ArrayField[list[str] | None, list[str] | None]:
    """Return a nullable list of words."""
    return ArrayField(models.TextField(), null=True, blank=True)


@keep_revisions("pain_log")
class PainLog(Entry):
    """Pain of one site and side on the 0-10 numeric rating scale."""

    site = choice(diary.PAIN_LOGS, "site")
    side = choice(diary.PAIN_LOGS, "side")
    intensity = number()
    worst = number()
    regions = texts()
    qualities = texts()
    triggers = texts()
    relievers = texts()

    class Meta:
        triggers = [NO_DELETION]
        constraints = entry_constraints("pain_log", diary.PAIN_LOGS)
        indexes = entry_indexes("pain_log")


@keep_revisions("numbness_log")
class NumbnessLog(Entry):
    """Numbness or tingling of one side, 0-10, and where."""

    side = choice(diary.NUMBNESS_LOGS, "side")
    intensity = number()
    kind = choice(diary.NUMBNESS_LOGS, "kind")
    regions = texts()
    constant = flag()

    class Meta:
        triggers = [NO_DELETION]
        constraints = entry_constraints("numbness_log", diary.NUMBNESS_LOGS)
        indexes = entry_indexes("numbness_log")


@keep_revisions("weakness_log")
class WeaknessLog(Entry):
    """One short self-test of one leg, scored 0 (no movement) to 3 (normal)."""

    side = choice(diary.WEAKNESS_LOGS, "side")
    test = choice(diary.WEAKNESS_LOGS, "test")
    score = number()
    repeat_score = number()
    not_done_reason = choice(diary.WEAKNESS_LOGS, "not_done_reason")
    felt_weakness = number()

    class Meta:
        triggers = [NO_DELETION]
        constraints = [
            *entry_constraints("weakness_log", diary.WEAKNESS_LOGS),
            models.CheckConstraint(
                condition=models.Q(score__isnull=False)
                | models.Q(not_done_reason__isnull=False),
                name="weakness_log_score_or_reason",
            ),
        ]
        indexes = [
            *entry_indexes("weakness_log"),
            # Serves the baseline and the last reports of one test in the push.
            models.Index(
                fields=["patient", "side", "test", "happened_at"],
                name="weakness_log_by_test",
            ),
        ]


@keep_revisions("red_flag")
class RedFlagCheck(Entry):
    """The safety questions: each `no`, `unchanged`, `new`, `worse`, or withheld."""

    saddle_genital_numbness = choice(diary.RED_FLAG_CHECKS, "saddle_genital_numbness")
    saddle_anal_numbness = choice(diary.RED_FLAG_CHECKS, "saddle_anal_numbness")
    wiping_feels_different = choice(diary.RED_FLAG_CHECKS, "wiping_feels_different")
    hard_to_start_urinating = choice(diary.RED_FLAG_CHECKS, "hard_to_start_urinating")
    hard_to_stop_urinating = choice(diary.RED_FLAG_CHECKS, "hard_to_stop_urinating")
    cannot_feel_urine = choice(diary.RED_FLAG_CHECKS, "cannot_feel_urine")
    urine_leak = choice(diary.RED_FLAG_CHECKS, "urine_leak")
    bladder_fullness_unknown = choice(diary.RED_FLAG_CHECKS, "bladder_fullness_unknown")
    stool_leak = choice(diary.RED_FLAG_CHECKS, "stool_leak")
    cannot_feel_bowel = choice(diary.RED_FLAG_CHECKS, "cannot_feel_bowel")
    erection_ejaculation_change = choice(
        diary.RED_FLAG_CHECKS, "erection_ejaculation_change"
    )
    genital_sensation_loss = choice(diary.RED_FLAG_CHECKS, "genital_sensation_loss")
    both_legs = choice(diary.RED_FLAG_CHECKS, "both_legs")
    calf_swollen_one_side = choice(diary.RED_FLAG_CHECKS, "calf_swollen_one_side")
    chest_pain_or_breathless = choice(diary.RED_FLAG_CHECKS, "chest_pain_or_breathless")
    cold_or_pale_foot = choice(diary.RED_FLAG_CHECKS, "cold_or_pale_foot")
    fever_or_rigors = choice(diary.RED_FLAG_CHECKS, "fever_or_rigors")
    new_night_pain = choice(diary.RED_FLAG_CHECKS, "new_night_pain")
    unexplained_weight_loss = choice(diary.RED_FLAG_CHECKS, "unexplained_weight_loss")
    recent_injury = choice(diary.RED_FLAG_CHECKS, "recent_injury")

    class Meta:
        triggers = [NO_DELETION]
        constraints = entry_constraints("red_flag", diary.RED_FLAG_CHECKS)
        indexes = entry_indexes("red_flag")


@keep_revisions("day_log")
class DayLog(Entry):
    """The day itself: sitting, walking, weight, medication, falls, PEG scale."""

    day = models.DateField(null=True, blank=True)
    sitting_minutes = count()
    longest_sitting_minutes = count()
    lumbar_support = flag()
    walk_minutes_before_stopping = count()
    relief_on_sitting = flag()
    relief_leaning_forward = flag()
    steps = count()
    sleep_quality = number()
    weight_kg = models.FloatField(null=True, blank=True)
    medications_taken = texts()
    foot_slap = flag()
    trips = count()
    falls = count()
    knee_gave_way = count()
    peg_pain = number()
    peg_enjoyment = number()
    peg_activity = number()

    class Meta:
        triggers = [NO_DELETION]
        constraints = entry_constraints("day_log", diary.DAY_LOGS)
        indexes = entry_indexes("day_log")
