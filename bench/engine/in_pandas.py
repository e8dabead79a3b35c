"""Four rules as a good pandas user writes them, by `groupby("patient").apply`.

Those that pandas can say exactly: both ways must mark the same days, or the figure says
nothing. R06: three of the last four tests a step below the baseline. R08: numbness a
step above the fortnight before. R10: the first days of a flare. R11: a week of more pain
than the fortnight before.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.domain import baseline, detectors, motor, pain, sensory, thresholds
from analytics.domain.evidence import Evidence, gather
from analytics.domain.pipeline import last_day
from analytics.domain.records import Diary
from analytics.domain.rows import Rows
from analytics.domain.rules import CATALOGUE
from analytics.domain.signals import Bools
from tracker.domain import power_tests


#: (rule, patient, side and movement, day)
Marks = set[tuple[str, str, str, Any]]

_BEST: Final = power_tests.BASELINE_BEST_SCORES
_FIRST: Final = power_tests.BASELINE_FIRST_SCORES


def compare(diary: Diary, *, people: int) -> tuple[float, float, int]:
    """Return seconds a patient by the engine and by pandas, and how many days both mark.

    The engine gets the whole diary, pandas some people of it.

    Raises:
        AssertionError: they do not mark the same days.
    """
    names = sorted(set(diary.day_logs["patient"].tolist()))
    chosen = names[:people]
    some = Diary(
        **{
            name: rows[np.isin(rows["patient"].astype(str), chosen)]
            for name, rows in diary.frames().items()
        }
    )
    begun = time.process_time()
    ours = set(_by_columns(diary))
    own = (time.process_time() - begun) / len(names)
    begun = time.process_time()
    theirs = set(_by_groups(some))
    rival = (time.process_time() - begun) / len(chosen)
    both = {mark for mark in ours if mark[1] in chosen}
    assert both == theirs, f"{len(both ^ theirs)} days differ"
    return own, rival, len(both)


def _by_columns(diary: Diary) -> Iterator[tuple[str, str, str, Any]]:
    end = last_day(diary)
    assert end is not None
    evidence = gather(diary, (), end=end)
    assert evidence is not None
    found = [motor.repeated(evidence, CATALOGUE["R06"])]
    found += [sensory.stepped(evidence, CATALOGUE["R08"]), *_pain_days(evidence)]
    names = np.array(evidence.panel.patients, dtype=object)
    for rows in found:
        place = rows["side"]
        if "test" in rows.names:
            place = np.char.add(place.astype(str), rows["test"].astype(str))
        days = rows["day"].astype("datetime64[D]").tolist()
        yield from zip(
            rows["rule"].tolist(),
            names[rows["patient"]].tolist(),
            place.tolist(),
            days,
            strict=True,
        )


def _pain_days(evidence: Evidence) -> list[Rows]:
    """Return the days of R10 and R11 as far as they are pain alone."""
    values = pain.pain_by_side(evidence)
    usual, _ = baseline.rolling_level(values)
    high = values - usual >= CATALOGUE["R10"].value("rise_points")
    run = detectors.consecutive(high, ~np.isnan(values))
    flare: Bools = (run > 0) & (run < thresholds.FLARE_DAYS)
    recent, prior = sensory.pain_windows(values)
    rise = recent - prior
    more = (rise >= CATALOGUE["R11"].value("rise_points")) & (
        rise >= CATALOGUE["R11"].value("rise_share") * prior
    )
    return [
        evidence.candidates(flare, "R10", side=True),
        evidence.candidates(more & ~np.isnan(values), "R11", side=True),
    ]


def _by_groups(diary: Diary) -> Iterator[tuple[str, str, str, Any]]:
    answers = pd.concat(
        [
            _frame(diary.pain_logs).assign(quantity="pain"),
            _frame(diary.numbness_logs).assign(quantity="numbness"),
            _frame(diary.weakness_logs).assign(quantity="test"),
        ]
    )
    marked = answers.groupby("patient").apply(_patient)
    for patient, marks in marked.items():
        for rule, place, day in marks:
            yield rule, str(patient), place, day.date()


def _patient(own: pd.DataFrame) -> list[tuple[str, str, Any]]:
    days = pd.date_range(own["local_day"].min(), own["local_day"].max())
    found: list[tuple[str, str, Any]] = []
    for (quantity, side), rows in own.groupby(["quantity", "side"]):
        if quantity == "test":
            for test, each in rows.groupby("test"):
                low = _low_tests(each)
                found += [("R06", f"{side}{test}", day) for day in low[low].index]
            continue
        daily = rows.groupby("local_day")["intensity"].max().reindex(days)
        rules = {"R08": _stepped} if quantity == "numbness" else _PAIN
        for rule, holds in rules.items():
            marks = holds(daily)
            found += [(rule, str(side), day) for day in marks[marks].index]
    return found


def _low_tests(rows: pd.DataFrame) -> pd.Series:
    power = rows.assign(power=rows[["score", "repeat_score"]].max(axis=1))
    daily = power.groupby("local_day")["power"].min()
    base = pd.Series(
        [
            daily.iloc[: min(place, _FIRST)].nlargest(_BEST).median()
            if place >= _BEST
            else np.nan
            for place in range(len(daily))
        ],
        index=daily.index,
    )
    rule = CATALOGUE["R06"]
    low = pd.concat(
        [
            base - daily.shift(back) >= rule.value("drop_steps")
            for back in range(thresholds.REPEAT_WINDOW)
        ],
        axis=1,
    )
    return low[0] & (low.sum(axis=1) >= rule.value("repeat_count"))


def _stepped(daily: pd.Series) -> pd.Series:
    days, before = thresholds.STEP_DAYS, daily.shift(thresholds.STEP_DAYS)
    now = daily.rolling(days, min_periods=thresholds.STEP_MIN_DAYS)
    then = before.rolling(thresholds.PRIOR_DAYS, min_periods=thresholds.PRIOR_MIN_DAYS)
    step = now.min() - then.max() >= thresholds.NUMBNESS_CHANGE_POINTS
    return step & daily.notna()


def _flare(daily: pd.Series) -> pd.Series:
    lag = thresholds.ROLLING_LAG_DAYS
    span = thresholds.ROLLING_DAYS - lag
    usual = daily.shift(lag).rolling(span, min_periods=thresholds.PRIOR_MIN_DAYS)
    high = (daily - usual.mean() >= CATALOGUE["R10"].value("rise_points"))[
        daily.notna()
    ]
    run = high.groupby((~high).cumsum()).cumsum()
    return (run > 0) & (run < thresholds.FLARE_DAYS)


def _more(daily: pd.Series) -> pd.Series:
    week, fortnight = thresholds.RECENT_DAYS, thresholds.PRIOR_DAYS
    recent = daily.rolling(week, min_periods=thresholds.RECENT_MIN_DAYS).mean()
    before = daily.shift(week)
    prior = before.rolling(fortnight, min_periods=thresholds.PRIOR_MIN_DAYS).mean()
    rise, rule = recent - prior, CATALOGUE["R11"]
    more = (rise >= rule.value("rise_points")) & (
        rise >= rule.value("rise_share") * prior
    )
    return more & daily.notna()


_PAIN: Final = {"R10": _flare, "R11": _more}


def _frame(rows: Rows) -> pd.DataFrame:
    return pd.DataFrame({name: rows[name] for name in rows.names})
