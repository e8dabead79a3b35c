"""Patients read in their own language, and every text stands in every language."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import CommandError, call_command

from backend.management.commands import translations
from tracker.domain.red_flag_texts import EMERGENCY_ENDING, WORSE_ENDING
from tracker.services.voice import Voice, spoken


LANGUAGES = [code for code, _ in settings.LANGUAGES if code != "en"]
SENTENCES = re.compile(r"(?<=[.!?:])\s+")


def translated(language: str) -> Iterator[tuple[str, str]]:
    po = settings.LOCALE_PATHS[0] / language / "LC_MESSAGES" / "django.po"
    with po.open("rb") as file:
        for message in read_po(file, locale=language):
            if message.id:
                yield str(message.id), str(message.string)


def test_every_text_is_translated_and_compiled() -> None:
    call_command("translations", check=True)


def test_a_text_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    known = translations.texts()
    monkeypatch.setattr(translations, "texts", lambda: {**known, "New.": ["R99"]})
    with pytest.raises(CommandError, match=r"de: not translated: New\."):
        call_command("translations", check=True)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "ending", [EMERGENCY_ENDING, WORSE_ENDING], ids=["now", "worse"]
)
def test_a_promise_at_the_end_is_the_same_in_every_text(
    language: str, ending: str
) -> None:
    """What the English texts share at their end, the translations share too."""
    said = [text for source, text in translated(language) if source.endswith(ending)]
    assert len(said) > 2
    count = len(SENTENCES.split(ending))
    ends = {tuple(SENTENCES.split(text)[-count:]) for text in said}
    assert len(ends) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_kept(language: str) -> None:
    digits = re.compile(r"\d+")
    for source, text in translated(language):
        assert digits.findall(source) == digits.findall(text), source


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_short(language: str) -> None:
    for source, text in translated(language):
        words = [len(sentence.split()) for sentence in SENTENCES.split(text)]
        assert max(words) <= 30, text
        assert sum(words) / len(words) <= 16, text
        assert text != source


@pytest.mark.parametrize(
    ("tag", "language"),
    [("de", "de"), ("de-AT", "de"), ("es-419", "es"), ("fr", "en"), ("", "en"), ("x" * 600, "en")],
    ids=["de", "Austria", "Latin America", "no catalogue", "nothing", "nonsense"],
)  # fmt: skip
def test_the_nearest_language_is_spoken(tag: str, language: str) -> None:
    assert spoken(tag) == language


def test_a_text_that_sends_to_emergency_care_names_the_number() -> None:
    voice = Voice("de-AT", "144")
    assert voice.say(f"An unknown text. {EMERGENCY_ENDING}").endswith(" Notruf: 144.")
    assert voice.say("A pain flare") == "Ein Schmerzschub"
    assert Voice("de").say(EMERGENCY_ENDING) == EMERGENCY_ENDING  # not a text by itself
