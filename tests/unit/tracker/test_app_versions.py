"""Versions of apps: which is older."""

from __future__ import annotations

import pytest

from tracker.domain.app_versions import app_of, is_older, numbers_of


@pytest.mark.parametrize(
    ("sent", "minimum", "older"),
    [
        ("2.9", "2.10", True),
        ("2.10", "2.9", False),
        ("2.1", "2.1.0", False),
        ("2.1.0", "2.1", False),
        ("v3", "2.99.99", False),
        ("1.4.0-beta+53", "1.4.0", False),
        ("org.example.ios/1.3", "1.4", True),
        ("", "0.1", True),
        ("nightly", "0.1", True),
        ("", "", False),
        ("1.2.3.4.5", "1.2.3.4.6", False),
        ("9" * 40, "1", False),
    ],
)
def test_which_is_older(sent, minimum, older):
    assert is_older(sent, minimum) is older


@pytest.mark.parametrize(
    ("sent", "app"),
    [
        ("Org.Example.iOS/2.0", "org.example.ios"),
        ("2.0", ""),
        ("", ""),
        ("a/b/2.0", "a/b"),
        ("/2.0", ""),
    ],
)
def test_which_app_it_is(sent, app):
    assert app_of(sent) == app
    assert numbers_of("\N{ARABIC-INDIC DIGIT ONE}.2") == ()
