"""One chart definition for browser and paper."""

from __future__ import annotations
