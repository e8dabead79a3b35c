"""What the analysis finds is known by its version: no number changes without a new one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, is_dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from analytics.domain import (
    care_thresholds,
    course_model,
    pipeline,
    response,
    thresholds,
)
from analytics.domain.rule import ANALYSIS
from analytics.domain.rules import CATALOGUE
from analytics.services.analyse import ENGINE_VERSION


PINNED = ("2.0.0", "f975468dae292bae")
MODULES = (thresholds, care_thresholds, course_model, pipeline, response)


def test_no_number_of_the_analysis_changes_without_a_new_version() -> None:
    """When this fails: raise the version of the rule and of the engine, then pin anew."""
    assert (ENGINE_VERSION, digest()) == PINNED


def test_the_digest_sees_a_number_and_a_model(monkeypatch) -> None:
    before = digest()
    monkeypatch.setattr(thresholds, "LOSS_EVIDENCE", 1.9)
    assert digest() != before
    monkeypatch.undo()
    monkeypatch.setattr(course_model, "NUMBNESS", course_model.SELF_TEST)
    assert digest() != before


def digest() -> str:
    found = {
        module.__name__: {
            name: plain(value)
            for name, value in sorted(vars(module).items())
            if name.isupper() and is_number(value)
        }
        for module in MODULES
    }
    rules = [
        (rule.id, rule.version, rule.tier, rule.refractory_days, dict(rule.parameters))
        for rule in CATALOGUE.values()
        if rule.judged == ANALYSIS
    ]
    content = json.dumps([found, rules], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def is_number(value: Any) -> bool:
    return isinstance(value, int | float | timedelta | tuple) or is_dataclass(value)


def plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(each) for name, each in asdict(value).items()}
    if isinstance(value, np.ndarray):
        return [round(float(each), 9) for each in value.ravel()]
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, float):
        return round(value, 9)
    return value if isinstance(value, int | str) or value is None else str(value)
