"""The rival's tables, with the fields of our diary."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from tracker.domain.diary import COLLECTIONS, Field


class Patient(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    name = models.TextField()


def column(field: Field) -> models.Field:
    """Return the column of one field, as one would write it by hand."""
    choices = [(value, value) for value in field.choices]
    optional = {"null": True, "blank": True}
    if field.kind in ("choices", "texts"):
        return ArrayField(models.TextField(choices=choices or None), **optional)
    if field.kind == "choice":
        return models.TextField(choices=choices, **optional)
    limits = [MinValueValidator(field.low), MaxValueValidator(field.high)]
    return {
        "int": lambda: models.IntegerField(validators=limits, **optional),
        "float": lambda: models.FloatField(validators=limits, **optional),
        "bool": lambda: models.BooleanField(**optional),
        "date": lambda: models.DateField(**optional),
    }[field.kind]()


class Entry(models.Model):
    id = models.TextField(primary_key=True)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE)
    recorded_at = models.DateTimeField()
    note = models.TextField(null=True, blank=True)  # noqa: DJ001
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["patient", "updated_at"])]


def _model(collection: str) -> type[Entry]:
    columns = {f.name: column(f) for f in COLLECTIONS[collection].fields}
    name = collection.title().replace("_", "")[:-1]
    return type(name, (Entry,), columns | {"__module__": __name__})


MODELS: dict[str, type[Entry]] = {name: _model(name) for name in COLLECTIONS}
