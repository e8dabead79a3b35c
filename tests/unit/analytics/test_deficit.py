"""The laws of the filter: the past only, patients apart, strays and silence."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.domain import deficit, filtering
from analytics.domain.course_model import NUMBNESS, SELF_TEST, CourseModel


NAN = np.nan


def row(drawing: str) -> np.ndarray:
    return np.array([[NAN if cell == "." else float(cell) for cell in drawing.split()]])


def odds(drawing: str, model: CourseModel = SELF_TEST) -> np.ndarray:
    answers = row(drawing)
    return filtering.follow(answers, np.zeros(answers.shape, int), model).odds[0]


def spelled_out(
    answers: np.ndarray, excess: np.ndarray, model: CourseModel
) -> np.ndarray:
    """Return odds, change and usual of one series, by the matrices of the model."""
    belief = model.start.astype(float)
    last, days = model.top + 1, []
    levels = np.array(model.levels)
    for answer, above in zip(answers, excess, strict=True):
        belief = np.einsum("kij,ckj->cki", model.drift.astype(float), belief)
        belief = np.einsum("cd,ckj->dkj", model.course.astype(float), belief)
        if not np.isnan(answer):
            belief = belief * model.likelihoods[above, last, int(answer)]
            last = int(answer)
        belief /= belief.sum()
        course = belief.sum(axis=(1, 2))
        odds = course[1:].sum() / course[0]
        usual = (belief * levels).sum()
        days.append((odds, model.change_of_course @ course, usual))
    return np.array(days).T


def answers(seed: int, rows: int, days: int = 60) -> np.ndarray:
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 4, (rows, days)).astype(float)
    return np.where(rng.random(scores.shape) < 0.3, NAN, scores)


@pytest.mark.parametrize("model", [NUMBNESS, SELF_TEST])
def test_every_likelihood_is_a_distribution(model: CourseModel) -> None:
    untempered = model.likelihoods.astype(float) ** (1 / model.temper)
    assert untempered.sum(axis=2) == pytest.approx(1.0, abs=1e-3)
    assert model.course.sum(axis=1) == pytest.approx(1.0, abs=1e-6)
    assert model.drift.sum(axis=2) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("model", [NUMBNESS, SELF_TEST])
def test_the_compiled_filter_is_the_recursion_of_the_model(model: CourseModel) -> None:
    rng = np.random.default_rng(7)
    felt = model.top / 2 + np.cumsum(rng.normal(0, 0.4, (4, 90)), axis=1)
    known = np.clip(np.round(felt), 0, model.top)
    known[rng.random(known.shape) < 0.3] = NAN
    excess = rng.integers(0, 4, known.shape)
    track = filtering.follow(known, excess, model)
    for place in range(len(known)):
        odds, change, usual = spelled_out(known[place], excess[place], model)
        assert np.log(track.odds[place]) == pytest.approx(np.log(odds), abs=1e-3)
        assert track.change[place] == pytest.approx(change, abs=1e-3)
        assert track.usual[place] == pytest.approx(usual, abs=1e-3)


def test_the_future_changes_nothing() -> None:
    known = answers(1, 8)
    changed = known.copy()
    changed[:, 40:] = 0.0
    zeros = np.zeros(known.shape, int)
    before = filtering.follow(known, zeros, SELF_TEST).odds[:, :40]
    after = filtering.follow(changed, zeros, SELF_TEST).odds[:, :40]
    assert (before == after).all()


def test_going_on_from_a_kept_belief_is_the_same_as_starting_over() -> None:
    known = answers(2, 8)
    zeros = np.zeros(known.shape, int)
    whole = filtering.follow(known, zeros, SELF_TEST)
    first = filtering.follow(known[:, :33], zeros[:, :33], SELF_TEST)
    rest = filtering.follow(known[:, 33:], zeros[:, 33:], SELF_TEST, first.end)
    assert (rest.odds == whole.odds[:, 33:]).all()
    assert (rest.end.grid == whole.end.grid).all()
    assert (rest.end.scale == whole.end.scale).all()


def test_patients_do_not_disturb_one_another() -> None:
    known = answers(3, 40)
    zeros = np.zeros(known.shape, int)
    together = filtering.follow(known, zeros, SELF_TEST).odds
    order = np.random.default_rng(4).permutation(len(known))
    assert together[order] == pytest.approx(
        filtering.follow(known[order], zeros, SELF_TEST).odds, rel=1e-5
    )
    alone = filtering.follow(known[:1], zeros[:1], SELF_TEST).odds
    assert together[:1] == pytest.approx(alone, rel=1e-4)


def test_one_slip_of_the_finger_is_forgotten() -> None:
    calm, slipped = odds("3 " * 20 + "3 3 3 3"), odds("3 " * 20 + "0 3 3 3")
    assert slipped[20] > calm[20]
    assert slipped[-1] < 5 * calm[-1]


def test_a_repeated_drop_speaks_louder_than_a_slip() -> None:
    assert odds("3 " * 20 + "1 1")[-1] > 100 * odds("3 " * 20 + "1 3")[-1]


def test_silence_says_nothing() -> None:
    silent = odds("3 " * 10 + ". " * 30)
    # Nobody knows what thirty days without an answer hid, so the odds creep up, but a
    # change stays by far the less likely of the two.
    assert silent[9] < silent[-1] < 0.1


def test_movements_and_numbness_of_a_leg_add_up() -> None:
    tests = np.full((1, 2, 6, 24), NAN)
    numbness, pain = np.full((1, 2, 24), NAN), np.full((1, 2, 24), NAN)
    tests[0, 0, 0] = row("3 " * 20 + "2 2 2 2")
    one = deficit.weigh(numbness, tests, pain).whole[0, 0, -1]
    tests[0, 0, 1] = tests[0, 0, 0]
    two = deficit.weigh(numbness, tests, pain).whole[0, 0, -1]
    numbness[0, 0] = row("2 " * 20 + "5 5 5 5")
    three = deficit.weigh(numbness, tests, pain).whole[0, 0, -1]
    assert one < two < three


def test_pain_explains_a_part_of_the_numbness() -> None:
    tests = np.full((1, 2, 6, 26), NAN)
    numbness, pain = np.full((1, 2, 26), NAN), np.full((1, 2, 26), NAN)
    numbness[0, 0] = row("2 " * 20 + "3 3 3 3 3 3")
    pain[0, 0] = row("4 " * 26)
    calm = deficit.weigh(numbness, tests, pain).whole[0, 0, -1]
    pain[0, 0, 20:] = 8
    assert deficit.weigh(numbness, tests, pain).whole[0, 0, -1] < calm
