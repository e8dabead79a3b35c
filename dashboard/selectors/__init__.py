"""What the pages ask of the tables; they never write."""

from __future__ import annotations
