"""The HTTP API of the tracker: doors that parse, call one service, and render."""

from __future__ import annotations
