"""How fast PostgreSQL alone takes the same rows: the wall that no server passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg

from bench.load import together


CONNECTIONS = 2
#: The columns of the table with their types, in its order.
_COLUMNS = """
    SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
     WHERE attrelid = 'limit_painlog'::regclass AND attnum > 0 AND NOT attisdropped
     ORDER BY attnum
"""


def database_limit(url: str, *, batch: int, batches: int) -> float:
    """Return records a second of `INSERT ... SELECT FROM unnest`, on two connections.

    With our checks and indexes, without foreign key and triggers. The rows are taken
    from what was pushed before, so that they are the same.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS limit_painlog")
        connection.execute(
            "CREATE TABLE limit_painlog (LIKE tracker_painlog INCLUDING ALL)"
        )
        columns: dict[str, str] = dict(connection.execute(_COLUMNS).fetchall())
        rows = [
            _arrays(connection, columns, batch, number)
            for number in range(CONNECTIONS * batches)
        ]
    statement = _insert(columns)
    work = [
        _inserts(url, statement, rows[i::CONNECTIONS], batch)
        for i in range(CONNECTIONS)
    ]
    return together(work)


def _arrays(
    connection: psycopg.Connection[Any],
    columns: dict[str, str],
    batch: int,
    number: int,
) -> tuple[str, ...]:
    """Return each column of one batch of rows as the text of an array."""
    names = ", ".join(columns)
    texts = ", ".join(
        f"array_agg({name}{'::text' if kind.endswith('[]') else ''})::text"
        for name, kind in columns.items()
    )
    found = connection.execute(
        f"SELECT {texts} FROM (SELECT {names} FROM tracker_painlog"
        " ORDER BY id LIMIT %s OFFSET %s) AS batch",
        [batch, batch * number],
    )
    return tuple(found.fetchone() or ())


def _insert(columns: dict[str, str]) -> str:
    """Return the statement; a list is a text in its array, as arrays do not nest."""
    arrays = ", ".join(
        f"%s::{'text' if kind.endswith('[]') else kind}[]" for kind in columns.values()
    )
    values = ", ".join(f"{name}::{kind}" for name, kind in columns.items())
    return f"""
        INSERT INTO limit_painlog ({", ".join(columns)})
        SELECT {values} FROM unnest({arrays}) AS sent({", ".join(columns)})
    """


def _inserts(
    url: str, statement: str, batches: list[tuple[str, ...]], batch: int
) -> Callable[[], int]:
    connection = psycopg.connect(url, autocommit=True)

    def run() -> int:
        with connection:
            for arrays in batches:
                connection.execute(statement, arrays, prepare=True)
        return batch * len(batches)

    return run
