"""Set-based questions of sync; one statement each, whatever the number of rows.

SQL by hand: the ORM would build an object for each row, which costs more than the
database does (see bench/README.md).
"""

from __future__ import annotations

from collections.abc import Collection as Ids
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection

from tracker import models
from tracker.domain.diary import COLLECTIONS
from tracker.selectors.prepared import prepared


MODELS: Final[dict[str, type[models.Entry]]] = {
    "pain_logs": models.PainLog,
    "numbness_logs": models.NumbnessLog,
    "weakness_logs": models.WeaknessLog,
    "red_flag_checks": models.RedFlagCheck,
    "day_logs": models.DayLog,
}
TABLES: Final = {name: model._meta.db_table for name, model in MODELS.items()}
#: The revisions that the trigger keeps beside each table.
REVISION_TABLES: Final = {name: f"{table}event" for name, table in TABLES.items()}
#: Client-owned fields besides the id: what a phone writes and hashes.
CLIENT_FIELDS: Final = {
    name: ("recorded_at", "note", "withdrawn_at", *collection.field_names)
    for name, collection in COLLECTIONS.items()
}
#: What the server adds for phones to read.
SERVER_FIELDS: Final = ("received_at", "revision", "clock_suspect")


@dataclass(frozen=True)
class Counter:
    """The patient's change numbers (see models.SyncCounter)."""

    seq: int
    clinic_seq: int
    is_sealed: bool
    generation: int


class Held(NamedTuple):
    """What the server holds under an id."""

    patient_id: UUID
    client_hash: int
    seq: int
    revision: int
    device_id: UUID | None


COUNTER_COLUMNS: Final = """
    SELECT seq, clinic_seq, is_sealed,
           generation + coalesce((SELECT device.generation
                                    FROM tracker_device AS device
                                   WHERE device.patient_id = counter.patient_id
                                     AND device.device_id = %(device)s::uuid), 0)
               AS generation
"""
_COUNTER: Final = f"""
    {COUNTER_COLUMNS}
      FROM tracker_synccounter AS counter WHERE patient_id = %(patient)s
"""


def counter(patient_id: UUID, *, lock: bool, device_id: UUID | None = None) -> Counter:
    """Return the counter; with `lock`, nobody else takes a number until commit.

    Its generation is that of this phone, where one is named.
    """
    sql = f"{_COUNTER} FOR UPDATE" if lock else _COUNTER
    with prepared(sql, {"device": device_id, "patient": patient_id}) as cursor:
        row = cursor.fetchone()
    if row is None:
        raise LookupError(NO_COUNTER)
    return Counter(**row)


NO_COUNTER: Final = "patient without a sync counter"


def joined(ids: Ids[str]) -> str:
    """Return ids as one text for string_to_array; no id holds a comma.

    The driver looks at each item of a list four times, which for the ids of a batch
    costs as much as decoding the records.
    """
    return ",".join(ids)


def held(collection: str, ids: Ids[str]) -> dict[str, Held]:
    """Return what is held under these ids, whoever it belongs to."""
    sql = f"""
        SELECT id, patient_id, client_hash, seq, revision, device_id
          FROM {TABLES[collection]} WHERE id = ANY(string_to_array(%s, ','))
    """  # noqa: S608 - the table name is ours
    with connection.cursor() as cursor:
        cursor.execute(sql, [joined(ids)])
        return {row[0]: Held(*row[1:]) for row in cursor.fetchall()}


def known(
    patient_id: UUID, sent: Mapping[str, Sequence[tuple[str, int]]]
) -> dict[str, dict[str, Held | None]]:
    """Return what is held under the ids of (id, hash) pairs, by collection.

    None stands for an entry of this patient with the same hash: nothing else about it
    needs to be read.
    """
    found: dict[str, dict[str, Held | None]] = {name: {} for name in sent}
    if not found:
        return found
    parameters = {"patient": patient_id, **sent_parameters(sent)}
    with prepared(_known_sql(tuple(sent)), parameters, plan_anew=True) as cursor:
        for row in cursor.fetchall():
            name, record_id, *held = row.values()
            found[name][record_id] = None if held[0] is None else Held(*held)
    return found


@lru_cache(maxsize=128)
def _known_sql(collections: tuple[str, ...]) -> str:
    return " UNION ALL ".join(map(_known_branch, collections))


def _known_branch(collection: str) -> str:
    return f"""
        SELECT '{collection}', held.id, other.*
          FROM {sent_table(collection)}
          JOIN {TABLES[collection]} AS held USING (id)
          LEFT JOIN LATERAL (
               SELECT held.patient_id, held.client_hash, held.seq, held.revision,
                      held.device_id
                WHERE held.patient_id <> %(patient)s OR held.client_hash <> sent.hash
               ) AS other ON true
    """  # noqa: S608 - the names are ours


def sent_parameters(sent: Mapping[str, Sequence[tuple[str, int]]]) -> dict[str, str]:
    """Return the parameters of `sent_table`, for (id, hash) pairs by collection."""
    parameters = {}
    for name, pairs in sent.items():
        parameters[f"ids_{name}"] = joined([record_id for record_id, _ in pairs])
        parameters[f"hashes_{name}"] = joined([str(hash_) for _, hash_ in pairs])
    return parameters


def sent_table(collection: str) -> str:
    """Return SQL for the sent records of a collection, as the table `sent`."""
    return f"""unnest(string_to_array(%(ids_{collection})s, ','),
                      string_to_array(%(hashes_{collection})s, ',')::bigint[])
               AS sent(id, hash)"""


def documents(collection: str, ids: Ids[str]) -> dict[str, dict[str, Any]]:
    """Return the client-owned fields of these entries, as canonical JSON values."""
    sql = f"""
        SELECT id, {_document(collection, _client_pairs(collection))}::text
          FROM {TABLES[collection]} WHERE id = ANY(%s)
    """  # noqa: S608 - the names are ours
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(ids)])
        return {row[0]: msgspec.json.decode(row[1]) for row in cursor.fetchall()}


def revisions(
    collection: str, ids: Ids[str]
) -> dict[str, list[tuple[int, int, UUID | None, dict[str, Any]]]]:
    """Return the replaced states of these entries, newest first.

    Each is (revision, seq, device_id, client-owned fields).
    """
    sql = f"""
        SELECT id, revision, seq, device_id,
               {_document(collection, _client_pairs(collection))}::text
          FROM {REVISION_TABLES[collection]} WHERE id = ANY(%s) ORDER BY revision DESC
    """  # noqa: S608 - the names are ours
    found: dict[str, list[tuple[int, int, UUID | None, dict[str, Any]]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(ids)])
        for record_id, revision, seq, device_id, text in cursor.fetchall():
            found.setdefault(record_id, []).append(
                (revision, seq, device_id, msgspec.json.decode(text))
            )
    return found


def was_pushed(patient_id: UUID, device_id: UUID, push: int) -> bool:
    """Return whether a push with this hash is among the last that a phone has sent."""
    with prepared(_WAS_PUSHED, [push, patient_id, device_id]) as cursor:
        row = cursor.fetchone()
    return bool(row and row["known"])


_WAS_PUSHED: Final = """
    SELECT %s::bigint = ANY(recent_pushes) AS known FROM tracker_device
     WHERE patient_id = %s AND device_id = %s
"""


def changes(
    patient_id: UUID, *, after: int, through: int, limit: int
) -> list[tuple[int, str, str]]:
    """Return (seq, collection, JSON text) of the entries changed in (after, through].

    In seq order over all collections, at most `limit`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _CHANGES,
            {"patient": patient_id, "after": after, "through": through, "limit": limit},
        )
        rows: list[tuple[int, str, str]] = cursor.fetchall()
    return rows


def changes_by_collection(
    patient_id: UUID, *, after: int, through: int, limit: int
) -> tuple[dict[str, str], int | None]:
    """Return the first `limit` changes in (after, through], and how far they reach.

    Each collection's documents as one text, in seq order, with commas between. None
    as reach when there are no more than those.
    """
    parameters = {
        "patient": patient_id,
        "after": after,
        "through": through,
        "limit": limit + 1,
        "shown": limit,
    }
    with prepared(_CHANGES_BY_COLLECTION, parameters) as cursor:
        rows = cursor.fetchall()
    texts = {row["name"]: row["text"] for row in rows if row["text"] is not None}
    if sum(row["found"] for row in rows) <= limit:
        return texts, None
    return texts, max(row["reach"] for row in rows if row["reach"] is not None)


def changes_of(
    collection: str, patient_id: UUID, *, after: int, through: int, limit: int
) -> list[tuple[int, str]]:
    """Return (seq, JSON text) of one collection's changes in (after, through].

    In seq order, at most `limit`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _CHANGES_OF[collection],
            {"patient": patient_id, "after": after, "through": through, "limit": limit},
        )
        return [(seq, text) for seq, _, text in cursor.fetchall()]


def entries(collection: str, ids: Ids[str]) -> list[dict[str, Any]]:
    """Return these entries as phones read them, in the order of their numbers."""
    sql = f"""
        SELECT {_document(collection, _phone_pairs(collection))}::text
          FROM {TABLES[collection]} WHERE id = ANY(%s) ORDER BY seq
    """  # noqa: S608 - the names are ours
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(ids)])
        return [msgspec.json.decode(text) for (text,) in cursor.fetchall()]


def digest(patient_id: UUID) -> dict[str, dict[str, Any]]:
    """Return count and xor of the client hashes of each collection.

    The hash is 16 hexadecimal digits; 0000000000000000 for an empty collection.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DIGEST, {"patient": patient_id})
        return {
            name: {"count": count, "hash": f"{xor % 2**64:016x}"}
            for name, count, xor in cursor.fetchall()
        }


def device_reports(patient_id: UUID) -> list[Mapping[str, Any]]:
    """Return what is known of each phone, the latest first."""
    return list(
        models.Device.objects.filter(patient_id=patient_id)
        .order_by("-last_seen_at")
        .values(
            "device_id",
            "app_version",
            "clock_offset_ms",
            "last_seen_at",
            "last_entry_at",
        )
    )


def open_quarantine(patient_id: UUID) -> list[Mapping[str, Any]]:
    """Return the records that did not reach the clinic's charts, newest first."""
    return list(
        models.Quarantine.objects.filter(
            patient_id=patient_id, resolved_at__isnull=True
        )
        .order_by("-received_at", "-id")
        .values("collection", "record_id", "reason", "errors", "received_at")[:1000]
    )


def counters_rewound_since(since: datetime) -> int:
    """Return how many phones were ahead of the server since then (metrics)."""
    return models.SyncCounter.objects.filter(rewound_at__gte=since).count()


def _client_pairs(collection: str) -> list[str]:
    special = {
        "recorded_at": "rfc3339(recorded_at, recorded_offset_minutes)",
        "withdrawn_at": "rfc3339(withdrawn_at, 0)",
    }
    return [
        f"'{name}', {special.get(name, name)}" for name in CLIENT_FIELDS[collection]
    ]


def _document(collection: str, pairs: list[str]) -> str:
    return f"json_build_object({', '.join(pairs)})"


def _phone_pairs(collection: str) -> list[str]:
    return [
        "'id', id",
        *_client_pairs(collection),
        "'received_at', rfc3339(received_at, 0)",
        "'revision', revision",
        "'clock_suspect', clock_suspect",
    ]


def _change_branch(collection: str) -> str:
    pairs = _phone_pairs(collection)
    return f"""
        (SELECT seq, '{collection}' AS name, {_document(collection, pairs)}::text AS document
           FROM {TABLES[collection]}
          WHERE patient_id = %(patient)s::uuid
            AND seq > %(after)s::bigint AND seq <= %(through)s::bigint
          ORDER BY seq LIMIT %(limit)s::bigint)
    """  # noqa: S608 - the names are ours


_CHANGES: Final = (
    " UNION ALL ".join(map(_change_branch, COLLECTIONS))
    + " ORDER BY seq LIMIT %(limit)s::bigint"
)
_CHANGES_BY_COLLECTION: Final = f"""
    SELECT name, count(*) AS found,
           string_agg(document, ',' ORDER BY seq)
               FILTER (WHERE place <= %(shown)s::bigint) AS text,
           max(seq) FILTER (WHERE place <= %(shown)s::bigint) AS reach
      FROM (SELECT seq, name, document, row_number() OVER (ORDER BY seq) AS place
              FROM ({_CHANGES}) AS changed) AS placed
     GROUP BY name
"""  # noqa: S608 - our own text
_CHANGES_OF: Final = {name: _change_branch(name) for name in COLLECTIONS}
_DIGEST: Final = " UNION ALL ".join(
    f"SELECT '{name}', count(*), coalesce(bit_xor(client_hash), 0)"  # noqa: S608
    f" FROM {table} WHERE patient_id = %(patient)s"
    for name, table in TABLES.items()
)
