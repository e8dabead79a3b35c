"""A patient's tables as files: CSV for programs, a workbook for people."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from importlib import import_module
from io import BytesIO, StringIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

from dashboard.selectors.export import Cell, Table


#: A text that begins so is run as a formula by spreadsheets.
#: Source: OWASP, CSV injection.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_files(tables: Iterable[Table]) -> bytes:
    """Return a ZIP of one CSV file for each table: UTF-8, comma, one head line."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for table in tables:
            archive.writestr(f"{table.name}.csv", csv_text(table))
    return packed.getvalue()


def workbook(tables: Iterable[Table]) -> bytes:
    """Return an Excel workbook with a sheet for each table."""
    packed = BytesIO()
    xlsx = import_module("xlsxwriter")
    with xlsx.Workbook(packed, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        for table in tables:
            sheet = book.add_worksheet(table.name)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(table.head) - 1, 16)
            for column, name in enumerate(table.head):
                sheet.write_string(0, column, name, bold)
            for place, row in enumerate(table.rows, start=1):
                for column, cell in enumerate(row):
                    _write(sheet, place, column, cell)
    return packed.getvalue()


def csv_text(table: Table) -> str:
    """Return one table as CSV: comma, one head line, nothing that runs as a formula."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(table.head)
    writer.writerows([_harmless(cell) for cell in row] for row in table.rows)
    return text.getvalue()


def _harmless(cell: Cell) -> Cell:
    """Keep a spreadsheet from running what somebody typed into a diary."""
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return cell


def _write(sheet: object, row: int, column: int, cell: Cell) -> None:
    """Write a cell as what it is; a text is never a formula or a link."""
    if cell is None:
        return
    kinds = {bool: "write_boolean", int: "write_number", float: "write_number"}
    getattr(sheet, kinds.get(type(cell), "write_string"))(row, column, cell)
