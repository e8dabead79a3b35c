"""Statements that PostgreSQL parses and plans once for each connection.

For the few that every sync request runs: planning them anew costs more than running
them. Behind PgBouncer this needs `max_prepared_statements` (1.21 or newer).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model
from psycopg.rows import dict_row


Instance = TypeVar("Instance", bound=Model)
Parameters = Sequence[Any] | Mapping[str, Any]


@contextmanager
def prepared(
    statement: str, parameters: Parameters
) -> Iterator[psycopg.Cursor[dict[str, Any]]]:
    """Run a statement on Django's connection, and yield the cursor with its rows.

    The server binds the parameters, so one whose type the statement does not show
    needs a cast. Errors are Django's, as for every other query.
    """
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(connection.connection, row_factory=dict_row) as cursor,
    ):
        yield cursor.execute(statement, parameters, prepare=True)


def loaded(model: type[Instance], row: Mapping[str, Any]) -> Instance:
    """Return the instance of a model whose columns are among those of a row."""
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(DEFAULT_DB_ALIAS, names, [row[name] for name in names])
