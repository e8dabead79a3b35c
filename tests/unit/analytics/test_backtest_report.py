"""The page about a back-test counts right, compares right and asks no network."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec

from analytics.services.backtest.partition import BadLines
from analytics.services.backtest.report import report
from analytics.services.backtest.running import Replayed
from tracker.domain.red_flags import TIERS


def flag(day: str, rule: str = "R06", side: str | None = "left", patient: str = "a<b"):
    return {
        "patient": patient,
        "rule": rule,
        "tier": "urgent",
        "side": side,
        "raised_on": day,
    }


def page(folder: Path, *sets: list[dict], patient_days: int = 700) -> str:
    files = []
    for number, flags in enumerate(sets):
        file = folder / f"{number}.flags"
        file.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in flags))
        files.append(file)
    names = {each["patient"] for flags in sets for each in flags}
    done = Replayed(
        flag_files=files,
        flag_counts=[len(flags) for flags in sets],
        bad=BadLines(),
        end=date(2026, 6, 1),
        patients=9,
        patient_days=patient_days,
        spans=dict.fromkeys(names, (date(2026, 1, 1), date(2026, 6, 1))),
    )
    return report(done, [f"set {number}" for number in range(len(sets))])


def test_the_load_is_counted_in_100_patient_weeks(tmp_path: Path) -> None:
    flags = [flag(f"2026-02-{day:02}") for day in range(1, 11)]
    told = page(tmp_path, flags)
    assert "<td class=n>10<td class=n>10.00" in told
    assert "Within the budget." in told
    assert "Over the budget." in page(tmp_path, flags, patient_days=693)


def test_no_network_and_no_markup_from_the_diary(tmp_path: Path) -> None:
    told = page(tmp_path, [flag("2026-02-01")])
    assert "a&lt;b" in told
    assert "a<b" not in told
    assert not any(word in told for word in ("http:", "https:", "src=", "url("))


def test_every_tier_has_a_colour_of_its_own_and_is_explained(tmp_path: Path) -> None:
    told = page(tmp_path, [flag("2026-02-01")])
    for tier in TIERS:
        assert f"<span class={tier}>{tier}</span>" in told
        assert told.count(f"--{tier}:#") == 2  # by day and by night


def test_many_patients_are_listed_not_drawn(tmp_path: Path) -> None:
    flags = [flag("2026-02-01", patient=f"p{number:03}") for number in range(60)]
    told = page(tmp_path, flags)
    assert told.count("<svg") == 50
    assert "p059." in told


def test_patients_flagged_by_the_second_rules_only_are_counted(tmp_path: Path) -> None:
    told = page(tmp_path, [], [flag("2026-02-01")])
    assert "<td>R06<td class=n>0<td class=n>1<td class=n>0" in told
