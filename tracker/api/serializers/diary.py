"""The diary as staff read it, made from the one table of fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tracker.domain import diary


class EntryOut(serializers.Serializer[Any]):
    """What every entry carries. null is "not answered"; withdrawn entries stay."""

    id = serializers.CharField()
    recorded_at = serializers.DateTimeField()
    recorded_offset_minutes = serializers.IntegerField()
    local_day = serializers.DateField()
    note = serializers.CharField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField()
    revision = serializers.IntegerField()
    device_id = serializers.UUIDField(allow_null=True)
    recorded_by = serializers.SerializerMethodField()
    recorded_by_name = serializers.CharField(
        source="recorded_by.name", allow_null=True, default=None
    )
    app_version = serializers.CharField()
    clock_offset_ms = serializers.IntegerField(allow_null=True)
    clock_suspect = serializers.BooleanField()

    @extend_schema_field(
        serializers.ChoiceField(
            ["patient", "caregiver"],
            allow_null=True,
            help_text="Whose account wrote this state; null when it is not known.",
        )
    )
    def get_recorded_by(self, entry: Any) -> str | None:
        """Return who wrote this state."""
        if entry.recorded_by_id is None:
            return None
        own = entry.recorded_by_id == entry.patient.user_id
        return "patient" if own else "caregiver"


def _list_of(child: serializers.Field[Any, Any, Any, Any]) -> Any:
    return serializers.ListField(child=child, allow_null=True)


#: kind of a diary field -> how the API answers it.
_FIELD_OF: Final[dict[str, Callable[[diary.Field], Any]]] = {
    "int": lambda field: serializers.IntegerField(
        allow_null=True, min_value=field.low, max_value=field.high
    ),
    "float": lambda field: serializers.FloatField(
        allow_null=True, min_value=field.low, max_value=field.high
    ),
    "bool": lambda _: serializers.BooleanField(allow_null=True),
    "text": lambda _: serializers.CharField(allow_null=True),
    "date": lambda _: serializers.DateField(allow_null=True),
    "choice": lambda field: serializers.ChoiceField(field.choices, allow_null=True),
    "choices": lambda field: _list_of(serializers.ChoiceField(field.choices)),
    "texts": lambda _: _list_of(serializers.CharField()),
}


def _entry_out(collection: diary.Collection) -> type[EntryOut]:
    name = collection.name.removesuffix("s").title().replace("_", "") + "Out"
    clinical = {field.name: _FIELD_OF[field.kind](field) for field in collection.fields}
    doc = f"An entry of {collection.name}."
    return type(name, (EntryOut,), {**clinical, "__doc__": doc, "__module__": __name__})


#: collection -> its serializer.
ENTRY_OUT: Final = {
    name: _entry_out(collection) for name, collection in diary.COLLECTIONS.items()
}
