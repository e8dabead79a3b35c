"""`manage.py diary_types`: the field table of the diary as TypeScript."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracker.domain.diary import (
    COLLECTIONS,
    LEGS,
    RED_FLAG_ANSWERS,
    REGIONS,
    SIDES,
    TESTS,
    Collection,
    Field,
)
from tracker.services.sync.readonly import readers


#: Where the client keeps what this command prints.
TARGET: Final = Path("clients/typescript/src/records.ts")

_SIMPLE: Final = {
    "int": "number",
    "float": "number",
    "bool": "boolean",
    "text": "string",
    "date": "string",
    "texts": "string[]",
}
#: Answers that more than one field, or the app's own code, has a word for.
_NAMED: Final = {
    SIDES: "Side",
    LEGS: "Leg",
    TESTS: "SelfTest",
    REGIONS: "Region",
    RED_FLAG_ANSWERS: "RedFlagAnswer",
}
_COMMON: Final = ("recorded_at", "note", "withdrawn_at")
_HEAD: Final = """\
/** The records of the diary. Printed by `manage.py diary_types`; do not edit. */

/** What every record has; `null` is "not answered" and 0 is an answer. */
export interface DiaryRecord {
  /** RFC 3339 with the offset of the place where the patient is. */
  recorded_at: string;
  note: string | null;
  /** When the patient took the entry back. */
  withdrawn_at: string | null;
}
"""


class Command(BaseCommand):
    help = "Write the records of the diary as TypeScript, for clients/typescript."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="only say whether the file is current"
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        target = settings.BASE_DIR / TARGET
        text = typescript()
        if check:
            if not target.exists() or target.read_text() != text:
                raise CommandError(f"{TARGET} is stale: run `manage.py diary_types`.")
            return
        target.write_text(text)
        self.stdout.write(f"{TARGET} written.")


def typescript() -> str:
    """Return the module `records.ts`."""
    return "\n".join((_HEAD, *_answers(), *_interfaces(), *_tables()))


def _answers() -> Iterator[str]:
    for choices, name in _NAMED.items():
        yield f"export type {name} ="
        yield from (f'  | "{choice}"' for choice in choices[:-1])
        yield f'  | "{choices[-1]}";\n'


def _interfaces() -> Iterator[str]:
    for collection in COLLECTIONS.values():
        yield f"export interface {_type_name(collection)} extends DiaryRecord {{"
        for field in collection.fields:
            yield f"{_bounds(field)}  {field.name}: {_type(field)} | null;"
        yield "}\n"


def _tables() -> Iterator[str]:
    yield "/** The collections that a phone writes, with their records. */"
    yield "export interface Collections {"
    for collection in COLLECTIONS.values():
        yield f"  {collection.name}: {_type_name(collection)};"
    yield "}\n"
    yield "export type CollectionName = keyof Collections;\n"
    yield "export const COLLECTIONS = ["
    yield from (f'  "{name}",' for name in COLLECTIONS)
    yield "] as const satisfies CollectionName[];\n"
    yield "/** The collections that a phone only reads. */"
    names = " | ".join(f'"{name}"' for name in sorted(readers()))
    yield f"export type ReadOnlyName = {names};\n"
    yield "/** The fields that a phone writes, next to `id`. */"
    yield "export const CLIENT_FIELDS: Record<CollectionName, readonly string[]> = {"
    for collection in COLLECTIONS.values():
        yield f"  {collection.name}: ["
        yield from (f'    "{name}",' for name in (*_COMMON, *collection.field_names))
        yield "  ],"
    yield "};\n"


def _type_name(collection: Collection) -> str:
    words = collection.name.removesuffix("s").split("_")
    return "".join(word.title() for word in words)


def _type(field: Field) -> str:
    if field.kind not in ("choice", "choices"):
        return _SIMPLE[field.kind]
    named = _NAMED.get(field.choices)
    choices = named or " | ".join(f'"{choice}"' for choice in field.choices)
    if field.kind == "choice":
        return choices
    return f"{named}[]" if named else f"({choices})[]"


def _bounds(field: Field) -> str:
    return "" if field.low is None else f"  /** {field.low} to {field.high}. */\n"
