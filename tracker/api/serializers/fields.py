"""Fields that several serializers share."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from django.core.validators import MinValueValidator, RegexValidator
from django.utils import timezone
from rest_framework import serializers

from tracker.models.people import validate_time_zone


#: Nobody alive was treated before; catches a year typed with two digits.
EARLIEST = date(1900, 1, 1)
#: The longest pause of a diary. A patient whom nobody asks is not watched.
#: Unit: days. Source: our choice; four weeks of holiday.
LONGEST_PAUSE: Final = timedelta(days=28)
#: The largest number that a bigint column holds.
BIGGEST_ID = 2**63 - 1


def words(length: int, **options: Any) -> serializers.CharField:
    """Return a text field of at most `length` characters."""
    return serializers.CharField(max_length=length, **options)


def row_id(**options: Any) -> serializers.IntegerField:
    """Return a field for the id of a row."""
    return serializers.IntegerField(min_value=1, max_value=BIGGEST_ID, **options)


def birth_year(**options: Any) -> serializers.IntegerField:
    """Return a field for a year of birth."""
    return serializers.IntegerField(
        min_value=EARLIEST.year, validators=[_not_a_coming_year], **options
    )


def time_zone(**options: Any) -> serializers.CharField:
    """Return a field for an IANA time zone."""
    return words(64, validators=[validate_time_zone], **options)


def language(**options: Any) -> serializers.CharField:
    """Return a field for a language tag such as de or pt-BR."""
    tag = RegexValidator(
        r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,6})?\Z",
        "Use a language tag such as de or pt-BR.",
    )
    return words(10, validators=[tag], **options)


def day(**options: Any) -> serializers.DateField:
    """Return a field for a day that may lie ahead."""
    return serializers.DateField(validators=[MinValueValidator(EARLIEST)], **options)


def pause(**options: Any) -> serializers.DateField:
    """Return a field for the last day of a pause of the diary: soon, or over."""
    return serializers.DateField(
        validators=[MinValueValidator(EARLIEST), _within_longest_pause],
        allow_null=True,
        **options,
    )


def past_day(**options: Any) -> serializers.DateField:
    """Return a field for a day that has begun somewhere on Earth."""
    return serializers.DateField(
        validators=[MinValueValidator(EARLIEST), _begun], **options
    )


def _begun(value: date) -> None:
    if value > timezone.now().date() + timedelta(days=1):
        raise serializers.ValidationError("This day has not come yet.")


def _not_a_coming_year(value: int) -> None:
    if value > timezone.now().year:
        raise serializers.ValidationError("This year has not come yet.")


def _within_longest_pause(until: date) -> None:
    latest = timezone.now().date() + LONGEST_PAUSE
    if until > latest:
        message = f"A pause lasts at most {LONGEST_PAUSE.days} days."
        raise serializers.ValidationError(message)
