"""ModelSerializers; a list of them is written with one bulk_create."""

from __future__ import annotations

from rest_framework import serializers

from bench.rivals.drf_diary.models import MODELS, Entry


class BulkUpsert(serializers.ListSerializer):
    """Insert what is new and overwrite what is known, in one statement."""

    def create(self, validated_data):
        model = self.child.Meta.model
        return model.objects.bulk_create(
            [model(**row) for row in validated_data],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[
                field.name
                for field in model._meta.concrete_fields
                if field.name not in ("id", "patient")
            ],
        )


def _serializer(
    model: type[Entry], *, patient_in_record: bool
) -> type[serializers.ModelSerializer]:
    class Meta:
        list_serializer_class = BulkUpsert
        # The id comes from the phone and may be known: that is the upsert's affair.
        extra_kwargs = {"id": {"validators": []}}

    if patient_in_record:
        Meta.fields = "__all__"
    else:
        Meta.exclude = ["patient"]
    Meta.model = model
    return type(
        f"{model.__name__}Serializer", (serializers.ModelSerializer,), {"Meta": Meta}
    )


SERIALIZERS = {
    name: _serializer(model, patient_in_record=False) for name, model in MODELS.items()
}
#: As above with `patient` as a field of each record, DRF's default for a ForeignKey:
#: one look-up for each record.
WITH_PATIENT = {
    name: _serializer(model, patient_in_record=True) for name, model in MODELS.items()
}
