"""A diary in many parts says what it says in one, whoever computes the parts."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from analytics.domain.diary_columns import FAR_AWAY, diary_of_lines
from analytics.domain.diary_lines import record_of
from analytics.domain.records import diary_of
from analytics.services.backtest import computing
from analytics.services.backtest import partition as apart
from analytics.services.backtest.running import Bars, Replayed, replay_file
from tests.unit.analytics.test_backtest_command import records


BARS = Bars(reading=lambda at: None, computing=lambda items, total: items)


@pytest.fixture(scope="module")
def diary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return 30 patients' records, scattered through the file, with bad lines."""
    lines = [json.dumps(record) for record in records(30)]
    lines += ["{not json", lines[0].replace('"score": 3', '"score": 9')]
    np.random.default_rng(3).shuffle(lines)
    path = tmp_path_factory.mktemp("diary") / "d.ndjson"
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "PART_BYTES", 9000)
    monkeypatch.setattr(apart, "WAITING_BYTES", 4000)


def replayed(diary: Path, folder: Path, compute: computing.Compute) -> Replayed:
    folder.mkdir()
    return replay_file(
        diary, folder, events=[], rule_sets=[{}], compute=compute, bars=BARS
    )


def test_parts_change_nothing(
    diary: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = replayed(diary, tmp_path / "whole", computing.one_by_one)
    monkeypatch.setattr(apart, "PART_BYTES", 9000)
    monkeypatch.setattr(apart, "WAITING_BYTES", 4000)
    parts = replayed(diary, tmp_path / "parts", computing.one_by_one)
    assert whole.flag_counts[0] > 30
    assert parts.flag_files[0].read_bytes() == whole.flag_files[0].read_bytes()
    assert parts.bad.named() == whole.bad.named()
    assert parts.bad.count == 2
    assert (parts.patients, parts.patient_days) == (30, whole.patient_days)


def test_bad_lines_keep_the_numbers_of_the_file(diary: Path, tmp_path: Path) -> None:
    done = replayed(diary, tmp_path / "parts", computing.one_by_one)
    for number, reason in done.bad.named():
        line = diary.read_text().splitlines()[number - 1]
        assert line == "{not json" if "JSON" in reason else '"score": 9' in line


@pytest.mark.parametrize("year", ["1926", "2226", "9999"])
def test_a_mistyped_year_is_a_bad_line_and_changes_nothing(
    diary: Path, tmp_path: Path, year: str
) -> None:
    clean = replayed(diary, tmp_path / "clean", computing.one_by_one)
    lines = diary.read_text().splitlines()
    typo = json.dumps(records(1)[0] | {"id": "typo", "local_day": f"{year}-03-01"})
    mistyped = tmp_path / "typo.ndjson"
    mistyped.write_text("\n".join([typo, *lines]))
    done = replayed(mistyped, tmp_path / "mistyped", computing.one_by_one)
    assert done.flag_files[0].read_bytes() == clean.flag_files[0].read_bytes()
    assert done.patient_days == clean.patient_days
    assert (1, FAR_AWAY) in done.bad.named()


@pytest.mark.slow
def test_a_dask_cluster_says_the_same_byte_for_byte(
    diary: Path, tmp_path: Path, small_parts: None
) -> None:
    from distributed import LocalCluster

    alone = replayed(diary, tmp_path / "alone", computing.one_by_one)
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address=None,
        host="127.0.0.1",
        protocol="tcp",
    ) as cluster:
        compute = partial(computing.on_cluster, address=cluster.scheduler_address)
        spread = replayed(diary, tmp_path / "spread", compute)
    assert spread.flag_files[0].read_bytes() == alone.flag_files[0].read_bytes()
    assert spread.bad.named() == alone.bad.named()


def test_the_compiled_decoder_reads_what_the_plain_one_reads() -> None:
    lines = [json.dumps(record) for record in records(2)]
    own = json.loads(lines[0])
    lines += [
        json.dumps(own | {"id": "whole-as-float", "score": 2.0}),
        json.dumps(own | {"id": "other-zone", "local_day": "2026-02-02"}),
        json.dumps(own | {"revision": 7, "score": 0}),
        json.dumps(own | {"id": "withdrawn-1", "withdrawn_at": "2026-01-01T09:00:00Z"}),
    ]
    rows: dict[str, list] = {}
    for line in lines:
        record = record_of(line)
        rows.setdefault(record["collection"], []).append(record)
    plain = diary_of(rows)
    quick, bad = diary_of_lines("\n".join(lines).encode())
    assert not bad
    for name, frame in plain.frames().items():
        ours = quick.frames()[name]
        assert sorted(map(repr, ours.records())) == sorted(map(repr, frame.records()))
        for column in frame.names:
            assert ours[column].dtype == frame[column].dtype, (name, column)
