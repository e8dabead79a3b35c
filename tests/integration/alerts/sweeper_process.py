"""A worker that sweeps without end, on the clock of a file; made to be killed."""

from __future__ import annotations

import os
import sys
import time


#: Between two sweeps. Unit: seconds.
PAUSE = 0.05


def main(clock_path: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.db import Error, close_old_connections

    from alerts.services import sending, sweeping
    from tests.integration.alerts.chaos.clock import Clock

    print("ready", flush=True)  # noqa: T201 - the parent waits for it
    while True:
        close_old_connections()  # as Celery does between two jobs
        clock = Clock.read(clock_path)
        try:
            if clock.sending_only:
                sending.send_due(now=clock.now())
            else:
                sweeping.sweep(now=clock.now())
        except Error:
            """The database is away; a job fails, and the next one looks again."""
        time.sleep(PAUSE)


if __name__ == "__main__":
    main(sys.argv[1])
