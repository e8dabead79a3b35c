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
