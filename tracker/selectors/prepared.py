"""Statements that PostgreSQL parses and plans once for each connection.

For the few that every sync request runs: planning them anew costs more than running
them. Behind PgBouncer this needs `max_prepared_statements` (1.21 or newer).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model
from psycopg.rows import dict_row


Instance = TypeVar("Instance", bound=Model)
Parameters = Sequence[Any] | Mapping[str, Any]


@contextmanager
def prepared(
    statement: str, parameters: Parameters, *, plan_anew: bool = False
) -> Iterator[psycopg.Cursor[dict[str, Any]]]:
    """Run a statement on Django's connection, and yield the cursor with its rows.

    The server binds the parameters, so one whose type the statement does not show
    needs a cast. Errors are Django's, as for every other query. `plan_anew` is for
    joins with tables that grow: what was best for a small one is not for a large one,
    and PostgreSQL keeps a plan until it next analyses the tables.
    """
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(connection.connection, row_factory=dict_row) as cursor,
    ):
        yield cursor.execute(statement, parameters, prepare=not plan_anew)


def columns_of(model: type[Model], table: str) -> str:
    """Return the columns of a model, as `loaded` reads them from a joined table."""
    names = _names(model)
    return ", ".join(f"{table}.{name} AS {table}_{name}" for name in names)


def loaded(model: type[Instance], row: Mapping[str, Any], table: str) -> Instance:
    """Return the instance whose columns are in a row that `columns_of` asked for."""
    names = _names(model)
    return model.from_db(
        DEFAULT_DB_ALIAS, names, [row[f"{table}_{name}"] for name in names]
    )


@cache
def _names(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]
