"""A worker that sweeps without end, on a clock that runs fast; made to be killed.

Arguments: database name, port of the mail server, when the clock started (seconds),
where it stands at that moment (ISO), how many times faster than real time it runs.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime, timedelta


def main(database: str, port: str, started: str, base: str, speed: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(port)
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""

    import django

    django.setup()
    from alerts.services import sweeping

    print("ready", flush=True)  # noqa: T201 - the parent waits for it
    while True:
        passed = (time.time() - float(started)) * float(speed)
        sweeping.sweep(now=datetime.fromisoformat(base) + timedelta(seconds=passed))
        time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
