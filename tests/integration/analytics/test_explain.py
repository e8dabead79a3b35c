"""`manage.py explain` tells why a flag was raised, and changes nothing."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from analytics.models import AnalysisRun, Flag
from analytics.services.analyse import analyse_patients
from analytics.services.unanswered import ANSWER_WITHIN
from tests.integration.analytics.conftest import check, heel_walk
from tracker.domain.diary import RED_FLAG_ITEMS


def explained(flag: Flag) -> str:
    out = StringIO()
    call_command("explain", str(flag.pk), stdout=out)
    return out.getvalue()


@pytest.fixture
def flag(patient, weak, now) -> Flag:
    analyse_patients([patient.pk], now)
    return Flag.objects.get(patient=patient, rule="R06")


def test_a_flag_is_explained_and_raised_again(flag):
    before = list(Flag.objects.values()), list(AnalysisRun.objects.values())
    told = explained(flag)
    assert f"R06 {flag.rule_version}, watch, motor, left" in told
    assert flag.explanation in told
    assert "threshold  drop_steps = " in told
    row = next(line for line in told.splitlines() if "test_heel_walk left" in line)
    assert row.split()[2:].count("2") >= 2
    assert "the same flag is raised." in told
    assert before == (list(Flag.objects.values()), list(AnalysisRun.objects.values()))


def test_a_diary_that_says_otherwise_today_is_told(flag, phone, now):
    better = [heel_walk(now - timedelta(days=ago), 3) for ago in range(6, 0, -1)]
    phone.sync({"weakness_logs": better})
    assert "this flag is NOT raised" in explained(flag)


@pytest.mark.parametrize("flag_id", ["6a0c1c52-7f3e-4f0e-9a51-3f1f6a0b8a11", "no-id"])
def test_an_unknown_flag_gets_one_sentence(db, flag_id):
    with pytest.raises(CommandError, match="There is no flag with this id"):
        call_command("explain", flag_id)


@pytest.fixture
def low(patient, phone, now) -> dict:
    """A steady leg with one test far below it, as a record."""
    usual = [heel_walk(now - timedelta(days=ago), 3) for ago in range(30, 0, -1)]
    phone.sync({"weakness_logs": usual})
    record = heel_walk(now, 0, name="low-test-1")
    phone.sync({"weakness_logs": [record]})
    return record


def test_a_single_low_test_is_judged_again(low, phone):
    flag = Flag.objects.get(rule="R05")
    assert flag.tier == "info"
    assert "Judged again as of that moment, the same flag is raised." in explained(flag)
    phone.sync({"weakness_logs": [low | {"score": 3}]})
    assert "this flag is NOT raised" in explained(flag)
    phone.sync({"weakness_logs": [low | {"withdrawn_at": low["recorded_at"]}]})
    assert "was withdrawn" in explained(flag)


def test_a_numb_saddle_on_the_map_is_judged_again(patient, phone, now):
    log = {"side": "midline", "intensity": 3, "regions": ["perineum"]}
    record = {"id": "numb-saddle-1", "recorded_at": now.isoformat(), **log}
    phone.sync({"numbness_logs": [record]})
    told = explained(Flag.objects.get(rule="R03"))
    assert "Judged again as of that moment, the same flag is raised." in told


def test_what_nobody_answered_says_what_was_asked(patient, low, phone, now):
    asked = Flag.objects.get(rule="R05")
    later = asked.raised_at + ANSWER_WITHIN + timedelta(seconds=1)
    analyse_patients([patient.pk], later)
    urgent = Flag.objects.get(rule="R05", tier="urgent")
    told = explained(urgent)
    assert f"asked for something (flag {asked.pk})" in told
    assert "It still has not been." in told
    phone.sync({"weakness_logs": [heel_walk(now, 3, name="repeat-1")]})
    assert "It has been answered since." in explained(urgent)


def test_a_sexual_change_alone_is_as_urgent_as_it_was(patient, phone, now):
    answers = dict.fromkeys(RED_FLAG_ITEMS, "no") | {
        "erection_ejaculation_change": "new"
    }
    phone.sync({"red_flag_checks": [check(now, **answers)]})
    flag = Flag.objects.get(rule="R02")
    assert flag.tier == "urgent"
    assert explained(flag).rstrip().endswith("the same flag is raised.")
