"""What a patient has not read is told again; when a device last registered."""

import django.utils.timezone
from django.db import migrations, models
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from django.db.migrations.state import StateApps


def _registered_when_made(apps: StateApps, _: DatabaseSchemaEditor) -> None:
    points = apps.get_model("alerts", "ContactPoint").objects
    points.update(registered_at=models.F("created_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0013_notes'),
    ]

    operations = [
        migrations.AddField(
            model_name='alert',
            name='patient_wave',
            field=models.PositiveIntegerField(default=0, help_text='The wave that first told the patient what they now read.'),
        ),
        migrations.AddField(
            model_name='alert',
            name='tell_patient_at',
            field=models.DateTimeField(help_text='When to tell the patient again; null when they have read it.', null=True),
        ),
        migrations.AddField(
            model_name='contactpoint',
            name='registered_at',
            field=models.DateTimeField(default=django.utils.timezone.now, help_text='When the app last said that it is there.'),
        ),
        migrations.RunPython(_registered_when_made, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(condition=models.Q(('tell_patient_at__isnull', False)), fields=['tell_patient_at'], name='alert_unread_due'),
        ),
    ]
