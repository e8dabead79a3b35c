"""Every text that a page translates: of its templates, of Python, and of the codes.

Some texts reach a page as data: the name of a code, the label of a choice, a sentence
of a rule. They stand here by where they come from, so that a new code is missing in the
catalogues at once and not in English on a page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from babel.messages.extract import extract_from_dir, extract_from_file
from django.conf import settings
from django.template import engines
from django.template.base import Node
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

from alerts import errors as alert_errors
from alerts.domain import notes, outcomes, patient_answers, snoozing, targets
from alerts.models import Alert
from analytics.domain import hints, overrides
from analytics.domain.rules import CATALOGUE
from analytics.models import CATEGORIES, TIERS
from dashboard import errors as page_errors
from dashboard.charts import figures as figure_charts
from dashboard.domain import exam, figures, sentences, words
from dashboard.selectors import figures as figure_numbers
from dashboard.selectors import on_call, patient, timeline
from tracker.domain import accepted, diary, red_flag_rules
from tracker.domain import words as clinical_words
from tracker.domain.roles import STAFF_ROLES
from tracker.errors import (
    ClinicNotActive,
    Conflict,
    DomainError,
    InvalidInput,
    NotAClinician,
    NotFound,
)
from tracker.models import (
    Episode,
    Imaging,
    Neurophysiology,
    Outcome,
    Treatment,
    clinical,
)


#: A text, and the texts of more than one, if it counts.
Text = str | tuple[str, ...]

_TEMPLATES: Final = ("dashboard", "backend")
_KEYWORDS: Final[dict[str, Any]] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
}
_ARGUMENT: Final = re.compile(r'_\("([^"]+)"\)')
#: Numbers that the evidence of a flag names.
_NUMBERS: Final = (
    "recent usual beside missed power lost weight severity items pain_inhibited count"
)


def page_texts() -> dict[Text, list[str]]:
    """Return each text with where it stands, in order."""
    found: dict[Text, list[str]] = {}
    for text, where in (*_of_templates(), *_of_python(), *_of_codes()):
        if text:
            places = found.setdefault(text, [])
            if where not in places:
                places.append(where)
    return found


def templates() -> list[Path]:
    """Return every template of the pages."""
    folders = [settings.BASE_DIR / app / "templates" for app in _TEMPLATES]
    found = [path for folder in folders for path in sorted(folder.rglob("*.*"))]
    return [path for path in found if path.suffix in (".html", ".svg")]


def _of_templates() -> Iterator[tuple[Text, str]]:
    for path in templates():
        source = path.read_text()
        template: Any = engines["django"].from_string(source)
        for kind in (TranslateNode, BlockTranslateNode):
            for node in template.template.nodelist.get_nodes_by_type(kind):
                yield _text_of(node), path.name
        for text in _ARGUMENT.findall(source):
            yield text, path.name


def _text_of(node: Node) -> Text:
    if isinstance(node, TranslateNode):
        return str(node.filter_expression.var.literal).replace("%", "%%")
    assert isinstance(node, BlockTranslateNode)  # noqa: S101
    one, _ = node.render_token_list(node.singular)
    if not node.plural:
        return str(one)
    return str(one), str(node.render_token_list(node.plural)[0])


def _of_python() -> Iterator[tuple[Text, str]]:
    folder = str(settings.BASE_DIR / "dashboard")
    for name, _, text, *_more in extract_from_dir(
        folder, method_map=[("**.py", "python")], keywords=_KEYWORDS
    ):
        yield text, Path(name).name
    errors = settings.BASE_DIR / "backend" / "errors.py"
    for _, text, *_more in extract_from_file("python", str(errors), _KEYWORDS):
        yield text, errors.name


def _of_codes() -> Iterator[tuple[str, str]]:
    for where, tell in _SOURCES.items():
        yield from ((text, where) for text in tell())


def _plain(codes: Iterable[str]) -> list[str]:
    return [code.replace("_", " ") for code in codes]


def _of_diary() -> Iterator[str]:
    fields = [field for each in diary.COLLECTIONS.values() for field in each.fields]
    yield from _plain(code for field in fields for code in field.choices)
    yield from (f"{side} leg" for side in diary.LEGS)
    yield from clinical_words.TEST_NAMES.values()
    yield from clinical_words.RED_FLAG_WORDS.values()
    yield from _plain(diary.RED_FLAG_ITEMS)
    yield from words.COLLECTION_NAMES.values()
    yield "D j M"  # a day, as PHP writes its form
    yield from words.DAY_WORDS.values()
    yield from (text for pair in words.DAY_YES_NO.values() for text in pair)
    yield from (accepted.signal_name(signal) for signal in accepted.SIGNALS)


def _of_record() -> Iterator[str]:
    labelled = (clinical.SIDES, clinical.LEVELS, Episode.CAUSES, Imaging.KINDS)
    more = (Neurophysiology.KINDS, Treatment.KINDS, Outcome.KINDS)
    for choices in (*labelled, *more):
        yield from (str(label) for _, label in choices if not _is_level(str(label)))
    yield from exam.MOVEMENTS.values()
    yield from exam.REFLEXES.values()
    yield from _plain(exam.REFLEXES)
    yield from (text for grades in exam.GRADES.values() for text in grades.values())
    yield from (*exam.TITLES.values(), *patient.EXAM_NAMES.values())


def _is_level(label: str) -> bool:
    return "/" in label


def _of_alerts() -> Iterator[str]:
    yield from _plain(tier for tier, _ in TIERS)
    yield from _plain(targets.ALERTING)
    yield from _plain(category for category, _ in CATEGORIES)
    yield from _plain(state for state, _ in Alert.STATES)
    yield from (outcome.label for outcome in outcomes.OUTCOMES)
    yield from _plain(outcome.code for outcome in outcomes.OUTCOMES)
    yield from (reason.label for reason in snoozing.REASONS)
    yield from notes.KINDS.values()
    said = patient_answers.WORDS.values()
    yield from (f"The patient {text}." for text in said if text)
    yield from (*timeline.MOVES.values(), *on_call.WHOM.values())


def _of_rules() -> Iterator[str]:
    for rule in CATALOGUE.values():
        yield from (rule.clinician_text, rule.caveat)
        if rule.watch:
            yield rule.watch.clinician_text
        yield from (setting.label for setting in overrides.settings_of(rule))
    for flag_rule in red_flag_rules.RULES:
        yield flag_rule.wording.clinician_text
    for pattern in hints.PATTERNS:
        yield from (pattern.title, pattern.advice)
        yield from (sign.text for sign in pattern.signs)


def _of_sentences() -> Iterator[str]:
    yield from (*sentences.REASONS, *sentences.PARTS, *sentences.REFUSALS)
    yield from ("left leg", "right leg", "back", "foot slaps", "foot slap")
    yield from _plain(_NUMBERS.split())


def _of_figures() -> Iterator[str]:
    yield from figure_numbers.INTERVALS.values()
    yield from (name for name, *_ in figures.MONTHS)
    yield from figure_charts.BECAME.values()


def _of_errors() -> Iterator[str]:
    known = [
        each for module in (alert_errors, page_errors) for each in vars(module).values()
    ]
    shown = (ClinicNotActive, Conflict, InvalidInput, NotAClinician, NotFound)
    for error in (*shown, *known):
        if isinstance(error, type) and issubclass(error, DomainError):
            yield error.title


_SOURCES: Final[dict[str, Callable[[], Iterable[str]]]] = {
    "diary": _of_diary,
    "record": _of_record,
    "alerts": _of_alerts,
    "rules": _of_rules,
    "sentences": _of_sentences,
    "figures": _of_figures,
    "roles": lambda: STAFF_ROLES,
    "errors": _of_errors,
}
