"""How fast PostgreSQL alone takes the same rows: the wall that no server passes."""

from __future__ import annotations

import json
from collections.abc import Callable

import psycopg

from bench.load import together


CONNECTIONS = 2
_INSERT = """
    INSERT INTO limit_painlog
    SELECT * FROM json_populate_recordset(NULL::limit_painlog, %s::json)
"""


def database_limit(url: str, *, batch: int, batches: int) -> float:
    """Return records a second of bare INSERTs, with our checks and indexes.

    The rows are taken from what was pushed before, so that they are the same.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS limit_painlog")
        connection.execute(
            "CREATE TABLE limit_painlog (LIKE tracker_painlog INCLUDING ALL)"
        )
        rows = [
            row
            for (row,) in connection.execute(
                "SELECT row_to_json(log) FROM tracker_painlog AS log LIMIT %s",
                [CONNECTIONS * batch * batches],
            )
        ]
    texts = [json.dumps(rows[i : i + batch]) for i in range(0, len(rows), batch)]
    work = [_inserts(url, texts[i::CONNECTIONS], batch) for i in range(CONNECTIONS)]
    return together(work)


def _inserts(url: str, texts: list[str], batch: int) -> Callable[[], int]:
    connection = psycopg.connect(url, autocommit=True)

    def run() -> int:
        with connection:
            for text in texts:
                connection.execute(_INSERT, [text])
        return batch * len(texts)

    return run
