"""What a diary means: records -> signals -> baseline -> detectors -> rules -> flags.

Read `pipeline.py` first. Intervals are half-open; a change day is the first day of
the new level; NaN is silence and zero is an answer. `findings`, `thresholds` and
`rules` need the standard library only, so the web process may import them.
"""

from __future__ import annotations
