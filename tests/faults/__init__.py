"""Faults that tests make on purpose: a network that breaks, servers that die."""

from __future__ import annotations

from tests.faults.proxy import USUAL, Fault, FaultProxy


__all__ = ["USUAL", "Fault", "FaultProxy"]
