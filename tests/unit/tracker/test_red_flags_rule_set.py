"""The published rule set is what `judge` does, word for word and number for number."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.domain import diary, red_flag_rules, red_flag_texts
from tracker.domain.circumstances import KnownDay, Procedure
from tracker.domain.red_flag_rule_set import rule_set
from tracker.domain.red_flags import TIERS, KnownState, judge


NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
RULES: list[dict[str, Any]] = rule_set()["rules"]  # type: ignore[assignment]
#: The version of the rule set and the digest of its content.
PINNED = (
    "1.8.0",
    "645f6060b1fdf37a4cf982f12954d25efcc45ff515f8ca12f06347dc919a7faa",
)
ids = [f"{rule['id']}-{rule['tier']}" for rule in RULES]


def holds(when: dict[str, Any], answers: dict[str, str], facts: set[str]) -> bool:
    """Judge a published condition as a phone would, from its JSON alone."""
    if "any_of" in when:
        return any(holds(part, answers, facts) for part in when["any_of"])
    if "all_of" in when:
        return all(holds(part, answers, facts) for part in when["all_of"])
    if "none_of" in when:
        return not any(holds(part, answers, facts) for part in when["none_of"])
    if "fact" in when:
        return when["fact"] in facts
    found = [item for item in when["items"] if answers[item] in when["answers"]]
    return len(found) >= when["at_least"]


def judged_by_phone(check: dict[str, Any], facts: set[str]) -> dict[str, str]:
    """Return the tier of each rule id that holds: the first of the list wins."""
    answers = {item: check.get(item) or "unanswered" for item in diary.RED_FLAG_ITEMS}
    found: dict[str, str] = {}
    for rule in json.loads(json.dumps(RULES)):
        if rule["collection"] == "red_flag_checks" and holds(
            rule["when"], answers, facts
        ):
            found.setdefault(rule["id"], rule["tier"])
    return found


@settings(deadline=None, max_examples=500)
@given(
    check=st.fixed_dictionaries(
        {},
        optional={
            item: st.sampled_from([None, "no", "no", "no", *diary.RED_FLAG_ANSWERS])
            for item in diary.RED_FLAG_ITEMS
        },
    ),
    nearly_all_no=st.booleans(),
    facts=st.sets(st.sampled_from(["motor_drop", "new_opioid", "after_procedure"])),
)
def test_phone_and_server_agree(
    check: dict[str, Any], nearly_all_no: bool, facts: set[str]
) -> None:
    if nearly_all_no:
        few = dict(list(check.items())[:3])
        check = dict.fromkeys(diary.RED_FLAG_ITEMS, "no") | few
    yesterday = NOW - timedelta(days=1)
    opioid = KnownDay(at=yesterday, medicines=("Tramadol 50",))
    procedure = Procedure(begins=yesterday, ends=NOW + timedelta(days=6))
    state = KnownState(
        recent_motor_drop="motor_drop" in facts,
        days=(opioid,) if "new_opioid" in facts else (),
        procedures=(procedure,) if "after_procedure" in facts else (),
    )
    flags = judge({"red_flag_checks": [check]}, state=state, now=NOW)
    assert {flag.rule: flag.tier for flag in flags} == judged_by_phone(check, facts)


def test_the_rule_set_is_json_and_its_digest_can_be_checked() -> None:
    received = json.loads(json.dumps(rule_set()))
    digest = received.pop("digest")
    canonical = json.dumps(received, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(canonical.encode()).hexdigest() == digest
    assert rule_set() == rule_set()


def test_no_rule_changes_without_a_new_version() -> None:
    """When this fails: raise the version of the rule and of the set, then pin anew."""
    published = rule_set()
    assert (published["version"], published["digest"]) == PINNED


def test_the_tiers_stand_in_order() -> None:
    assert TIERS == ("emergency", "urgent", "soon", "watch", "info")
    assert rule_set()["tiers"] == list(TIERS)


def test_every_rule_of_the_red_flags_is_published() -> None:
    assert {rule["id"] for rule in RULES} == {
        "R01",
        "R02",
        "R03",
        "R04",
        "R05",
        "R17",
        "R18",
        "R19",
    }
    told = {
        (rule["id"], rule["tier"], rule["collection"], json.dumps(rule["when"]))
        for rule in RULES
    }
    assert len(told) == len(RULES)


def test_of_one_id_the_most_pressing_stands_first() -> None:
    for rule_id in {rule["id"] for rule in RULES}:
        tiers = [TIERS.index(rule["tier"]) for rule in RULES if rule["id"] == rule_id]
        assert tiers == sorted(tiers)


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_a_rule_is_complete(rule: dict[str, Any]) -> None:
    assert set(rule) == {
        "id",
        "version",
        "tier",
        "clinician_tier",
        "category",
        "title",
        "text",
        "clinician_text",
        "sources",
        "kill_switch",
        "collection",
        "when",
    }
    assert rule["tier"] in TIERS
    assert rule["clinician_tier"] in TIERS
    assert rule["category"] in {"red_flag", "motor", "vascular", "systemic"}
    assert rule["collection"] in diary.COLLECTIONS
    assert re.fullmatch(r"\d+\.\d+\.\d+", rule["version"])
    assert rule["sources"]
    assert rule["when"]


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_a_red_flag_cannot_be_switched_off(rule: dict[str, Any]) -> None:
    assert rule["kill_switch"] is False


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_every_text_says_what_to_do_and_that_nobody_watches(
    rule: dict[str, Any],
) -> None:
    text = rule["text"]
    assert "nobody watches this app all day" in text.lower()
    assert "emergency department" in text
    assert "local emergency number" in text
    if rule["tier"] == "emergency":
        assert red_flag_texts.EMERGENCY_ENDING in text
        for words in ("Do not drive yourself", "Do not wait for a reply", " now"):
            assert words in text
    else:
        assert "today" in text


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_no_text_names_a_treatment_or_is_hard_to_read(rule: dict[str, Any]) -> None:
    for text in (rule["title"], rule["text"]):
        lowered = text.lower()
        assert not re.search(r"surg|operat|inject|MRI", text, re.IGNORECASE)
        assert not re.search(r"cauda|equina|radicul|motor|deficit|acute", lowered)
        assert "'" not in text
        assert "\u2019" not in text
    sentences = re.split(r"(?<=[.!?:])\s+", rule["text"])
    words = [len(sentence.split()) for sentence in sentences]
    assert sum(words) / len(words) <= 15
    assert max(words) <= 36


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_the_clinician_text_is_short(rule: dict[str, Any]) -> None:
    assert len(rule["clinician_text"].split()) <= 45


def test_published_parameters_are_those_of_the_code() -> None:
    assert rule_set()["parameters"] == {
        "baseline_first_scores": 10,
        "baseline_best_scores": 5,
        "severe_drop_steps": 2,
        "no_movement_score": 0,
        "no_movement_minimum_baseline": 1,
        "severe_side_difference_steps": 2,
        "drop_steps": 1,
        "foot_slap_heel_score": 1,
        "foot_slap_minimum_baseline": 2,
        "sitting_minutes": 60,
        "new_within_days": 14,
        "older_scores": 20,
        "usual_low_place": 2,
        "usual_minimum_scores": 5,
        "recovered_scores": 5,
        "foot_slap_known_days": 2,
        "stepwise_reports": 3,
        "both_sides_within_days": 7,
        "after_operation_days": 30,
        "after_injection_days": 7,
        "opioid_new_days": 14,
        "walking_share": 0.5,
        "walking_recent_days": 7,
        "walking_hard_days": 2,
        "walking_least_days": 5,
        "days_kept": 42,
        "slap_tested_within_hours": 48,
        "unsafe_apart_hours": 12,
        "unsafe_minimum_baseline": 2,
        "asked_within_hours": 2,
    }


def test_every_item_of_the_check_is_looked_at_by_a_rule() -> None:
    looked_at = {
        item
        for rule in red_flag_rules.ANSWER_RULES
        if rule.when
        for item in rule.when.items()
    }
    assert looked_at == set(diary.RED_FLAG_ITEMS)
