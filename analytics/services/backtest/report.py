"""One page about a back-test: how much work the rules make, and whom they found.

Self-contained HTML with drawings in SVG: it can be mailed and opened anywhere, and
asks no network for anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from html import escape
from typing import Any, Final

from analytics.domain import budget, comparison
from analytics.domain.comparison import Told
from analytics.services.backtest.running import Replayed, flags_in
from tracker.domain.red_flags import TIERS


#: Patients whose timeline is drawn; the others are listed.
MOST_DRAWN: Final = 50
MOST_LISTED: Final = 1000

_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1c2330;--soft:#5b6678;--line:#d5dae3;--paper:#fff;
--emergency:#b3122f;--urgent:#c4570a;--soon:#8a6d00;--watch:#1f6f8b;--info:#66728a}
@media(prefers-color-scheme:dark){:root{--ink:#e8ecf3;--soft:#a4aec0;--line:#3a4354;
--paper:#151a22;--emergency:#ff6b81;--urgent:#ff9d57;--soon:#e0c14a;--watch:#6cc3de;
--info:#a4aec0}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);
margin:0 auto;max-width:64rem;padding:1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}p,dd{color:var(--soft)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line)}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.bar{display:inline-block;height:.7rem;border-radius:2px;background:var(--tier)}
.legend span{white-space:nowrap;margin-right:1rem}
.legend span::before{content:"";display:inline-block;width:.8rem;height:.8rem;
margin-right:.4rem;border-radius:50%;background:var(--tier)}time{white-space:nowrap}
@media(max-width:40rem){.bar{display:none}table{font-size:.85rem}
th,td{padding:.3rem}}
.over{color:var(--emergency);font-weight:600}figure{margin:.6rem 0}
svg{display:block;width:100%;height:1.5rem;overflow:visible}figcaption{font-size:.9rem}
line{stroke:var(--line);stroke-width:2}circle{fill:var(--tier);stroke:var(--paper)}
""" + "".join(f".{tier}{{--tier:var(--{tier},var(--info))}}" for tier in TIERS)


@dataclass
class _Told:
    """What the page needs of one set of rules, read in one pass."""

    by_rule: Counter[tuple[str, str]] = field(default_factory=Counter)
    flagged: dict[str, list[Told]] = field(default_factory=dict)


def report(done: Replayed, names: Sequence[str]) -> str:
    """Return the page; with two sets of rules it sets them side by side."""
    told = [_told(flags_in(file)) for file in done.flag_files]
    weeks = done.patient_days / 7
    most = max((count for own in told for count in own.by_rule.values()), default=1)
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        "<meta name=viewport content='width=device-width,initial-scale=1'>",
        f"<title>Back-test</title><style>{_STYLE}</style><h1>Back-test</h1>",
        f"<p>{done.patients:,} patients, {weeks:,.0f} patient-weeks to <time>{done.end}</time>. ",
        f"{done.bad.count:,} lines skipped. The budget is {budget.ALERTS:g} flags per 100 ",
        "patient-weeks.</p>",
    ]
    for name, own in zip(names, told, strict=True):
        parts += [f"<h2>Load: {escape(name)}</h2>", *_load(own, weeks, most)]
    if len(told) > 1:
        parts += _comparison(told[0], told[1], names)
    parts += _timelines(told[0], done)
    return "".join(parts)


def _told(flags: Iterable[dict[str, Any]]) -> _Told:
    told = _Told()
    for flag in flags:
        told.by_rule[flag["tier"], flag["rule"]] += 1
        day = date.fromisoformat(flag["raised_on"])
        short = Told(flag["rule"], flag["tier"], flag["side"], day)
        told.flagged.setdefault(flag["patient"], []).append(short)
    return told


def _load(own: _Told, weeks: float, most: int) -> Iterator[str]:
    total = sum(own.by_rule.values())
    yield "<div class=wide><table><tr><th>tier<th>rule<th class=n>flags"
    yield "<th class=n>per 100 patient-weeks<th>"
    for (tier, rule), count in sorted(own.by_rule.items(), key=_by_tier):
        yield f"<tr class={tier}><td>{tier}<td>{rule}<td class=n>{count:,}"
        yield f"<td class=n>{_rate(count, weeks):.2f}"
        yield f"<td><span class=bar style='width:{count / most * 10:.2f}rem'></span>"
    rate = _rate(total, weeks)
    over = " over" if rate > budget.ALERTS else ""
    yield f"<tr><th>all<th><th class=n>{total:,}<th class='n{over}'>{rate:.2f}<th>"
    yield "</table></div><p>"
    yield "Over the budget." if over else "Within the budget."
    yield "</p>"


def _by_tier(item: tuple[tuple[str, str], int]) -> tuple[int, str]:
    (tier, rule), _ = item
    return TIERS.index(tier), rule


def _rate(count: int, weeks: float) -> float:
    return 100 * count / weeks if weeks else 0.0


def _comparison(first: _Told, second: _Told, names: Sequence[str]) -> Iterator[str]:
    changes: Counter[tuple[str, str]] = Counter()
    for patient in {*first.flagged, *second.flagged}:
        before, after = (each.flagged.get(patient, []) for each in (first, second))
        for flag, what in comparison.changes(before, after):
            changes[flag.rule, what] += 1
    kinds = (
        comparison.SAME,
        comparison.APPEARS,
        comparison.DISAPPEARS,
        comparison.EARLIER,
        comparison.LATER,
    )
    yield f"<h2>{escape(names[1])} against {escape(names[0])}</h2>"
    yield "<div class=wide><table><tr><th>rule"
    yield "".join(f"<th class=n>{kind}" for kind in kinds)
    for rule in sorted({rule for rule, _ in changes}):
        cells = "".join(f"<td class=n>{changes[rule, kind]:,}" for kind in kinds)
        yield f"<tr><td>{rule}{cells}"
    yield "</table></div><p>A flag of the same rule, tier and side at most "
    yield f"{comparison.MOVED_WITHIN} days away counts as moved.</p>"


def _timelines(own: _Told, done: Replayed) -> Iterator[str]:
    names = sorted(own.flagged, key=lambda name: (_worst(own.flagged[name]), name))
    yield f"<h2>{len(names):,} flagged patients, the most urgent first</h2>"
    keys = "".join(f"<span class={tier}>{tier}</span>" for tier in TIERS)
    yield f"<p class=legend>{keys}</p>"
    for name in names[:MOST_DRAWN]:
        yield _timeline(name, own.flagged[name], done.spans[name])
    rest = names[MOST_DRAWN:]
    if rest:
        listed = ", ".join(map(escape, rest[:MOST_LISTED]))
        more = f" and {len(rest) - MOST_LISTED:,} more" if rest[MOST_LISTED:] else ""
        yield f"<h2>Not drawn</h2><p>{listed}{more}.</p>"


def _worst(flags: list[Told]) -> int:
    return min(TIERS.index(flag.tier) for flag in flags)


def _timeline(name: str, flags: list[Told], span: tuple[date, date]) -> str:
    first = span[0]
    last = max(span[1], *(flag.raised_on for flag in flags))
    days = max((last - first).days, 1)
    marks = []
    for flag in reversed(flags):
        at = (flag.raised_on - first).days
        side = f", {flag.side}" if flag.side else ""
        words = f"{flag.raised_on}: {flag.rule}, {flag.tier}{side}"
        marks.append(
            f"<circle class={flag.tier} cx={2 + at / days * 96:.1f}% "
            f"cy=50% r=8><title>{escape(words)}</title></circle>"
        )
    rules = ", ".join(
        f"{rule} {count}"
        for rule, count in sorted(Counter(flag.rule for flag in flags).items())
    )
    return (
        f"<figure><figcaption><b>{escape(name)}</b>, <time>{first}</time> to "
        f"<time>{last}</time>: {rules}</figcaption><svg role=img "
        f"aria-label='{len(flags)} flags'><line x1=0 x2=100% y1=50% y2=50% />"
        f"{''.join(marks)}</svg></figure>"
    )
