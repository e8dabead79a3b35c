"""Which alert a flag belongs to, and what can never be silenced."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.domain import dedupe, states, targets
from alerts.domain.dedupe import Danger, Standing, Verdict


def danger(**fields) -> Danger:
    defaults = {
        "rule": "R06",
        "tier": "urgent",
        "patient_tier": "urgent",
        "category": "motor",
        "side": "left",
        "items": frozenset(),
    }
    return Danger(**{**defaults, **fields})


def alert(of: Danger, state: str = "notified", **fields) -> Standing:
    defaults = {
        "key": uuid4(),
        "state": state,
        "tier": of.tier,
        "patient_tier": of.patient_tier,
        "category": of.category,
        "side": of.side,
        "covers": {of.rule: of.items},
    }
    return Standing(**{**defaults, **fields})


def emergency(*items: str, **fields) -> Danger:
    return danger(
        rule="R01",
        tier="emergency",
        patient_tier="emergency",
        category="red_flag",
        side="",
        items=frozenset(items),
        **fields,
    )


@pytest.mark.parametrize(
    ("new", "standing", "expected"),
    [
        (danger(), None, Verdict.OPEN),
        (danger(), alert(danger()), Verdict.JOIN),
        (danger(), alert(danger(), holds=True), Verdict.NOTHING),
        # Another rule of the same danger joins what nobody has answered yet.
        (danger(rule="R05"), alert(danger()), Verdict.JOIN),
        # A tier that rises, for the clinician or for the patient.
        (
            danger(tier="emergency", patient_tier="emergency"),
            alert(danger()),
            Verdict.SUPERSEDE,
        ),
        (danger(patient_tier="emergency"), alert(danger()), Verdict.SUPERSEDE),
        (danger(tier="soon", patient_tier="soon"), alert(danger()), Verdict.JOIN),
        # Another side, another category.
        (danger(side="right"), alert(danger()), Verdict.OPEN),
        (danger(side="both"), alert(danger()), Verdict.OPEN),
        (danger(category="sensory"), alert(danger()), Verdict.OPEN),
        # An acknowledgement covers its own rule, up to its own tier.
        (danger(), alert(danger(), "acknowledged"), Verdict.JOIN),
        (danger(rule="R07"), alert(danger(), "acknowledged"), Verdict.OPEN),
        (
            danger(tier="emergency", patient_tier="emergency"),
            alert(danger(), "acknowledged"),
            Verdict.OPEN,
        ),
        # ... and up to its own items: another body part is news in every state.
        (danger(items=frozenset("b")), alert(danger()), Verdict.RENOTIFY),
        (danger(items=frozenset("b")), alert(danger(), "acknowledged"), Verdict.OPEN),
        (danger(items=frozenset("b")), alert(danger(), "snoozed"), Verdict.WAKE),
        (danger(), alert(danger(items=frozenset("b")), "acknowledged"), Verdict.JOIN),
        # What is resolved covers nothing, except the very flag it resolved.
        (danger(), alert(danger(), "resolved"), Verdict.OPEN),
        (danger(), alert(danger(), "resolved", holds=True), Verdict.NOTHING),
        # A new item of an emergency is news in every state.
        (emergency("a", "b"), alert(emergency("a")), Verdict.RENOTIFY),
        (emergency("a", "b"), alert(emergency("a"), holds=True), Verdict.RENOTIFY),
        (emergency("a", "b"), alert(emergency("a"), "acknowledged"), Verdict.OPEN),
        (
            emergency("a", "b"),
            alert(emergency("a"), "acknowledged", holds=True),
            Verdict.OPEN,
        ),
        (
            emergency("a", "b"),
            alert(emergency("a"), "resolved", holds=True),
            Verdict.OPEN,
        ),
        # The same items are not.
        (emergency("a"), alert(emergency("a", "b")), Verdict.JOIN),
        (emergency("a"), alert(emergency("a"), "acknowledged"), Verdict.JOIN),
        # An emergency for the patient alone counts as one.
        (
            emergency("a", "b"),
            alert(emergency("a"), tier="emergency", patient_tier="urgent"),
            Verdict.SUPERSEDE,
        ),
    ],
)
def test_the_policy(new: Danger, standing: Standing | None, expected: Verdict) -> None:
    verdict, found = dedupe.decide(new, [standing] if standing else [])
    assert verdict is expected
    assert (found is None) == (verdict in (Verdict.OPEN, Verdict.NOTHING))


@pytest.mark.parametrize(
    ("evidence", "items"),
    [
        ({}, set()),
        ({"items": ["a", 1], "severity": 1.0}, {"a"}),
        ({"items": ["a"], "severity": 2.0}, {"a", "a x2"}),
        ({"items": [], "severity": 3.5}, {" x2", " x3"}),
        ({"items": None, "severity": float("nan")}, set()),
        ({"items": "a", "severity": "2"}, set()),
        ({"severity": float("inf")}, {f" x{step}" for step in range(2, 11)}),
    ],
)
def test_a_further_step_lost_is_an_item_of_its_own(evidence, items) -> None:
    assert dedupe.items_of(evidence) == items


items = st.frozensets(st.sampled_from("abcd"), max_size=4)
dangers = st.builds(
    Danger,
    rule=st.sampled_from(["R01", "R04", "R05", "R06", "R07"]),
    tier=st.sampled_from(targets.ALERTING),
    patient_tier=st.sampled_from(targets.ALERTING),
    category=st.sampled_from(["red_flag", "motor"]),
    side=st.sampled_from(["", "left", "both"]),
    items=items,
)
standings = st.builds(
    Standing,
    key=st.uuids(),
    state=st.sampled_from(states.STATES),
    tier=st.sampled_from(targets.ALERTING),
    patient_tier=st.sampled_from(targets.ALERTING),
    category=st.sampled_from(["red_flag", "motor"]),
    side=st.sampled_from(["", "left", "both"]),
    covers=st.dictionaries(st.sampled_from(["R01", "R04", "R05", "R06"]), items),
    holds=st.booleans(),
)


@given(dangers, st.lists(standings, max_size=6))
def test_an_emergency_with_a_new_item_is_never_silenced(
    new: Danger, alerts: list[Standing]
) -> None:
    verdict, _ = dedupe.decide(new, alerts)
    known = any(
        new.rule in a.covers and new.items <= a.covers[new.rule] for a in alerts
    )
    if new.is_emergency and not known:
        # Each of these tells everybody: a snoozed alert is opened again and told anew.
        loud = (Verdict.OPEN, Verdict.SUPERSEDE, Verdict.RENOTIFY, Verdict.WAKE)
        assert verdict in loud


@given(dangers, st.lists(standings, max_size=6))
def test_a_higher_tier_is_never_silenced(new: Danger, alerts: list[Standing]) -> None:
    verdict, found = dedupe.decide(new, alerts)
    if all(dedupe.rises(new, a) for a in alerts):
        assert verdict in (Verdict.OPEN, Verdict.SUPERSEDE)
    if verdict in (Verdict.JOIN, Verdict.RENOTIFY):
        assert found is not None
        assert not dedupe.rises(new, found)


class World:
    """The policy played through: a list of alerts that obeys its verdicts."""

    def __init__(self) -> None:
        self.alerts: dict[UUID, Standing] = {}
        self.held: dict[UUID, set[Danger]] = {}

    def meet(self, new: Danger) -> Verdict:
        views = [
            Standing(**{**vars(a), "holds": new in self.held[key]})
            for key, a in self.alerts.items()
        ]
        verdict, found = dedupe.decide(new, views)
        if verdict is Verdict.NOTHING:
            return verdict
        key = found.key if found else uuid4()
        before = self.alerts.get(key)
        covers = dedupe.merged(before.covers if before else {}, new)
        tiers = {
            "tier": targets.most_urgent(new.tier, before.tier if before else new.tier),
            "patient_tier": targets.most_urgent(
                new.patient_tier, before.patient_tier if before else new.patient_tier
            ),
        }
        state = before.state if before and verdict is not Verdict.SUPERSEDE else "open"
        self.alerts[key] = alert(new, state, key=key, covers=covers, **tiers)
        self.held.setdefault(key, set()).add(new)
        return verdict

    def answer(self, state: str) -> None:
        for key, a in self.alerts.items():
            if a.state in states.UNRESOLVED:
                self.alerts[key] = Standing(**{**vars(a), "state": state})


@given(st.lists(dangers | st.sampled_from(["acknowledged", "resolved"]), max_size=12))
def test_laws_over_whole_histories(history: list[Danger | str]) -> None:
    world = World()
    for event in history:
        if isinstance(event, str):
            world.answer(event)
            continue
        world.meet(event)
        assert world.meet(event) is Verdict.NOTHING  # telling twice is telling once
        unanswered = [
            (a.category, a.side)
            for a in world.alerts.values()
            if a.state in states.UNANSWERED
        ]
        assert len(unanswered) == len(set(unanswered))


def test_what_was_told_survives_storage() -> None:
    covers = {"R01": frozenset({"b", "a"}), "R05": frozenset()}
    assert dedupe.read(dedupe.written(covers)) == covers
    assert dedupe.united({"R01": frozenset("a")}, {"R01": frozenset("b")}) == {
        "R01": frozenset("ab")
    }
