"""What a clinic may change in the rules, and what nobody may."""

from __future__ import annotations

import math

import pytest

from analytics.domain import overrides, pipeline
from analytics.domain.overrides import Choice, changes_of, check, settings_of
from analytics.domain.rules import CATALOGUE, RulesInvalid, changed
from tracker.domain import red_flag_rules


SETTINGS = [each for rule in CATALOGUE.values() for each in settings_of(rule)]
EMERGENCIES = {rule.id for rule in CATALOGUE.values() if rule.tier == "emergency"} | {
    rule.id for rule in red_flag_rules.RULES if rule.tier == "emergency"
}


def name_of(setting) -> str:
    return f"{setting.rule.id}-{setting.name}"


def chosen(value: float | None, *, everywhere: bool = False, setting="rise_points"):
    return Choice(rule="R11", setting=setting, value=value, everywhere=everywhere)


def test_every_number_of_every_rule_has_limits_around_its_default():
    for rule in CATALOGUE.values():
        assert set(rule.limits) == set(rule.parameters), rule.id
        assert set(rule.labels) == set(rule.parameters), rule.id
    for setting in SETTINGS:
        assert setting.low <= setting.default <= setting.high, name_of(setting)


def test_the_numbers_of_a_rule_are_told_apart_by_their_words():
    for rule in CATALOGUE.values():
        labels = [each.label for each in settings_of(rule)]
        assert len(set(labels)) == len(labels), rule.id
        assert not any("_" in label or not label for label in labels), rule.id


def test_no_emergency_rule_has_a_setting():
    assert {"R01", "R04", "R05", "R17", "R18", "R19"} <= EMERGENCIES
    for rule_id in sorted(EMERGENCIES):
        assert not list(settings_of(CATALOGUE[rule_id]))
        for name, value in (("enabled", 0), ("refractory_days", 28), ("x", 1)):
            with pytest.raises(RulesInvalid, match="cannot be disabled or changed"):
                check(rule_id, name, value)


@pytest.mark.parametrize("rule_id", pipeline.OPEN_DROP_RULES)
def test_a_rule_that_red_flags_ask_can_only_become_more_sensitive(rule_id):
    rule = CATALOGUE[rule_id]
    names = {each.name: each for each in settings_of(rule)}
    assert "enabled" not in names
    assert all(each.high == each.default for each in names.values())
    with pytest.raises(RulesInvalid, match="no setting enabled"):
        check(rule_id, "enabled", 0)


def test_a_back_test_may_try_what_a_clinic_may_not_choose():
    wanted = {"R06": {"enabled": False, "parameters": {"repeat_count": 4}}}
    assert not changed(CATALOGUE, wanted)["R06"].enabled
    with pytest.raises(RulesInvalid, match="repeat_count must be from 2 to 3"):
        check("R06", "repeat_count", 4)


@pytest.mark.parametrize("setting", SETTINGS, ids=name_of)
def test_a_number_is_taken_at_its_limits_and_refused_beyond(setting):
    rule, name = setting.rule.id, setting.name
    for value in (setting.low, setting.high, None):
        check(rule, name, value)
    for value in (setting.low - 0.01, setting.high + 0.01, math.nan, math.inf):
        with pytest.raises(RulesInvalid, match=f"{name} must be from"):
            check(rule, name, value)
    if setting.whole and setting.low < setting.high:
        with pytest.raises(RulesInvalid, match="whole number"):
            check(rule, name, setting.low + 0.5)


def test_the_clinic_speaks_before_the_operator():
    both = [chosen(2.5), chosen(3.0, everywhere=True)]
    assert changes_of(both) == {"R11": {"parameters": {"rise_points": 2.5}}}
    assert changes_of(reversed(both)) == changes_of(both)
    default = [chosen(None), chosen(3.0, everywhere=True)]
    assert changes_of(default) == {"R11": {"parameters": {"rise_points": 3.0}}}


@pytest.mark.parametrize("order", [1, -1])
def test_a_rule_that_either_has_switched_off_is_off(order):
    off = chosen(0, everywhere=True, setting="enabled")
    on = chosen(1, setting="enabled")
    changes = changes_of([off, on][::order])
    assert changes == {"R11": {"enabled": False}}
    assert not overrides.in_force(changes)["R11"].enabled


def test_a_choice_that_the_limits_of_today_refuse_changes_nothing():
    gone = Choice(rule="R99", setting="x", value=1, everywhere=False)
    assert changes_of([chosen(9.0), gone]) == {}


def test_what_equals_the_default_is_no_change():
    assert changes_of([chosen(2.0), chosen(1, setting="enabled")]) == {}
