"""In the app: the alert is delivered by being there to read."""

from __future__ import annotations

from alerts.channels.base import Outgoing, Sent


class InApp:
    """The worklist of staff, and the patient's own list through API and sync."""

    name = "in_app"
    goes_out = False
    one_provider = False
    is_set_up = True

    def send(self, delivery: Outgoing) -> Sent:
        """Do nothing: the row of the alert is the message."""
        return Sent()
