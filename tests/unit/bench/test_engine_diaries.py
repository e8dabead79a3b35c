"""The engine's bench gives the engine what it reads: a new column broke it unseen."""

from __future__ import annotations

from analytics.domain.pipeline import replay
from analytics.frames import COLUMNS
from bench.engine.diaries import diary


def test_the_simulated_diaries_have_every_column_and_findings() -> None:
    made = diary(people=4, days=90, seed=7)
    for name, rows in made.frames().items():
        assert set(COLUMNS[name]) <= set(rows.names), name
    assert replay(made)
