"""Django's PostgreSQL backend that starts the embedded server when first needed.

So `manage.py help` or `backtest` starts nothing, and `manage.py migrate` just works.
Used in the demo only, while DATABASE_URL is not set.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from backend import embedded
from backend.pooled import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to whichever embedded server runs now."""

    def get_connection_params(self) -> dict[str, Any]:
        """Join the embedded server, then connect as usual."""
        running = embedded.join(embedded.Home(settings.RUN_DIR))
        address = embedded.connection_settings(running.database_url)
        address.pop("NAME")  # the tests use a database of their own on this server
        self.settings_dict.update(address)
        return super().get_connection_params()
