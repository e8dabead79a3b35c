"""Django's PostgreSQL backend that sees without a round trip that a server hung up.

Django's own check asks the server before each request, which costs a phone's small
push one of its few waits. A server that was stopped or killed has closed the socket,
and that can be seen on this side.
"""

from __future__ import annotations

import select
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection out of the pool that was open a moment ago."""

    def get_new_connection(
        self, conn_params: dict[str, Any]
    ) -> psycopg.Connection[Any]:
        """Return a live connection; throw away those whose server has gone."""
        found: psycopg.Connection[Any] = super().get_new_connection(conn_params)
        while self.pool and not _is_alive(found):
            found.close()
            self.pool.putconn(found)  # which opens another in its place
            found = super().get_new_connection(conn_params)
        return found


def _is_alive(connection: psycopg.Connection[Any]) -> bool:
    """Return whether an idle connection still has its server at the other end."""
    if not (connection.closed or _has_said_something(connection)):
        return True
    try:
        ConnectionPool.check_connection(connection)
    except psycopg.OperationalError:
        return False
    return True


def _has_said_something(connection: psycopg.Connection[Any]) -> bool:
    """Return whether something unasked waits to be read: a notice, or the end."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))
