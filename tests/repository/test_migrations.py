"""A migration must work in ten years, so it imports nothing that we may change."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.repository.conftest import APPS


def test_migrations_import_no_code_of_ours(files: list[Path]) -> None:
    for path in (p for p in files if p.parent.name == "migrations"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            for name in names:
                assert name.partition(".")[0] not in APPS, f"{path} imports {name}"
