"""No page says anything that cannot be translated."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from backend.management.vocabulary import page_texts, templates


#: What is the same in every language.
SAME = {"Rootwatch", "UTC", "API"}
#: What a browser reads out or shows of an element.
SHOWN = ("aria-label", "placeholder", "title", "alt", "data-label")
SAID = re.compile(
    r"\{%\s*blocktranslate.*?\{%\s*endblocktranslate\s*%\}|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}",
    re.DOTALL,
)
BLOCKS_OF_CLASSES = re.compile(r"\{% block body_(?:class|data) %\}.*?\{% endblock %\}")
DEFAULTS = re.compile(r"\|default:\"([^\"]*[A-Za-z]{2}[^\"]*)\"")
DATES = re.compile(r"\|date:[\"']([^\"']*)[\"']")
#: Forms of dates that programs read, or that are the same in all our languages.
PLAIN_DATES = {"c", "Y-m-d", r"Y-m-d\TH:i", "H:i", "H:i:s", "F Y"}


class Bare(HTMLParser):
    """Collects what would be read with no translation."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent = self.silent or tag in ("script", "style")
        for name, value in attrs:
            if name in SHOWN:
                self.hear(value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self.silent = False

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.hear(data)

    def hear(self, text: str) -> None:
        """Keep what has two letters or more in a row."""
        for words in re.findall(r"[^\W\d_]{2}[^<>]*", text):
            if words.strip() not in SAME:
                self.found.append(words.strip())


def bare_texts(source: str) -> list[str]:
    parser = Bare()
    parser.feed(SAID.sub("", BLOCKS_OF_CLASSES.sub("", source)))
    dates = [form for form in DATES.findall(source) if form not in PLAIN_DATES]
    return [*parser.found, *DEFAULTS.findall(source), *dates]


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.stem)
def test_every_text_of_a_template_can_be_translated(path: Path) -> None:
    assert not bare_texts(path.read_text())


@pytest.mark.parametrize(
    "source",
    [
        "<p>Waiting {{ span }}</p>",
        '<nav aria-label="Pages">{{ x }}</nav>',
        '{{ team|default:"no team" }}',
        '{{ day|date:"j M Y" }}',
        "<p>{% if a %}told{% endif %}</p>",
    ],
)
def test_what_cannot_is_found(source: str) -> None:
    assert bare_texts(source)


def test_the_collector_sees_every_kind_of_text() -> None:
    found = page_texts()
    for text in (
        "Skip to the content",  # {% translate %}
        "Evidence: rule %(rule)s of %(day)s",  # {% blocktranslate %}
        "no team yet",  # an argument of a filter
        ("%s gap.", "%s gaps."),  # ngettext
        "The examination is saved.",  # gettext_lazy
        "big toe",  # a code
        "An appointment is booked",  # a label of a domain
    ):
        assert text in found
