"""A bad setting stops the start with a kind sentence, and never shows its value."""

from __future__ import annotations

import pytest

from backend.env import BadSettings, Environment


def test_all_problems_are_told_at_once() -> None:
    env = Environment({"DEBUG": "perhaps", "POOL": "many"})
    env.flag("DEBUG", default=False)
    env.number("POOL", 10)
    env.require("SECRET_KEY", "It signs sessions.", "a-long-text")
    with pytest.raises(BadSettings) as told:
        env.finish()
    text = str(told.value)
    assert "DEBUG is not yes or no" in text
    assert "POOL is not a whole number from 0" in text
    assert "SECRET_KEY is not set. It signs sessions. Example: SECRET_KEY=" in text


@pytest.mark.parametrize(
    ("name", "value"),
    [("POOL", "s3cr3t"), ("POOL", "-1"), ("DATABASE_URL", "mysql://u:s3cr3t@h/d")],
)
def test_no_value_is_shown(name: str, value: str) -> None:
    env = Environment({name: value})
    env.number("POOL", 10)
    env.url("DATABASE_URL", schemes=("postgresql",), example="postgresql://h/d")
    with pytest.raises(BadSettings) as told:
        env.finish()
    assert value not in str(told.value)


@pytest.mark.parametrize("raw", ["secret", "x" * 80, "abcdefg" * 7])
def test_a_secret_that_could_be_guessed_is_refused(raw: str) -> None:
    env = Environment({"SECRET_KEY": raw})
    env.secret("SECRET_KEY")
    with pytest.raises(BadSettings, match="SECRET_KEY is not long enough") as told:
        env.finish()
    assert raw not in str(told.value)


def test_a_long_random_secret_is_taken() -> None:
    raw = "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLM"
    assert Environment({"SECRET_KEY": raw}).secret("SECRET_KEY") == raw


@pytest.mark.parametrize(
    ("raw", "meant"), [("1", True), ("Yes", True), ("off", False), (" no ", False)]
)
def test_a_flag_is_read_in_any_usual_word(raw: str, meant: bool) -> None:
    assert Environment({"X": raw}).flag("X", default=not meant) is meant


def test_an_empty_setting_is_not_set() -> None:
    env = Environment({"X": "  "})
    assert "X" not in env
    assert env.number("X", 7) == 7
    env.finish()


@pytest.mark.parametrize("raw", ["postgresql://h:port/d", "postgresql://", "h:5432/d"])
def test_an_address_that_is_none_is_refused(raw: str) -> None:
    env = Environment({"URL": raw})
    env.url("URL", schemes=("postgresql",), example="postgresql://h/d")
    assert env.problems


def test_a_list_is_written_with_commas() -> None:
    assert Environment({"X": "a, b,,c"}).words("X", []) == ["a", "b", "c"]
