"""Typed readers of the environment: all problems are collected, then told kindly."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit


T = TypeVar("T")

TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"0", "false", "no", "off"}

#: A secret that signs must not be guessed; Django's deployment check asks for as much.
SECRET_LENGTH = 50
SECRET_DIFFERENT = 5


class BadSettings(Exception):
    """The environment does not describe a server; the text says all that is wrong."""


@dataclass
class Environment:
    """Reads settings by name; `finish` stops the start when any of them was bad.

    No message holds a value, because a value may be a secret.
    """

    values: Mapping[str, str]
    problems: list[str] = field(default_factory=list)

    def __contains__(self, name: str) -> bool:
        return bool(self.values.get(name, "").strip())

    def read(
        self, name: str, default: T, parse: Callable[[str], T], expected: str
    ) -> T:
        """Return the parsed value of `name`, or the default when it is not set."""
        raw = self.values.get(name, "").strip()
        if not raw:
            return default
        try:
            return parse(raw)
        except ValueError:
            self.problems.append(f"{name} is not {expected}.")
            return default

    def text(self, name: str, default: str = "") -> str:
        """Return a text."""
        return self.values.get(name, "").strip() or default

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a yes or no."""
        return self.read(name, default, _flag, "yes or no. Example: " + name + "=yes")

    def number(
        self, name: str, default: int, *, least: int = 0, most: int = 2**31
    ) -> int:
        """Return a whole number within its range."""
        expected = f"a whole number from {least} to {most}. Example: {name}={default}"
        return self.read(name, default, lambda raw: _number(raw, least, most), expected)

    def words(self, name: str, default: list[str]) -> list[str]:
        """Return a list written with commas."""
        return self.read(name, default, _words, f"a list. Example: {name}=one,two")

    def rate(self, name: str, default: str) -> str:
        """Return how often something may be done, such as 60/min."""
        expected = f"a number for each second, min, hour or day. Example: {name}=60/min"
        return self.read(name, default, _rate, expected)

    def choice(self, name: str, default: str, known: tuple[str, ...]) -> str:
        """Return one of the known words, in capitals."""
        expected = f"one of {', '.join(known)}. Example: {name}={default}"
        return self.read(name, default, lambda raw: _choice(raw, known), expected)

    def url(self, name: str, *, schemes: tuple[str, ...], example: str) -> str:
        """Return an address with one of the schemes and a host, or an empty text."""
        expected = f"an address of the expected kind. Example: {name}={example}"
        return self.read(name, "", lambda raw: _url(raw, schemes), expected)

    def secret(self, name: str) -> str:
        """Return a secret that is long enough to sign with, or an empty text."""
        expected = f"long enough: it needs {SECRET_LENGTH} random characters or more"
        return self.read(name, "", _secret, expected)

    def require(self, name: str, why: str, example: str) -> None:
        """Note a problem when `name` is not set."""
        if name not in self:
            self.problems.append(f"{name} is not set. {why} Example: {name}={example}")

    def refuse(self, problem: str) -> None:
        """Note a problem that no single reader can see."""
        self.problems.append(problem)

    def finish(self) -> None:
        """Stop the start when anything was bad, telling all of it at once."""
        if self.problems:
            lines = [f"  - {problem}" for problem in self.problems]
            raise BadSettings(
                "Rootwatch cannot start with these settings:\n"
                + "\n".join(lines)
                + "\nEvery setting is described in .env.example. "
                "To look around without any settings: make demo"
            )


def _flag(raw: str) -> bool:
    word = raw.lower()
    if word not in TRUE_WORDS | FALSE_WORDS:
        raise ValueError
    return word in TRUE_WORDS


def _number(raw: str, least: int, most: int) -> int:
    number = int(raw)
    if not least <= number <= most:
        raise ValueError
    return number


def _rate(raw: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]*/(s|sec|second|m|min|minute|h|hour|d|day)", raw):
        raise ValueError
    return raw


def _choice(raw: str, known: tuple[str, ...]) -> str:
    if raw.upper() not in known:
        raise ValueError
    return raw.upper()


def _secret(raw: str) -> str:
    if len(raw) < SECRET_LENGTH or len(set(raw)) < SECRET_DIFFERENT:
        raise ValueError
    return raw


def _words(raw: str) -> list[str]:
    return [word.strip() for word in raw.split(",") if word.strip()]


def _url(raw: str, schemes: tuple[str, ...]) -> str:
    parts = urlsplit(raw)
    if parts.scheme not in schemes:
        raise ValueError
    _ = parts.port  # raises ValueError for a port that is no number
    if not (parts.hostname or "host=" in parts.query or parts.path):
        raise ValueError
    return raw
