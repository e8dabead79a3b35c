"""One throwaway PostgreSQL and Redis for a whole test run, real and durable.

pytest's first process starts them; the xdist workers find them in the environment.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from backend import embedded
from tests.watcher import MARK, watch_over


def start() -> None:
    """Start the servers once, and describe them in the environment."""
    if MARK in os.environ:
        _take_own_redis_database()
        return
    folder = Path(tempfile.mkdtemp(prefix="rootwatch-tests-"))
    watch_over(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    running = embedded.join(embedded.Home(folder))
    os.environ |= {
        MARK: str(folder),
        "DEMO": "yes",
        "DATABASE_URL": running.database_url,
        "REDIS_URL": running.redis_url,
        "SECRET_KEY": "a key for tests only, never used elsewhere, 0123456789",
        # Playwright's plain API keeps an event loop in the test's own thread.
        "DJANGO_ALLOW_ASYNC_UNSAFE": "yes",
    }


def _take_own_redis_database() -> None:
    """Let each xdist worker have its own: clearing a cache empties a whole database."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    address = os.environ["REDIS_URL"].rpartition("/")[0]
    os.environ["REDIS_URL"] = f"{address}/{int(worker) + 1}"
