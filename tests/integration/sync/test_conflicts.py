"""The hook by which a dialect decides what happens to a record that others changed."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from tests.integration.sync.conftest import pain
from tracker.models import PainLog, SyncCounter
from tracker.services.sync.envelope import open_envelope
from tracker.services.sync.exchange import Request, take_in


pytestmark = pytest.mark.django_db


class Aborted(Exception):
    pass


def request(patient, changes: dict[str, Any], conflicts) -> Request:
    envelope = open_envelope(json.dumps({"changes": changes}).encode(), gzipped=False)
    return Request(patient, envelope, "", 0, timezone.now(), conflicts)


def always(*about) -> bool:
    return True


def abort(*about) -> bool:
    raise Aborted


def test_a_record_in_conflict_is_left_and_its_neighbours_are_written(patient) -> None:
    first, second = pain(intensity=1), pain(intensity=2)
    take_in(request(patient, {"pain_logs": [first]}, None))
    changed = [first | {"intensity": 9}, second]
    pushed = take_in(request(patient, {"pain_logs": changed}, always))
    assert list(pushed.conflicts()) == [("pain_logs", first["id"])]
    assert pushed.outcomes() == {
        "new": 1,
        "updated": 0,
        "identical": 0,
        "quarantined": 0,
    }
    assert PainLog.objects.get(pk=first["id"]).intensity == 1
    assert PainLog.objects.get(pk=second["id"]).intensity == 2


def test_a_dialect_can_end_the_whole_push(patient) -> None:
    first, second = pain(intensity=1), pain(intensity=2)
    take_in(request(patient, {"pain_logs": [first]}, None))
    before = SyncCounter.objects.get().seq
    changed = [first | {"intensity": 9}, second]
    with pytest.raises(Aborted):
        take_in(request(patient, {"pain_logs": changed}, abort))
    assert not PainLog.objects.filter(pk=second["id"]).exists()
    assert SyncCounter.objects.get().seq == before


@pytest.mark.parametrize("leave_out", [(), ("note", "regions", "worst")])
def test_what_changes_nothing_is_never_in_conflict(patient, leave_out) -> None:
    record = pain()
    take_in(request(patient, {"pain_logs": [record]}, None))
    again = {name: value for name, value in record.items() if name not in leave_out}
    pushed = take_in(request(patient, {"pain_logs": [again]}, abort))
    assert pushed.outcomes()["identical"] == 1


def test_the_dialect_is_told_what_is_held(patient) -> None:
    record = pain(intensity=3)
    take_in(request(patient, {"pain_logs": [record]}, None))
    told: list[Any] = []

    def note(seen, collection, incoming, held, current) -> bool:
        seen.append((collection, incoming.values["intensity"], held, current))
        return False

    changed = [record | {"intensity": 4}]
    take_in(request(patient, {"pain_logs": changed}, partial(note, told)))
    [(collection, intensity, held, current)] = told
    assert (collection, intensity, held.revision) == ("pain_logs", 4, 1)
    assert current["intensity"] == 3
    assert PainLog.objects.get().intensity == 4
