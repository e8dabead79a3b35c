"""A sealed record keeps what its push said of its phone, for when it comes in."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tracker", "0017_account_language")]

    operations = [
        migrations.AddField(
            model_name="quarantine",
            name="sent_with",
            field=models.JSONField(
                help_text="Of a sealed record: what its push said of its phone.",
                null=True,
            ),
        ),
    ]
