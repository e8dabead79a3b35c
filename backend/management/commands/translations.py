"""Brings the translations of patients' texts and of the pages up to date."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from alerts.channels import message
from alerts.channels.email import ALERT, OPEN, SUBJECT, WAITS
from analytics.domain.rules import CATALOGUE
from backend.management import vocabulary
from backend.management.vocabulary import Text
from tracker.domain import notices, red_flag_rules
from tracker.errors import AppTooOld
from tracker.services.voice import NUMBER


FOLDER: Final = Path(settings.LOCALE_PATHS[0])
PAGES: Final = settings.BASE_DIR / "dashboard" / "locale"
#: A date in the files would make each run differ from the last.
_NEVER: Final = datetime(2026, 1, 1, tzinfo=UTC)
MAIL: Final = (SUBJECT, WAITS, OPEN, ALERT)
HEADERS: Final = {
    FOLDER: "# What patients read in Rootwatch, for a reading age of 9 to 11.\n#",
    PAGES: "# What clinicians read on the pages of Rootwatch, in their own terms.\n#",
}


class Command(BaseCommand):
    help = (
        "Put every text that patients read into backend/locale/*/LC_MESSAGES/django.po, "
        "every text of the pages into dashboard/locale, and compile these. A text that is new or has changed stands there with an "
        "empty msgstr: fill it in and run this again. Needs the development packages."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="Write nothing; fail when something is missing or out of date.",
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        wrong: list[str] = []
        found = [
            po for folder in HEADERS for po in folder.glob("*/LC_MESSAGES/django.po")
        ]
        for po in sorted(found):
            language = po.parent.parent.name
            catalogue = merged(po, language)
            wrong += [
                f"{language}: not translated: {each}" for each in _empty(catalogue)
            ]
            files = {po: as_po(catalogue), po.with_suffix(".mo"): as_mo(catalogue)}
            stale = [file for file, content in files.items() if _differs(file, content)]
            if check:
                wrong += [f"{language}: {file.name} is out of date" for file in stale]
            for file in () if check else stale:
                file.write_bytes(files[file])
                self.stdout.write(f"{language}: wrote {file.name}")
        if wrong:
            raise CommandError("\n".join([*wrong, "Run: manage.py translations"]))


def texts() -> dict[str, list[str]]:
    """Return every text that patients read, in order, with the rules that say it."""
    found: dict[str, list[str]] = {
        NUMBER: ["after a text that sends to emergency care"],
        message.BODY: ["every message outside the app"],
        message.NUDGE: ["the daily reminder"],
        message.SILENCE: ["after two days without an entry, at high risk"],
        **{text: ["every e-mail about an alert"] for text in MAIL},
        **{
            text: [f"notice {notice.code}"]
            for notice in (notices.SEALED, notices.RESYNC)
            for text in (notice.title, notice.text)
        },
    }
    found[AppTooOld.title] = [f"refusal {AppTooOld.code}"]
    said = [
        *((rule.id, rule.wording.title) for rule in red_flag_rules.RULES),
        *((rule.id, rule.wording.text) for rule in red_flag_rules.RULES),
        *((rule.id, rule.title) for rule in CATALOGUE.values()),
        *((rule.id, rule.text) for rule in CATALOGUE.values()),
        *((rule.id, rule.watch.title) for rule in CATALOGUE.values() if rule.watch),
        *((rule.id, rule.watch.text) for rule in CATALOGUE.values() if rule.watch),
    ]
    for rule_id, text in dict.fromkeys(said):
        found.setdefault(text, []).append(rule_id)
    return found


def page_texts() -> dict[Text, list[str]]:
    """Return every text of the pages; what patients read, too, stands there already."""
    said = texts()
    return {
        text: where
        for text, where in vocabulary.page_texts().items()
        if text not in said
    }


def merged(po: Path, language: str) -> Catalog:
    """Return the catalogue with today's texts and the translations of the file."""
    folder = po.parents[2]
    with po.open("rb") as file:
        old = read_po(file, locale=language)
    new = Catalog(
        locale=language,
        header_comment=HEADERS[folder],
        project="Rootwatch",
        creation_date=_NEVER,
        revision_date=_NEVER,
        fuzzy=False,
    )
    wanted: dict[Any, list[str]] = {**(texts() if folder == FOLDER else page_texts())}
    for text, places in wanted.items():
        known = old.get(text)
        new.add(text, known.string if known else "", auto_comments=[", ".join(places)])
    return new


def as_po(catalogue: Catalog) -> bytes:
    """Return the file that translators read."""
    file = BytesIO()
    write_po(file, catalogue, width=88)
    return file.getvalue()


def as_mo(catalogue: Catalog) -> bytes:
    """Return the file that the server reads."""
    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def _empty(catalogue: Catalog) -> list[str]:
    """Return the texts without a translation, or with half of one."""
    return [
        str(each.id)
        for each in catalogue
        if not each.string or not all(each.string) or each.fuzzy
    ]


def _differs(file: Path, content: bytes) -> bool:
    return not file.exists() or file.read_bytes() != content
