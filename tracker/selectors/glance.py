"""One look at a diary before a push: the counter, and which records are held as they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from uuid import UUID

from tracker.selectors.prepared import prepared
from tracker.selectors.sync import (
    COUNTER_COLUMNS,
    NO_COUNTER,
    TABLES,
    Counter,
    sent_parameters,
    sent_table,
)


def glance(
    patient_id: UUID,
    device_id: UUID | None,
    sent: Mapping[str, Sequence[tuple[str, int]]],
) -> tuple[Counter, dict[str, list[str]] | None]:
    """Return the counter, and the ids that are held with the same hash, by collection.

    None for the latter when anything else is held under one of the ids. Both are of
    one moment, and nothing is locked.
    """
    parameters = {"patient": patient_id, "device": device_id, **sent_parameters(sent)}
    with prepared(_glance_sql(tuple(sent)), parameters, plan_anew=True) as cursor:
        row = cursor.fetchone()
    if row is None:
        raise LookupError(NO_COUNTER)
    equal = {name: row.pop(f"equal_{name}") for name in sent}
    others = sum(row.pop(f"others_{name}") for name in sent)
    if others:
        return Counter(**row), None
    return Counter(**row), {
        name: ids.split(",") if ids else [] for name, ids in equal.items()
    }


@lru_cache(maxsize=128)
def _glance_sql(collections: tuple[str, ...]) -> str:
    columns = "".join(
        f", {name}.same AS equal_{name}, {name}.others AS others_{name}"
        for name in collections
    )
    tables = "".join(map(_glance_table, collections))
    return f"""
        {COUNTER_COLUMNS} {columns}
          FROM tracker_synccounter AS counter {tables}
         WHERE counter.patient_id = %(patient)s
    """


def _glance_table(collection: str) -> str:
    same = "held.patient_id = %(patient)s AND held.client_hash = sent.hash"
    return f"""
     CROSS JOIN (
           SELECT string_agg(held.id, ',') FILTER (WHERE {same}) AS same,
                  count(*) FILTER (WHERE NOT ({same})) AS others
             FROM {sent_table(collection)}
             JOIN {TABLES[collection]} AS held USING (id)
          ) AS {collection}
    """  # noqa: S608 - the names are ours
