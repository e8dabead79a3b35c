"""Every control in the hazard log is guarded by a test that exists."""

from __future__ import annotations

import ast
import re

import pytest

from tests.repository.conftest import ROOT


LOG = (ROOT / "docs" / "safety-case" / "hazard-log.md").read_text()
GUARD = re.compile(r"`(tests/[\w/]+\.py)::([\w:]+)`")
HAZARDS = re.split(r"^## (?=H\d)", LOG, flags=re.MULTILINE)[1:]


def names_in(path: str) -> set[str]:
    found = set()
    file = ROOT / path
    for node in ast.parse(file.read_text()).body if file.is_file() else ():
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {
                f"{node.name}::{part.name}"
                for part in node.body
                if isinstance(part, ast.FunctionDef)
            }
    return found


def test_every_guard_exists() -> None:
    guards = GUARD.findall(LOG)
    assert guards
    missing = [f"{path}::{name}" for path, name in guards if name not in names_in(path)]
    assert not missing


def test_the_hazards_are_numbered_without_a_gap() -> None:
    numbers = [int(re.findall(r"^H(\d+)", hazard)[0]) for hazard in HAZARDS]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 10


@pytest.mark.parametrize("hazard", HAZARDS, ids=lambda hazard: hazard.split(":")[0])
def test_a_hazard_is_complete(hazard: str) -> None:
    for word in ("* **Cause**:", "* **Harm**:", "Controls:"):
        assert word in hazard
    score = re.search(r"\*\*Severity (\d) x likelihood (\d) = (\d+)\*\*", hazard)
    assert score
    severity, likelihood, product = map(int, score.groups())
    assert severity in range(1, 6)
    assert likelihood in range(1, 6)
    assert severity * likelihood == product


@pytest.mark.parametrize("hazard", HAZARDS, ids=lambda hazard: hazard.split(":")[0])
def test_every_control_has_a_guard(hazard: str) -> None:
    controls = re.split(r"^\d+\. ", hazard, flags=re.MULTILINE)[1:]
    assert controls
    assert all(GUARD.search(control) for control in controls)
