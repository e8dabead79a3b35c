"""Rows on their way into the diary's tables, and the one statement that writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Literal

import msgspec

from tracker.selectors.prepared import prepared
from tracker.selectors.sync import CLIENT_FIELDS, TABLES


#: What a row has of its own besides its record, and what a push's rows share.
_ROW_COLUMNS: Final = (
    "recorded_offset_minutes",
    "local_day",
    "revision",
    "seq",
    "clock_suspect",
    "client_hash",
)
_PUSH_COLUMNS: Final = {
    "patient_id": "uuid",
    "received_at": "timestamptz",
    "device_id": "uuid",
    "recorded_by_id": "bigint",
    "app_version": "text",
    "clock_offset_ms": "bigint",
}


#: `recorded_at` by a right clock.
_HAPPENED_AT: Final = (
    "CASE WHEN {row}clock_suspect THEN %(received_at)s::timestamptz"
    " ELSE {row}recorded_at - %(clock_shift)s::interval END"
)


@dataclass
class Row:
    """An entry to write: its record as canonical JSON, and what the server adds."""

    id: str
    canonical: bytes
    hash: int
    seq: int
    revision: int
    local_day: str
    offset_minutes: int
    clock_suspect: bool

    def for_database(self) -> bytes:
        """Return the row as the JSON that INSERT and UPDATE read."""
        return b'%b,"recorded_offset_minutes":%d,"local_day":"%b","revision":%d,' % (
            self.canonical[:-1],
            self.offset_minutes,
            self.local_day.encode(),
            self.revision,
        ) + b'"seq":%d,"clock_suspect":%b,"client_hash":%d}' % (
            self.seq,
            b"true" if self.clock_suspect else b"false",
            self.hash,
        )

    def for_phone(self, received_at: str) -> msgspec.Raw:
        """Return the entry as `selectors.sync.changes` would read it."""
        return msgspec.Raw(
            b'%b,"received_at":"%b","revision":%d,"clock_suspect":%b}'
            % (
                self.canonical[:-1],
                received_at.encode(),
                self.revision,
                b"true" if self.clock_suspect else b"false",
            )
        )


_HOW_MANY: Final = "SELECT count(*) AS numbered FROM numbered"

Kind = Literal["insert", "update"]


@dataclass
class Waiting:
    """Rows that wait to be written, so that one statement writes all collections."""

    rows: dict[tuple[str, Kind], list[Row]] = field(default_factory=dict)

    def add(self, collection: str, kind: Kind, rows: list[Row]) -> None:
        """Let rows wait."""
        if rows:
            self.rows.setdefault((collection, kind), []).extend(rows)

    def write(self, stamp: Mapping[str, Any]) -> None:
        """Write what waits, in one statement; `stamp` has what all rows share."""
        writes, texts = self._taken("")
        if writes:
            with prepared(f"{_with(writes)} SELECT", {**stamp, **texts}):
                pass

    def finish(self, stamp: Mapping[str, Any], clauses: Mapping[str, str]) -> bool:
        """Write what waits and carry out more clauses of WITH, all in one statement.

        All or nothing: the clause `numbered` returns a row if all may be written.
        `stamp` has what all rows share, and the parameters of the clauses.
        """
        writes, texts = self._taken("AND EXISTS (SELECT FROM numbered)")
        statement = _with({**clauses, **writes}) + _HOW_MANY
        with prepared(statement, {**stamp, **texts}) as cursor:
            row = cursor.fetchone()
        return bool(row and row["numbered"])

    def _taken(self, condition: str) -> tuple[dict[str, str], dict[str, str]]:
        """Return clauses that write what waits, and their parameters; none waits then."""
        keys = {f"{kind}_{name}": (name, kind) for name, kind in self.rows}
        texts = {part: _json_array(self.rows[key]) for part, key in keys.items()}
        writes = {
            part: _SQL[kind](name) + condition for part, (name, kind) in keys.items()
        }
        self.rows = {}
        return writes, texts


def _with(clauses: Mapping[str, str]) -> str:
    return f"WITH {', '.join(f'{name} AS ({sql})' for name, sql in clauses.items())} "


def _json_array(rows: list[Row]) -> str:
    return (b"[" + b",".join([row.for_database() for row in rows]) + b"]").decode()


def _columns(collection: str) -> list[str]:
    return ["id", *CLIENT_FIELDS[collection], *_ROW_COLUMNS]


@cache
def _insert_sql(collection: str) -> str:
    columns = ", ".join(_columns(collection))
    shared = ", ".join(f"%({name})s::{kind}" for name, kind in _PUSH_COLUMNS.items())
    table = TABLES[collection]
    # Without ON CONFLICT, which costs a sixth of an INSERT: that somebody else takes
    # an id between our look and this is an error, and the push runs again singly.
    return f"""
        INSERT INTO {table} ({columns}, happened_at, {", ".join(_PUSH_COLUMNS)})
        SELECT {columns}, {_HAPPENED_AT.format(row="")}, {shared}
          FROM json_populate_recordset(NULL::{table}, %(insert_{collection})s::json)
         WHERE true
    """  # noqa: S608 - the names are ours


@cache
def _update_sql(collection: str) -> str:
    table = TABLES[collection]
    news = {name: f"news.{name}" for name in _columns(collection)[1:]}
    news["happened_at"] = _HAPPENED_AT.format(row="news.")
    # An edit moves an entry only when it moves its time: the clock of the phone may be
    # another one by now.
    stays = f"""news.clock_suspect OR news.recorded_at = {table}.recorded_at
        AND news.recorded_offset_minutes = {table}.recorded_offset_minutes"""
    for name in ("local_day", "happened_at"):
        news[name] = f"CASE WHEN {stays} THEN {table}.{name} ELSE {news[name]} END"
    pairs = [f"{name} = {value}" for name, value in news.items()]
    pairs += [f"{name} = %({name})s::{kind}" for name, kind in _PUSH_COLUMNS.items()]
    return f"""
        UPDATE {table} SET {", ".join(pairs)}
          FROM json_populate_recordset(NULL::{table}, %(update_{collection})s::json)
               AS news
         WHERE {table}.id = news.id
    """  # noqa: S608 - the names are ours


_SQL: Final = {"insert": _insert_sql, "update": _update_sql}
