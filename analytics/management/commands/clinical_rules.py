"""Writes docs/clinical-rules.md from the rules themselves, so that it cannot be wrong."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand

from analytics.domain import (
    care_thresholds,
    hints,
    pipeline,
    response,
    rules,
    thresholds,
)
from analytics.domain.rule import ANALYSIS
from analytics.services import red_flags
from tracker.domain import (
    circumstances,
    earlier_checks,
    power_tests,
    raw_records,
    red_flag_rules,
    saddle,
    untested,
)
from tracker.domain.red_flag_rule_set import rule_set


LABELS: Final = re.compile(r"\b(Unit|Source|Caveat): ")
PAGE: Final = Path("docs") / "clinical-rules.md"

HEAD: Final = """\
# Clinical rules

Printed by `manage.py clinical_rules` from the code; do not edit. A test fails when it
is stale. The keys of the sources (W3, M19, C4, A) are spelled out in
[clinical-evidence.md](clinical-evidence.md), and so are the section numbers.

**No number on this page is clinically validated.** A clinical safety officer has to
sign off each of them before the rules are used on patients.

There are two kinds of rules. **Red flags** are judged inside the sync request, from the
pushed records and what is known of the patient's power. They are published as data at
`GET /api/v1/rules`. **Trend rules** are found by the analysis, minutes later or at
night, against the patient's own baseline.

An administrator of a clinic can switch a trend rule off, choose its numbers within the
limits below, and let an episode span 1 to 28 days (`/api/v1/clinics/ID/rules`); the
operator can do it for all clinics (`manage.py override_rule`). Each choice is kept with
its reason, each flag keeps the choices in force, and `manage.py explain` replays it
with them. A rule that either has switched off is off; of two numbers the clinic's
counts. A back-test (`manage.py backtest --rules FILE`) reads the same changes, and may
try more than a clinic may choose.

**Red flags and emergency rules can be neither switched off nor changed**, so every
phone holds the same ones. R06 and R07 decide whether a red flag beside them is an
emergency (R18): a clinic cannot switch them off and can only make them more sensitive.
"""

#: What the rules over self-tests compare, in words; the code is `motor_danger`.
MEASURES: Final = {
    "confirmed_drop_on_both_sides": (
        "a confirmed drop of at least `drop_steps` in each leg, at most "
        "`both_sides_within_days` apart; where the patient also reports that both legs "
        "are affected, or lately walks `walking_share` of the usual minutes or less, "
        "no drop need be confirmed; and where both legs are affected by the patient's "
        "word, a leg without a baseline that is `severe_drop_steps` below the best score, "
        "unknown to the clinic, counts as dropped"
    ),
    "confirmed_severe_drop": (
        "a severe drop of one self-test of one leg, not older than `new_within_days`, "
        "confirmed: by a second low result within `sitting_minutes`, by the report "
        "before or after it, or by a new foot slap. Severe is `severe_drop_steps` below "
        "the baseline, or `no_movement_score` from a baseline of at least "
        "`no_movement_minimum_baseline`. Without a baseline it is no movement, or "
        "`severe_side_difference_steps` below the other leg, unless a clinician has "
        "recorded the weakness. It is new only when it is lower than all but one of "
        "the last `older_scores` results before the last `new_within_days` (counted "
        "as `usual_low_place` from the lowest), or `severe_drop_steps` below each of "
        "the last `recovered_scores` of those. A foot slap is new unless there were "
        "`foot_slap_known_days` days with one before the last `new_within_days`, of the "
        "last `days_kept`. Where it is less than "
        "`severe_drop_steps` below the median of those results (at least "
        "`usual_minimum_scores`) and some movement is left, it came step by step, and "
        "`stepwise_reports` reports within `new_within_days` must show it"
    ),
    "unconfirmed_severe_drop": (
        "a severe drop as above, new or not, as long as nothing confirms it as new"
    ),
    "severe_weakness_with_one_leg_tested": (
        "without a baseline, a self-test `severe_drop_steps` below the best score, "
        "confirmed as above, while the other leg is not tested and no clinician has "
        "recorded the weakness"
    ),
    "test_left_out_as_unsafe": (
        "a self-test whose baseline is at least `unsafe_minimum_baseline` has no score "
        "because it was not safe, twice, at least `unsafe_apart_hours` and at most "
        "`new_within_days` apart, without a score since the first of the two"
    ),
    "foot_slap_without_heel_walk": (
        "a day log tells of a foot slap, none did in the `new_within_days` before, it is "
        "not long known (as above), and no heel walk of either leg was reported from "
        "`slap_tested_within_hours` before it on"
    ),
    "saddle_numb_without_check": (
        "an area of the saddle (inner thigh, inner buttock, perineum, genitals, around "
        "the anus) is numb on the body map, not older than `new_within_days` and of no "
        "intensity 0, and no safety check that answers the two questions about "
        "numbness there was made since, or in the `asked_within_hours` before"
    ),
    "saddle_numb_check_left_open": (
        "the same, and a safety check since, or in the `asked_within_hours` before, "
        "left one of the two questions open"
    ),
    "open_or_confirmed_drop": (
        "an open finding of the clinic, or one of the last `new_within_days` days "
        "whatever became of it (R04 to R07), says that power has dropped, or a "
        "drop is confirmed in the reports at hand"
    ),
    "opioid_not_taken_before": (
        "the day logs name an opioid in the last `opioid_new_days`, and none in the "
        "days before that, as far as `days_kept` reach"
    ),
    "within_days_of_procedure": (
        "the check lies within `after_operation_days` of an operation, or "
        "`after_injection_days` of an epidural steroid injection, that the clinic has "
        "recorded as a treatment"
    ),
    "drop_after_procedure": (
        "in that window, a self-test `severe_drop_steps` below its last result before "
        "the procedure (or its baseline, if that is lower), confirmed or not; or "
        "`drop_steps` below it with a second low result"
    ),
}

#: Which functions hold the trend rules; the words above each rule are the code's own.
HOLDS: Final = {
    "R06": "analytics/domain/motor.py (progressive)",
    "R07": "analytics/domain/sensory.py (relief_trap)",
    "R08": "analytics/domain/sensory.py (spread, rising)",
    "R09": "analytics/domain/function.py (unsteady)",
    "R10": "analytics/domain/pain.py (flare)",
    "R11": "analytics/domain/pain.py (sustained)",
    "R12": "analytics/domain/review.py (crisis)",
    "R13": "analytics/domain/review.py (not_improving)",
    "R14": "analytics/domain/silence.py (silent)",
    "R15": "analytics/domain/silence.py (silent)",
    "R16": "analytics/domain/function.py (shorter_walks)",
    "R21": "analytics/domain/review.py (improving)",
    "R22": "analytics/domain/trust.py (doubtful)",
}

NUMBERS: Final[tuple[tuple[str, ModuleType], ...]] = (
    ("Self-tests and their baseline", power_tests),
    ("Safety checks", red_flag_rules),
    ("Numbness of the saddle", saddle),
    ("Self-tests that are not done", untested),
    ("Safety checks of earlier pushes", earlier_checks),
    ("Procedures, medicines and walking", circumstances),
    ("Reading a record", raw_records),
    ("Deadlines of red flags", red_flags),
    ("Trends", thresholds),
    ("Function, care and trust", care_thresholds),
    ("What a clinic may change", rules),
    ("Reach of the analysis", pipeline),
    ("Response to treatment", response),
    ("Hints at look-alikes and causes", hints),
)


@dataclass(frozen=True, kw_only=True)
class Number:
    """One clinical number with the comment that stands above it in the code."""

    name: str
    value: str
    meaning: str
    papers: Mapping[str, str] = field(default_factory=dict)


def numbers(module: ModuleType) -> Iterator[Number]:
    """Yield the constants of a module whose comment names a unit and a source."""
    source = inspect.getsource(module)
    lines = source.splitlines()
    for node in ast.parse(source).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        meaning, papers = _read_comment(_comment_above(lines, node.lineno - 1))
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
        if "Unit" in papers and isinstance(target, ast.Name):
            value = _plain(getattr(module, target.id))
            yield Number(name=target.id, value=value, meaning=meaning, papers=papers)


def page() -> str:
    """Return the page."""
    return (
        "\n".join(
            [HEAD, *_red_flags(), *_trends(), *_not_evaluated(), *_numbers()]
        ).rstrip()
        + "\n"
    )


def _comment_above(lines: list[str], end: int) -> list[str]:
    start = end
    while start and lines[start - 1].startswith("#:"):
        start -= 1
    return [line.removeprefix("#:").strip() for line in lines[start:end]]


def _read_comment(comment: list[str]) -> tuple[str, dict[str, str]]:
    """Return the meaning, and what follows Unit, Source and Caveat."""
    meaning, *rest = LABELS.split(" ".join(comment))
    papers = {
        label: text.strip() for label, text in zip(*[iter(rest)] * 2, strict=True)
    }
    return meaning.strip(), papers


def _plain(value: object) -> str:
    """Return a value as a reader says it."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_plain(each)}" for name, each in value.items())
    if isinstance(value, timedelta):
        hours = value / timedelta(hours=1)
        return f"{hours:g} h" if hours < 48 else f"{hours / 24:g} days"
    return str(value.date() if isinstance(value, datetime) else value)


def _red_flags() -> Iterator[str]:
    published = rule_set()
    yield "## Red flags\n"
    yield f"Version {published['version']}, digest `{published['digest']}`.\n"
    yield from _reading(published)
    found: Any = published["rules"]
    for rule in found:
        yield from _red_flag(rule)


def _reading(published: Mapping[str, Any]) -> Iterator[str]:
    reading = published["reading"]
    yield (
        "An answer is one of "
        + ", ".join(f"`{answer}`" for answer in reading["answers"])
        + f"; null, missing or unreadable counts as "
        f"`{reading['when_null_missing_or_unreadable']}`. `new` and `worse` are "
        "positive. Of several rules with one id speaks: "
        f"{reading['rules_of_one_id']}.\n"
    )
    for name, fact in published["facts"].items():
        yield f"The fact `{name}`: {MEASURES[fact['measure']]}.\n"


def _red_flag(rule: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {rule['id']} ({rule['tier']}): {rule['title']}\n"
    yield (
        f"version {rule['version']} · category {rule['category']} · patient: "
        f"**{rule['tier']}** · clinician: **{rule['clinician_tier']}** · "
        + ("can be switched off" if rule["kill_switch"] else "cannot be switched off")
        + f" · judged from `{rule['collection']}`\n"
    )
    yield "Holds when:\n"
    yield from _condition(rule["when"], 0)
    yield ""
    yield from _words(rule["text"], rule["clinician_text"], rule["sources"])


def _condition(when: Mapping[str, Any], depth: int) -> Iterator[str]:
    """Yield a published condition as a nested list."""
    indent = "  " * depth
    groups = {"all_of": "all of", "any_of": "any of", "none_of": "none of"}
    if "measure" in when:
        yield f"{indent}- {MEASURES[when['measure']]}"
    elif "fact" in when:
        yield f"{indent}- the fact `{when['fact']}` is known"
    elif "items" in when:
        items = ", ".join(f"`{item}`" for item in when["items"])
        answers = " or ".join(f"`{answer}`" for answer in when["answers"])
        yield f"{indent}- at least {when['at_least']} answered {answers}: {items}"
    else:
        (key, parts), *_ = when.items()
        yield f"{indent}- {groups[key]}:"
        for part in parts:
            yield from _condition(part, depth + 1)


def _words(text: str, clinician_text: str, sources: Any) -> Iterator[str]:
    yield f"Patient: “{text}”\n"
    yield f"Clinician: “{clinician_text}”\n"
    yield "Sources: " + "; ".join(sources) + ".\n"


def _trends() -> Iterator[str]:
    yield "## Trend rules\n"
    for rule in rules.CATALOGUE.values():
        if rule.judged != ANALYSIS:
            continue
        yield f"### {rule.id} ({rule.tier}): {rule.title}\n"
        hours = rule.examine_within_hours
        yield (
            f"version {rule.version} · category {rule.category} · "
            + (f"examine within {hours} h" if hours else "no deadline of its own")
            + f" · one episode spans {rule.refractory_days} days; within it the rule "
            + f"speaks: first, then {rule.speaks_again} · "
            + ("can be switched off" if rule.kill_switch else "cannot be switched off")
            + f" · code: `{HOLDS[rule.id]}`\n"
        )
        yield "| parameter | what it is | value | a clinic may choose | a back-test may try |"
        yield "|---|---|---|---|---|"
        for name, value in rule.parameters.items():
            clinic, test = rule.clinic_limits(name), rule.limits[name]
            cells = (rule.labels[name], _plain(value), _span(clinic), _span(test))
            yield f"| `{name}` | {' | '.join(cells)} |"
        yield f"\nFalse alarms: {rule.caveat}.\n"
        yield from _words(rule.text, rule.clinician_text, rule.sources)
        if rule.watch:
            yield "For the visit list (`watch`) it says instead:\n"
            yield from _words(rule.watch.text, rule.watch.clinician_text, rule.sources)


def _span(limits: tuple[float, float]) -> str:
    return "{:g} to {:g}".format(*limits)


def _not_evaluated() -> Iterator[str]:
    yield "## What is not evaluated\n"
    for rule_ids, reason in rules.NOT_EVALUATED.items():
        yield f"* **{rule_ids}**: {reason}."
    yield ""


def _numbers() -> Iterator[str]:
    yield "## Every number\n"
    for title, module in NUMBERS:
        where = module.__name__.replace(".", "/")
        yield f"### {title}: `{where}.py`\n"
        yield "| number | value | unit | meaning | source | caveat |"
        yield "|---|---|---|---|---|---|"
        for number in numbers(module):
            yield _row(number)
        yield ""


def _row(number: Number) -> str:
    cells = [
        f"`{number.name}`",
        number.value,
        *(
            number.papers.get("Unit", "").rstrip("."),
            number.meaning,
            number.papers.get("Source", ""),
            number.papers.get("Caveat", ""),
        ),
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


class Command(BaseCommand):
    help = "Write docs/clinical-rules.md from the rules and their numbers."

    def handle(self, **options: object) -> None:
        """Write the page."""
        path = Path(settings.BASE_DIR) / PAGE
        path.write_text(page(), encoding="utf-8")
        self.stdout.write(str(PAGE))
