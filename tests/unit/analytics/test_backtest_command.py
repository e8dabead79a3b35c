"""`manage.py backtest` as the safety officer runs it: its own process, no servers."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.tables import Drawing
from tracker.domain.diary import CAUDA_EQUINA_ITEMS, RED_FLAG_ITEMS


ROOT = Path(__file__).resolve().parents[3]
KEYS = {
    "patient",
    "rule",
    "version",
    "tier",
    "category",
    "side",
    "raised_on",
    "onset_on",
    "explanation",
}


def backtest(*arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    }
    return subprocess.run(
        [sys.executable, ROOT / "manage.py", "backtest", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment | {"DEMO": "yes"},
        cwd=ROOT,
        check=False,
        timeout=300,
    )


def records(patients: int) -> list[dict]:
    lines = []
    for number in range(patients):
        drawing = Drawing(f"patient-{number:03d}")
        drawing.tests("3 3 3 3 3 2 2 1/1").pain("5 5 . 5 5 5 5 5").checks(7)
        for collection, own in drawing.rows.items():
            for row in own:
                at = row["recorded_at"].isoformat()
                lines.append({**row, "collection": collection, "recorded_at": at})
    return lines


def write(path: Path, lines: list[str]) -> Path:
    data = "\n".join(lines).encode() + b"\n"
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return [json.dumps(record) for record in records(3)]


def test_bad_lines_are_named_and_skipped(tmp_path: Path, lines: list[str]) -> None:
    spoiled = [lines[0], "{not json", *lines[1:], '{"patient": "canary"}', "[1]", ""]
    out = tmp_path / "flags.ndjson"
    done = backtest(write(tmp_path / "d.ndjson", spoiled), "--out", out)
    assert done.returncode == 0, done.stderr
    assert "d.ndjson, line 2: it is not JSON" in done.stderr
    assert "3 lines skipped" in done.stderr
    assert "canary" not in done.stderr
    flags = [json.loads(line) for line in out.read_text().splitlines()]
    assert all(flag.keys() >= KEYS for flag in flags)
    assert {flag["patient"] for flag in flags} == {f"patient-00{n}" for n in range(3)}
    assert {"R05", "R06"} <= {flag["rule"] for flag in flags}


SPOILED = {
    '"intensity": Infinity': "intensity must be finite",
    '"intensity": 1e400': "intensity must be finite",
    '"intensity": -Infinity': "intensity must be finite",
    '"revision": 1e400': "revision must be a whole number",
    **{
        f'"withdrawn_at": {value}': "withdrawn_at must be a time with its offset"
        for value in ('""', '"never"', "false", "true", "0", '"2026-03-01T09:00:00"')
    },
    '"recorded_at": "0001-01-01T00:00:00+14:00"': "its day is years away",
}


@pytest.mark.parametrize("name", ["d.ndjson", "d.ndjson.gz"])
def test_what_is_no_number_and_no_time_is_named(tmp_path: Path, name: str) -> None:
    pain = '"patient": "p1", "collection": "pain_logs", "site": "leg", "side": "left"'
    at = '"recorded_at": "2026-03-01T09:00:00Z"'
    spoiled = [
        f'{{{pain}, "id": "pain-{number}", {at}, {wrong}}}'
        for number, wrong in enumerate(SPOILED)
    ]
    diary = write(tmp_path / name, [f'{{{pain}, "id": "good", {at}}}', *spoiled])
    done = backtest(diary, "--out", tmp_path / "flags.ndjson")
    assert done.returncode == 0, done.stderr
    for number, reason in enumerate(SPOILED.values(), start=2):
        assert f"{name}, line {number}: {reason}" in done.stderr
    assert f"{len(SPOILED)} lines skipped" in done.stderr


def test_junk_in_a_withdrawal_silences_no_danger_without_a_word(tmp_path: Path) -> None:
    drawing = Drawing().checks(0, saddle_genital_numbness="new")
    (row,) = drawing.rows["red_flag_checks"]
    row |= {
        "collection": "red_flag_checks",
        "recorded_at": row["recorded_at"].isoformat(),
    }
    kept = [row, row | {"id": "other", "withdrawn_at": "2026-03-02T09:00:00+01:00"}]
    diary = write(tmp_path / "d.ndjson", [json.dumps(each) for each in kept])
    out = tmp_path / "flags.ndjson"
    assert backtest(diary, "--out", out).returncode == 0
    assert [json.loads(line)["rule"] for line in out.read_text().splitlines()] == [
        "R01"
    ]


def test_an_event_with_an_endless_number_is_named(tmp_path: Path, lines) -> None:
    event = '{"patient": "p1", "kind": "exam", "name": "power", "on": "2026-03-01", '
    events = write(tmp_path / "e.ndjson", [event + '"grade": 1e400}'])
    diary = write(tmp_path / "d.ndjson", lines)
    done = backtest(diary, "--clinical", events, "--out", tmp_path / "flags.ndjson")
    assert done.returncode == 0, done.stderr
    assert "e.ndjson, line 1: it is not an event" in done.stderr


def test_one_check_is_one_flag_for_the_clinic(tmp_path: Path) -> None:
    refused = Drawing("p1").checks(
        0, both_legs="new", **dict.fromkeys(CAUDA_EQUINA_ITEMS, "prefer_not_to_say")
    )
    calm = dict.fromkeys(RED_FLAG_ITEMS, "no")
    alone = Drawing("p2").checks(0, **calm | {"erection_ejaculation_change": "new"})
    rows = [*refused.rows["red_flag_checks"], *alone.rows["red_flag_checks"]]
    texts = [
        json.dumps(row | {"collection": "red_flag_checks"}, default=str) for row in rows
    ]
    out = tmp_path / "flags.ndjson"
    done = backtest(write(tmp_path / "d.ndjson", texts), "--out", out)
    assert done.returncode == 0, done.stderr
    first, second = (json.loads(line) for line in out.read_text().splitlines())
    assert (first["rule"], first["tier"]) == ("R03", "urgent")
    assert first["explanation"].startswith("Safety questions left unclear")
    assert (second["rule"], second["tier"]) == ("R02", "urgent")


def test_a_numb_saddle_beside_refused_questions_is_counted(tmp_path: Path) -> None:
    drawing = Drawing().checks(0, saddle_genital_numbness="prefer_not_to_say")
    drawing.numbness("4", side="midline", regions=("perineum",))
    rows = [
        json.dumps(row | {"collection": name}, default=str)
        for name, own in drawing.rows.items()
        for row in own
    ]
    out = tmp_path / "flags.ndjson"
    backtest(write(tmp_path / "d.ndjson", rows), "--out", out)
    (flag,) = [json.loads(line) for line in out.read_text().splitlines()]
    assert (flag["rule"], flag["tier"]) == ("R03", "urgent")
    assert flag["explanation"].startswith("Numb on the body map, the questions")


def test_gzip_and_parquet_say_the_same(tmp_path: Path, lines: list[str]) -> None:
    plain, packed = tmp_path / "a.ndjson", tmp_path / "b.ndjson.gz"
    done = backtest(write(tmp_path / "d.ndjson", lines), "--out", plain)
    assert done.returncode == 0, done.stderr
    backtest(write(tmp_path / "d.ndjson.gz", lines), "--out", packed)
    assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()
    table = pa.Table.from_pylist(
        [dict.fromkeys(all_names(lines)) | json.loads(line) for line in lines]
    )
    pq.write_table(table, tmp_path / "d.parquet")
    done = backtest(tmp_path / "d.parquet", "--out", tmp_path / "c.ndjson")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "c.ndjson").read_bytes() == plain.read_bytes()


def all_names(lines: list[str]) -> set[str]:
    return {name for line in lines for name in json.loads(line)}


def test_workers_change_nothing(tmp_path: Path) -> None:
    diary = write(tmp_path / "d.ndjson", [json.dumps(row) for row in records(120)])
    for workers in (1, 2):
        done = backtest(
            diary, "--out", tmp_path / f"{workers}.ndjson", "--workers", workers
        )
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "1.ndjson").read_bytes() == (tmp_path / "2.ndjson").read_bytes()


def test_the_folder_for_the_parts_is_gone_afterwards(
    tmp_path: Path, lines: list[str]
) -> None:
    diary = write(tmp_path / "d.ndjson", lines)
    assert backtest(diary, "--out", tmp_path / "f.ndjson").returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {"d.ndjson", "f.ndjson"}


def test_a_place_that_cannot_be_written_gets_one_sentence(
    tmp_path: Path, lines: list[str]
) -> None:
    diary = write(tmp_path / "d.ndjson", lines)
    done = backtest(diary, "--out", tmp_path / "nowhere" / "f.ndjson")
    assert done.returncode == 1
    assert "cannot be written: No such file or directory." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["missing.ndjson"], "cannot be read: No such file or directory."),
        (["d.ndjson", "--scheduler", "tcp://127.0.0.1:9"], "No Dask scheduler answers"),
        (["empty.ndjson"], "holds no diary record."),
        (["torn.ndjson.gz"], "cannot be read"),
        (["not.parquet"], "is not a Parquet file."),
        (["d.ndjson", "--workers", "0"], "must be a whole number, 1 or more"),
        (["d.ndjson", "--rules", "off.json"], "R05 is an emergency rule"),
        (["d.ndjson", "--clinical", "missing"], "cannot be read"),
    ],
)
def test_mistakes_get_one_sentence(
    tmp_path: Path, lines: list[str], arguments: list[str], sentence: str
) -> None:
    write(tmp_path / "d.ndjson", lines)
    (tmp_path / "empty.ndjson").write_bytes(b"\n{}\n")
    torn = gzip.compress("\n".join(lines).encode())[:-40]
    (tmp_path / "torn.ndjson.gz").write_bytes(torn)
    (tmp_path / "not.parquet").write_bytes(b"no")
    (tmp_path / "off.json").write_text('{"R05": {"enabled": false}}')
    places = [
        tmp_path / word if not word.startswith(("-", "tcp", "0")) else word
        for word in arguments
    ]
    done = backtest(*places, "--out", tmp_path / "flags.ndjson")
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "flags.ndjson").exists()
