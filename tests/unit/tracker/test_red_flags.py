"""R01, R02, R03, R17 and R18: what one safety check raises."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tracker.domain import diary
from tracker.domain.red_flags import KnownState, RedFlag, judge


NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
ALL_NO = dict.fromkeys(diary.RED_FLAG_ITEMS, "no")
SILENT: tuple[object, ...] = (
    None,
    "no",
    "unchanged",
    "prefer_not_to_say",
    "",
    "banana",
    0,
    1,
    False,
    [],
)
ALONE = "erection_ejaculation_change"
SYSTEMIC = (
    "fever_or_rigors",
    "new_night_pain",
    "unexplained_weight_loss",
    "recent_injury",
)


def judged(*checks: dict[str, object], state: KnownState | None = None):
    records = {"red_flag_checks": list(checks)}
    return judge(records, state=state or KnownState(), now=NOW)


def check(**answers: object) -> dict[str, object]:
    return {
        "id": "check-0001",
        "recorded_at": "2026-03-10T09:00:00+00:00",
        **ALL_NO,
        **answers,
    }


def fired(flags: list[RedFlag]) -> list[tuple[str, str]]:
    return [(flag.rule, flag.tier) for flag in flags]


@pytest.mark.parametrize("answer", ["new", "worse"])
@pytest.mark.parametrize("item", diary.CAUDA_EQUINA_ITEMS)
def test_each_cauda_equina_item_is_an_emergency(item: str, answer: str) -> None:
    [flag] = judged(check(**{item: answer}))
    assert flag.rule == ("R02" if item == ALONE else "R01")
    assert flag.tier == "emergency"
    assert flag.items == (item,)
    assert flag.entry == "check-0001"
    assert flag.collection == "red_flag_checks"
    assert flag.category == "red_flag"


@pytest.mark.parametrize("answer", SILENT, ids=repr)
@pytest.mark.parametrize("item", diary.RED_FLAG_ITEMS)
def test_no_other_answer_fires_by_itself(item: str, answer: object) -> None:
    assert judged(check(**{item: answer})) == []


def test_long_standing_symptoms_never_fire_alone() -> None:
    assert judged(dict.fromkeys(diary.RED_FLAG_ITEMS, "unchanged")) == []


@pytest.mark.parametrize(
    "answer", ["New", " new ", "WORSE", "\tworse\n", True, "yes", "True"], ids=repr
)
@pytest.mark.parametrize("item", diary.RED_FLAG_ITEMS)
def test_a_danger_is_read_generously(item: str, answer: object) -> None:
    assert item in judged(check(**{item: answer}))[0].items


def test_an_empty_check_is_silence() -> None:
    assert judged({}) == []


def test_sexual_function_alone_is_an_emergency_for_the_patient_only() -> None:
    [flag] = judged(check(**{ALONE: "worse"}))
    assert (flag.rule, flag.tier, flag.clinician_tier) == ("R02", "emergency", "urgent")


@pytest.mark.parametrize("answer", [None, "unchanged", "prefer_not_to_say", "x", False])
@pytest.mark.parametrize(
    "item", [item for item in diary.CAUDA_EQUINA_ITEMS if item != ALONE]
)
def test_sexual_function_is_alone_only_beside_eleven_plain_noes(
    item: str, answer: object
) -> None:
    [flag] = judged(check(**{ALONE: "new", item: answer}))
    assert (flag.rule, flag.clinician_tier) == ("R01", "emergency")


def test_sexual_function_with_both_legs_is_not_alone() -> None:
    assert fired(judged(check(**{ALONE: "new", "both_legs": "new"}))) == [
        ("R01", "emergency"),
        ("R03", "urgent"),
    ]


@pytest.mark.parametrize("answer", ["new", "worse"])
def test_both_legs_without_weakness_is_urgent(answer: str) -> None:
    [flag] = judged(check(both_legs=answer))
    assert (flag.rule, flag.tier, flag.items) == ("R03", "urgent", ("both_legs",))
    assert "again now" in flag.text


@pytest.mark.parametrize(
    ("count", "rules"), [(1, []), (2, [("R03", "urgent")]), (3, [("R03", "urgent")])]
)
@pytest.mark.parametrize("answer", [None, "prefer_not_to_say"])
def test_skipped_items_matter_beside_a_drop_in_power(
    answer: object, count: int, rules: list[tuple[str, str]]
) -> None:
    skipped = diary.CAUDA_EQUINA_ITEMS[:count]
    state = KnownState(recent_motor_drop=True)
    flags = judged(check(**dict.fromkeys(skipped, answer)), state=state)
    assert fired(flags) == rules
    assert all(flag.items == skipped for flag in flags)


def test_skipped_items_alone_are_only_silence() -> None:
    skipped = dict.fromkeys(diary.CAUDA_EQUINA_ITEMS, "prefer_not_to_say")
    assert judged(check(**skipped)) == []


def test_an_unchanged_item_is_an_answer_and_not_skipped() -> None:
    known = dict.fromkeys(diary.CAUDA_EQUINA_ITEMS, "unchanged")
    assert judged(check(**known), state=KnownState(recent_motor_drop=True)) == []


@pytest.mark.parametrize("answer", ["new", "worse"])
def test_a_swollen_calf_is_urgent(answer: str) -> None:
    [flag] = judged(check(calf_swollen_one_side=answer))
    assert (flag.rule, flag.tier, flag.category) == ("R17", "urgent", "vascular")


@pytest.mark.parametrize("item", ["chest_pain_or_breathless", "cold_or_pale_foot"])
@pytest.mark.parametrize("answer", ["new", "worse"])
def test_chest_or_cold_foot_is_an_emergency(item: str, answer: str) -> None:
    [flag] = judged(check(**{item: answer}))
    assert (flag.rule, flag.tier, flag.items) == ("R17", "emergency", (item,))


def test_a_swollen_calf_with_chest_pain_is_one_emergency_that_names_both() -> None:
    [flag] = judged(check(calf_swollen_one_side="new", chest_pain_or_breathless="new"))
    assert (flag.rule, flag.tier) == ("R17", "emergency")
    assert flag.items == ("calf_swollen_one_side", "chest_pain_or_breathless")


@pytest.mark.parametrize("item", SYSTEMIC)
@pytest.mark.parametrize("answer", ["new", "worse"])
def test_a_systemic_sign_or_injury_is_urgent(item: str, answer: str) -> None:
    [flag] = judged(check(**{item: answer}))
    assert (flag.rule, flag.tier, flag.category) == ("R18", "urgent", "systemic")


@pytest.mark.parametrize("item", SYSTEMIC)
def test_a_systemic_sign_with_a_drop_in_power_is_an_emergency(item: str) -> None:
    [flag] = judged(check(**{item: "new"}), state=KnownState(recent_motor_drop=True))
    assert (flag.rule, flag.tier) == ("R18", "emergency")


def test_a_systemic_sign_with_a_cauda_equina_item_is_an_emergency() -> None:
    flags = judged(check(fever_or_rigors="new", urine_leak="new"))
    assert fired(flags) == [("R01", "emergency"), ("R18", "emergency")]
    assert flags[1].items == ("urine_leak", "fever_or_rigors")


def test_each_check_of_a_push_is_judged_by_itself() -> None:
    flags = judged(
        check(id="check-0002", recent_injury="new"),
        check(id="check-0001", urine_leak="new"),
        check(id="check-0003"),
    )
    assert [(flag.rule, flag.entry) for flag in flags] == [
        ("R01", "check-0001"),
        ("R18", "check-0002"),
    ]


def test_the_same_check_twice_in_one_push_is_one_flag() -> None:
    assert len(judged(check(urine_leak="new"), check(urine_leak="new"))) == 1


@pytest.mark.parametrize(
    "withdrawn_at", ["2026-03-10T09:05:00Z", "2026-03-10T10:05:00+01:00", NOW], ids=str
)
def test_a_withdrawn_check_is_not_judged(withdrawn_at: object) -> None:
    assert judged(check(urine_leak="new", withdrawn_at=withdrawn_at)) == []


@pytest.mark.parametrize(
    "withdrawn_at", [None, "", 0, True, "banana", "2026-03-10T09:05:00", [], {}]
)
def test_only_a_valid_withdrawal_silences(withdrawn_at: object) -> None:
    assert len(judged(check(urine_leak="new", withdrawn_at=withdrawn_at))) == 1


@pytest.mark.parametrize(
    "entry", [None, 7, "short", "x" * 65, "a b c d e f", [], "é" * 9]
)
def test_an_unusable_id_is_none_and_the_flag_still_comes(entry: object) -> None:
    [flag] = judged(check(urine_leak="new", id=entry))
    assert flag.entry is None


def test_an_old_check_that_arrives_late_is_still_judged() -> None:
    late = check(urine_leak="new", recorded_at="2025-11-01T08:00:00Z")
    assert fired(judged(late)) == [("R01", "emergency")]
