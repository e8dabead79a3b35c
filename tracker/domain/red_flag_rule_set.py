"""The red-flag rules as phones get them: versioned, with their digest.

A phone judges by these without a network.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta

from tracker.domain import (
    circumstances,
    diary,
    power_tests,
    raw_records,
    saddle,
    untested,
)
from tracker.domain import red_flag_rules as rules


def rule_set(say: Callable[[str], str] = str) -> dict[str, object]:
    """Return the published rule set: JSON-able, versioned, with its digest.

    `say` puts what patients read into their language.

    The digest is the SHA-256 of everything else as JSON with sorted keys and no
    spaces, so that a phone can check what it holds.
    """
    content: dict[str, object] = {
        "version": rules.RULE_SET_VERSION,
        "tiers": list(rules.TIERS),
        "reading": _reading(),
        "facts": {
            rules.MOTOR_DROP: {"measure": "open_or_confirmed_drop"},
            rules.NEW_OPIOID: {"measure": "opioid_not_taken_before"},
            rules.AFTER_PROCEDURE: {"measure": "within_days_of_procedure"},
        },
        "parameters": _parameters(),
        "rules": [rule.as_json(say) for rule in rules.RULES],
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return {**content, "digest": hashlib.sha256(canonical.encode()).hexdigest()}


def _reading() -> dict[str, object]:
    return {
        "items": list(diary.RED_FLAG_ITEMS),
        "answers": [*diary.RED_FLAG_ANSWERS, raw_records.UNANSWERED],
        "when_null_missing_or_unreadable": raw_records.UNANSWERED,
        "read_as_new": [True, *raw_records.YES_WORDS],
        "ignore": ["surrounding_spaces", "capitals"],
        "rules_of_one_id": "the first that holds, in the order of this list",
    }


def _parameters() -> dict[str, object]:
    return {
        "baseline_first_scores": power_tests.BASELINE_FIRST_SCORES,
        "baseline_best_scores": power_tests.BASELINE_BEST_SCORES,
        "severe_drop_steps": power_tests.SEVERE_DROP_STEPS,
        "no_movement_score": power_tests.NO_MOVEMENT_SCORE,
        "no_movement_minimum_baseline": power_tests.NO_MOVEMENT_MINIMUM_BASELINE,
        "severe_side_difference_steps": power_tests.SEVERE_SIDE_DIFFERENCE_STEPS,
        "drop_steps": power_tests.DROP_STEPS,
        "foot_slap_heel_score": power_tests.FOOT_SLAP_HEEL_SCORE,
        "foot_slap_minimum_baseline": power_tests.FOOT_SLAP_MINIMUM_BASELINE,
        "older_scores": power_tests.OLDER_SCORES,
        "usual_low_place": power_tests.USUAL_LOW_PLACE,
        "usual_minimum_scores": power_tests.USUAL_MINIMUM_SCORES,
        "recovered_scores": power_tests.RECOVERED_SCORES,
        "foot_slap_known_days": power_tests.FOOT_SLAP_KNOWN_DAYS,
        "stepwise_reports": power_tests.STEPWISE_REPORTS,
        "sitting_minutes": power_tests.SITTING // timedelta(minutes=1),
        "new_within_days": power_tests.NEW_WITHIN.days,
        "both_sides_within_days": power_tests.BOTH_SIDES_WITHIN.days,
        "after_operation_days": circumstances.AFTER_OPERATION.days,
        "after_injection_days": circumstances.AFTER_INJECTION.days,
        "opioid_new_days": circumstances.OPIOID_NEW.days,
        "walking_share": circumstances.WALKING_SHARE,
        "walking_recent_days": circumstances.WALKING_RECENT.days,
        "walking_hard_days": circumstances.WALKING_HARD_DAYS,
        "walking_least_days": circumstances.WALKING_LEAST_DAYS,
        "days_kept": circumstances.DAYS_KEPT.days,
        "slap_tested_within_hours": untested.SLAP_TESTED_WITHIN // timedelta(hours=1),
        "unsafe_apart_hours": untested.UNSAFE_APART // timedelta(hours=1),
        "unsafe_minimum_baseline": untested.UNSAFE_MINIMUM_BASELINE,
        "asked_within_hours": saddle.ASKED_WITHIN // timedelta(hours=1),
    }
