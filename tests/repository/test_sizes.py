"""Modules and functions stay small enough to be read in one go."""

from __future__ import annotations

import ast
from pathlib import Path


#: Unit: lines.
MODULE_LIMIT = 400
FUNCTION_LIMIT = 50


def test_no_module_is_too_long(modules: list[Path]) -> None:
    lengths = {str(path): len(path.read_text().splitlines()) for path in modules}
    assert not {path: n for path, n in lengths.items() if n > MODULE_LIMIT}


def test_no_function_is_too_long(modules: list[Path]) -> None:
    too_long = [
        f"{path}:{node.lineno} {node.name}"
        for path in modules
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LIMIT
    ]
    assert not too_long


def test_every_module_says_in_its_first_sentence_what_it_is(
    modules: list[Path],
) -> None:
    silent = [
        str(path)
        for path in modules
        if path.read_text().strip()
        and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert not silent
