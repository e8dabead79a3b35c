"""The schema file for app authors, written from the table of columns."""

from __future__ import annotations

from tracker.domain.watermelon import TABLES, Column


def schema_file() -> str:
    """Return the JavaScript that an app author pastes."""
    tables = "".join(_table(name, columns) for name, columns in TABLES.items())
    return (
        "import { appSchema, tableSchema } from '@nozbe/watermelondb'\n\n"
        "// Every column is optional: null is not answered, and 0 is an answer.\n"
        "export const schema = appSchema({\n"
        f"  version: 1,\n  tables: [\n{tables}  ],\n}})\n"
    )


def _table(name: str, columns: tuple[Column, ...]) -> str:
    lines = "".join(
        f"        {{ name: '{each.name}', type: '{each.type}', isOptional: true }},\n"
        for each in columns
    )
    return (
        f"    tableSchema({{\n      name: '{name}',\n"
        f"      columns: [\n{lines}      ],\n    }}),\n"
    )


def column_table() -> str:
    """Return the columns of every table, as the page for app authors shows them."""
    lines = ["| table | column | type | what it holds |", "|---|---|---|---|"]
    for name, columns in TABLES.items():
        lines += [
            f"| `{name}` | `{each.name}` | {each.type} | {_meaning(each)} |"
            for each in columns
        ]
    return "\n".join(lines) + "\n"


def _meaning(column: Column) -> str:
    words = {
        "as it is": "",
        "list": "a list as JSON",
        "instant": "milliseconds since 1970",
        "offset": "minutes ahead of UTC",
    }[column.encoding]
    return words if column.written else f"{words}, read only".removeprefix(", ")
