"""What one would write first: a Celery task for each alert, which tells it.

In the order in which the alerts were opened, without claim, lease, limits or log, so
that it has less to do than ours, through the very same channels.
"""

from __future__ import annotations

import django


django.setup()

from celery import Celery  # noqa: E402
from django.utils import timezone  # noqa: E402

from alerts.channels import CHANNELS  # noqa: E402
from alerts.models import Alert, Delivery  # noqa: E402


app = Celery("rival")
app.config_from_object("django.conf:settings", namespace="CELERY")


@app.task(name="bench.burst.rival.tell")
def tell(alert_id: str) -> None:
    """Send every message of one alert, one after the other."""
    rows = Delivery.objects.filter(alert_id=alert_id, state="queued")
    rows = rows.select_related("recipient__patient").prefetch_related(
        "recipient__contact_points"
    )
    for row in rows:
        CHANNELS[row.channel].send(row)
        Delivery.objects.filter(pk=row.pk).update(state="sent", sent_at=timezone.now())
    Alert.objects.filter(pk=alert_id, state="open").update(state="notified")
