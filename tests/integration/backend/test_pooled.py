"""A connection that died in the pool is never what a request gets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.utils import OperationalError


@pytest.fixture
def pooled() -> Iterator[DatabaseWrapper]:
    """A connection like the web server's, out of a pool of one."""
    settings = connection.settings_dict
    pool = {"min_size": 1, "max_size": 1}
    wrapper: Any = type(connections["default"])(
        settings | {"OPTIONS": settings["OPTIONS"] | {"pool": pool}, "CONN_MAX_AGE": 0},
        alias="pooled",
    )
    connections["pooled"] = wrapper
    yield wrapper
    wrapper.close()
    wrapper.close_pool()
    del connections["pooled"]


def _server_process(wrapper: DatabaseWrapper) -> int:
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _kill(process: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [process])
        assert cursor.fetchone() == (True,)


@pytest.mark.django_db
def test_a_connection_whose_server_was_killed_is_replaced(
    pooled: DatabaseWrapper,
) -> None:
    killed = _server_process(pooled)
    pooled.close()  # back to the pool
    _kill(killed)

    assert _server_process(pooled) != killed


@pytest.mark.django_db
def test_a_connection_that_is_well_is_used_again(pooled: DatabaseWrapper) -> None:
    first = _server_process(pooled)
    pooled.close()

    assert _server_process(pooled) == first


@pytest.mark.django_db
def test_a_connection_killed_in_use_is_an_error_once(pooled: DatabaseWrapper) -> None:
    killed = _server_process(pooled)
    _kill(killed)

    with pytest.raises(OperationalError):
        _server_process(pooled)
    pooled.close()
    assert _server_process(pooled) != killed
