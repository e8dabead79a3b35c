"""The page for app authors shows the very files that the tests run."""

from __future__ import annotations

import re

from tests.integration.clients.node import ROOT
from tests.integration.clients.watermelon_schema import column_table, schema_file


PAGE = ROOT / "docs" / "sync-watermelon.md"
BLOCK = re.compile(r"<!-- file: (\S+) -->\n```js\n(.*?)```\n", re.DOTALL)
FOLDER = "tests/clients/watermelon/"


def test_every_block_of_code_is_a_file_that_is_run() -> None:
    blocks = dict(BLOCK.findall(PAGE.read_text()))
    names = ("schema.js", "models.js", "sync.js", "resend.js")
    assert set(blocks) == {FOLDER + name for name in names}
    assert PAGE.read_text().count("```js") == len(blocks)
    for name, code in blocks.items():
        assert (ROOT / name).read_text() == code
    phones = (ROOT / FOLDER / "phones.mjs").read_text()
    assert all(f"'./{name}'" in phones for name in names)


def test_the_columns_are_those_of_the_server() -> None:
    assert column_table() in PAGE.read_text()
    assert (ROOT / FOLDER / "schema.js").read_text() == schema_file()
