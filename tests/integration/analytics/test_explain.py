"""`manage.py explain` tells why a flag was raised, and changes nothing."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from analytics.models import AnalysisRun, Flag
from analytics.services.analyse import analyse_patients
from tests.integration.analytics.conftest import heel_walk


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
