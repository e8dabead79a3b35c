"""`manage.py demo`: the whole product on one machine, until Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from types import FrameType
from typing import Any, Final

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.db.migrations.exceptions import InconsistentMigrationHistory
from honcho.manager import Manager
from honcho.printer import Printer

from backend import embedded


LOGINS: Final = (
    ("admin@demo.example", "clinic administrator, and superuser in /admin/"),
    ("nurse@demo.example", "spine nurse: start with her worklist"),
    ("surgeon@demo.example", "surgeon: the second to be alerted"),
    ("patient@demo.example", "a patient, for the API"),
    ("nurse@other.example", "nurse of another clinic: sees nobody of the first"),
)

#: What PostgreSQL, Redis and a simulated clinic need at the start. Unit: bytes.
DISK_NEEDED: Final = 500 * 1024 * 1024

#: Threads of each of the two web processes; three in four may hold a live stream.
WEB_THREADS: Final = 16

#: How long the servers may take until a request is answered. Unit: seconds.
READY_SECONDS: Final = 120


class Command(BaseCommand):
    help = "Run web server, worker and timetable with a simulated clinic."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset", action="store_true", help="forget all data")

    def handle(self, *args: Any, reset: bool, **options: Any) -> None:
        signal.signal(signal.SIGTERM, _stop)
        with _one_sentence():
            if reset:
                self._reset()
            else:
                self._run(_port())

    def _run(self, port: int) -> None:
        _refuse_taken(port)
        _refuse_full_disk()
        home = embedded.Home(settings.RUN_DIR)
        environment = _servers(home) | {"DEMO": "yes", "PYTHONUNBUFFERED": "1"}
        environment |= {"PUBLIC_URL": _public_url(port)}
        environment["PROMETHEUS_MULTIPROC_DIR"] = _fresh_folder(f"metrics-{port}")
        self._say("Preparing the database...")
        call_command("migrate", verbosity=0, interactive=False)
        if "seed_demo" in get_commands():
            self._say("Preparing the clinic...")
            call_command("seed_demo")
        self._say("Starting web server, worker and timetable...")
        manager = _manager(port, os.environ | environment)
        self._announce_when_ready(port, manager)
        manager.loop()
        self._say("Stopped. The data is kept; `make demo-reset` forgets it.")
        if manager.returncode not in {0, 130, 143}:
            raise CommandError("A part of the demo ended by itself; its lines say why.")

    def _announce_when_ready(self, port: int, manager: Manager) -> None:
        def wait() -> None:
            if _ready(port):
                self.stdout.write(_banner(port))
                self.stdout.flush()
            elif manager.returncode is None:
                self._say("The web server does not answer; its lines above say why.")
                manager.terminate()

        threading.Thread(target=wait, daemon=True).start()

    def _reset(self) -> None:
        home = embedded.Home(settings.RUN_DIR)
        if settings.DATABASE_URL:
            raise CommandError(
                "DATABASE_URL is set: empty that database yourself, it is not ours."
            )
        if not embedded.erase(home):
            raise CommandError("The demo is running; stop it first with Ctrl-C.")
        self._say("The demo's data is gone.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _servers(home: embedded.Home) -> dict[str, str]:
    """Return the addresses the children use, starting what is not given."""
    given = {
        "DATABASE_URL": settings.DATABASE_URL,
        "REDIS_URL": os.environ.get("REDIS_URL", ""),
    }
    if all(given.values()):
        return given
    running = embedded.join(home)
    own = {"DATABASE_URL": running.database_url, "REDIS_URL": running.redis_url}
    return {name: given[name] or own[name] for name in own}


def _public_url(port: int) -> str:
    """Return where people open the demo: the e-mails of alerts link to it."""
    return os.environ.get("PUBLIC_URL", "").strip() or f"http://127.0.0.1:{port}"


def _manager(port: int, environment: dict[str, str]) -> Manager:
    manager = Manager(Printer(sys.stdout, prefix=True, colour=sys.stdout.isatty()))
    python = f"exec {sys.executable}"
    work = environment | {"DATABASE_POOL_SIZE": "0"}  # a pool does not survive a fork
    schedule = settings.RUN_DIR / f"beat-schedule-{port}"
    manager.add_process(
        "web",
        f"{python} -m granian --interface wsgi --host 127.0.0.1 --port {port} "
        f"--workers 2 --blocking-threads {WEB_THREADS} --log-level warning "
        "backend.wsgi:application",
        env=environment | {"WEB_THREADS": str(WEB_THREADS)},
    )
    manager.add_process(
        "worker",
        f"{python} -W ignore -m celery -q -A backend worker --concurrency 2 --loglevel WARNING "
        "--without-gossip --without-mingle",
        env=work,
    )
    manager.add_process(
        "beat",
        f"{python} -W ignore -m celery -q -A backend beat --loglevel WARNING --schedule '{schedule}'",
        env=work,
    )
    return manager


def _banner(port: int) -> str:
    address = f"http://127.0.0.1:{port}"
    logins = "\n".join(f"    {email:<22} {who}" for email, who in LOGINS)
    return f"""
  Rootwatch is ready.

    Dashboard   {address}/
    API         {address}/api/docs/
    Admin       {address}/admin/

  Log in with the password  {settings.DEMO_PASSWORD}  as
{logins}

  A token for scripts:  .venv/bin/python manage.py issue_token patient@demo.example
  E-mails are written to {settings.EMAIL_FILE_PATH}
  Ctrl-C stops everything; the data is kept.
"""


def _port() -> int:
    raw = os.environ.get("PORT", "8000")
    if not raw.isdecimal() or not 1 <= int(raw) <= 65535:
        raise CommandError("PORT must be a number from 1 to 65535, such as PORT=8001.")
    return int(raw)


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CommandError(
                f"Port {port} is in use or not allowed; choose another, such as: "
                f"make demo PORT={port + 1 if port < 65535 else 8001}"
            ) from error


def _refuse_full_disk() -> None:
    settings.RUN_DIR.mkdir(exist_ok=True)
    if shutil.disk_usage(settings.RUN_DIR).free < DISK_NEEDED:
        raise CommandError("The disk is full: the demo needs 500 MB of free space.")


def _fresh_folder(name: str) -> str:
    folder = settings.RUN_DIR / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return str(folder)


def _ready(port: int) -> bool:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(urllib.error.URLError, OSError):
            address = f"http://127.0.0.1:{port}/health/ready"
            with urllib.request.urlopen(address, timeout=5) as reply:
                return bool(reply.status == 200)
        time.sleep(0.3)
    return False


def _stop(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + signum)


@contextlib.contextmanager
def _one_sentence() -> Iterator[None]:
    """Turn what can go wrong on a person's machine into one sentence."""
    try:
        yield
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except embedded.ServersUnavailable as error:
        raise CommandError(str(error)) from error
    except InconsistentMigrationHistory as error:
        raise CommandError(
            "The demo's data was made by another version; forget it: make demo-reset"
        ) from error
    except DatabaseError as error:
        reason = (
            str(error).strip().splitlines()[0] if str(error).strip() else "no reason"
        )
        raise CommandError(f"The database does not answer: {reason}") from error
    except OSError as error:
        raise CommandError(
            f"The demo cannot start: {(error.strerror or 'unknown reason').lower()}"
            f"{': ' + str(error.filename) if error.filename else ''}."
        ) from error
