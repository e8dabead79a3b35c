"""The profile of the bench times functions by name: they must be where it says."""

from __future__ import annotations

from importlib import import_module

import pytest

from bench.stages import STAGES


@pytest.mark.parametrize(("module", "name"), STAGES)
def test_every_stage_is_there(module: str, name: str) -> None:
    assert callable(getattr(import_module(module), name))
