"""Who is told is decided on a page: by administrators, and clinicians swap duties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import Cover, EscalationPolicy, Holiday, Shift
from alerts.selectors import on_call
from tests.factories import make_clinician, make_team
from tests.integration.alerts.conftest import Ward, make_ward


pytestmark = pytest.mark.django_db

PAGE = "/clinic/on-call/"
POLICY = {
    "emergency_minutes": 20,
    "urgent_minutes": 120,
    "soon_minutes": 900,
    "opens": "08:00",
    "closes": "16:00",
    "weekdays": ["0", "1", "2"],
    "last_resort_percent": 100,
    "repeat_count": 2,
    "whom_0": "on_duty",
    "after_0": 0,
    "whom_1": "person",
    "after_1": 40,
    "tier_1": "urgent",
}


@pytest.fixture
def ward() -> Ward:
    return make_ward()


@pytest.fixture
def boss(ward: Ward, client: Client) -> Client:
    client.force_login(ward.administrator)
    return client


def send(client: Client, what: str, **body) -> str:
    """Post a form, follow the way, and return the page."""
    answer = client.post(f"{PAGE}{what}/", body, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def shift_of(ward: Ward, **fields) -> dict:
    return {
        "care_team": ward.team.pk,
        "clinician": ward.duty.pk,
        "line": 1,
        "weekday": 5,
        "starts": "22:00",
        "ends": "06:00",
    } | fields


def cover_of(ward: Ward, **fields) -> dict:
    tomorrow = timezone.now() + timedelta(days=1)
    return {
        "care_team": ward.team.pk,
        "absent": ward.duty.pk,
        "by": ward.second.pk,
        "starts_at": f"{tomorrow:%Y-%m-%d}T08:00",
        "ends_at": f"{tomorrow:%Y-%m-%d}T20:00",
    } | fields


def test_a_shift_is_added_once_and_removed(boss: Client, ward: Ward) -> None:
    for _ in range(2):  # sent twice
        assert "Saved." in send(boss, "shifts", **shift_of(ward))
    shift = Shift.objects.get(weekday=5)
    assert (shift.clinician, shift.day, shift.ends.hour) == (ward.duty, None, 6)
    page = boss.post(f"{PAGE}shifts/{shift.pk}/removal/", follow=True)
    assert "Removed." in page.content.decode()
    assert not Shift.objects.filter(weekday=5).exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"day": "2026-12-24"}, "Give a weekday, or a day"),
        ({"weekday": "", "day": "2026-12-24", "starts": "x"}, "Enter a valid time"),
        ({"clinician": 10**9}, "Select a valid choice"),
    ],
)
def test_a_shift_that_cannot_be_is_refused_and_kept_typed(
    boss: Client, ward: Ward, fields: dict, words: str
) -> None:
    Shift.objects.all().delete()
    page = send(boss, "shifts", **shift_of(ward) | fields)
    assert words in page
    assert 'value="06:00"' in page
    assert not Shift.objects.exists()


def test_times_of_a_cover_are_those_of_the_clinic(boss: Client, ward: Ward) -> None:
    day = {"starts_at": "2030-07-01T08:00", "ends_at": "2030-07-01T20:00"}
    assert "Saved." in send(boss, "covers", **cover_of(ward) | day)
    cover = Cover.objects.get()
    assert cover.starts_at == datetime(2030, 7, 1, 6, tzinfo=UTC)  # Berlin
    assert "Mon 1 Jul, 08:00" in boss.get(PAGE).content.decode()


def test_a_clinician_speaks_for_nobody_else(ward: Ward, client: Client) -> None:
    client.force_login(ward.duty)
    assert "Saved." in send(client, "covers", **cover_of(ward))
    other = cover_of(ward, absent=ward.second.pk, by=ward.duty.pk)
    assert "Select a valid choice" in send(client, "covers", **other)
    mine = Cover.objects.get()
    theirs = Cover.objects.create(
        care_team=ward.team,
        absent=ward.second,
        by=ward.duty,
        starts_at=mine.starts_at,
        ends_at=mine.ends_at,
    )
    assert client.post(f"{PAGE}covers/{theirs.pk}/removal/").status_code == 404
    assert client.post(f"{PAGE}covers/{mine.pk}/removal/").status_code == 302
    for what in ("shifts", "holidays", "policy", "nonsense"):
        assert client.post(f"{PAGE}{what}/", shift_of(ward)).status_code == 404
    assert Cover.objects.get() == theirs
    assert "Add a shift" not in client.get(PAGE).content.decode()


def test_a_holiday_comes_and_goes(boss: Client) -> None:
    assert "Saved." in send(boss, "holidays", day="2030-12-25", name="Christmas")
    holiday = Holiday.objects.get()
    assert "Christmas" in boss.get(PAGE).content.decode()
    boss.post(f"{PAGE}holidays/{holiday.pk}/removal/")
    assert not Holiday.objects.exists()


def test_a_policy_of_a_team_is_saved_and_shown_again(boss: Client, ward: Ward) -> None:
    address = f"policy/?policy_of={ward.team.pk}"
    answer = boss.post(f"{PAGE}{address}", POLICY | {"person_1": ward.second.pk})
    assert answer.headers["Location"] == f"{PAGE}?policy_of={ward.team.pk}"
    kept = EscalationPolicy.objects.get()
    assert (kept.care_team, kept.emergency_minutes) == (ward.team, 20)
    steps = kept.steps.values_list("whom", "after_percent", "person", "tier")
    assert list(steps) == [
        ("on_duty", 0, None, ""),
        ("person", 40, ward.second.pk, "urgent"),
    ]
    page = boss.get(f"{PAGE}?policy_of={ward.team.pk}").content.decode()
    assert 'name="emergency_minutes" value="20"' in page
    assert f'<option value="{ward.second.pk}" selected>' in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"emergency_minutes": 60}, "less than or equal to 30"),
        ({"after_0": 10}, "somebody is told at once"),
        ({"whom_0": "", "whom_1": ""}, "Give 1 to 10 steps"),
        ({"person_1": ""}, "Name a person"),
        ({"closes": "07:00"}, "opening before it closes"),
    ],
)
def test_a_policy_that_cannot_work_says_why(
    boss: Client, fields: dict, words: str
) -> None:
    assert words in send(boss, "policy", **POLICY | fields)
    assert not EscalationPolicy.objects.exists()


def test_a_change_that_reaches_nobody_asks_first(boss: Client, ward: Ward) -> None:
    first, second = Shift.objects.order_by("line")
    boss.post(f"{PAGE}shifts/{second.pk}/removal/")  # the first is there at all hours
    Shift.objects.filter(pk=first.pk).update(weekday=0)  # a Monday in the week
    nights = shift_of(ward, weekday=0)
    answer = boss.post(f"{PAGE}shifts/{first.pk}/removal/")
    assert answer.status_code == 302  # without any shift the whole team is on duty
    page = send(boss, "shifts", **nights)
    assert "Not saved yet." in page
    assert 'value="22:00"' in page
    assert not Shift.objects.exists()
    assert "Saved." in send(boss, "shifts", **nights, anyway="on")
    assert Shift.objects.count() == 1


def test_a_removal_that_reaches_nobody_asks_first(boss: Client, ward: Ward) -> None:
    first, second = Shift.objects.order_by("line")
    Shift.objects.filter(pk=first.pk).update(weekday=0)
    page = boss.post(f"{PAGE}shifts/{second.pk}/removal/").content.decode()
    assert "Not removed yet." in page
    assert Shift.objects.count() == 2
    boss.post(f"{PAGE}shifts/{second.pk}/removal/", {"anyway": "yes"})
    assert Shift.objects.get() == first


def test_what_belongs_to_another_clinic_is_not_there(boss: Client) -> None:
    other = make_ward()
    for what, rows in (("shifts", Shift.objects.filter(care_team=other.team)),):
        row = rows.first()
        assert row
        assert boss.post(f"{PAGE}{what}/{row.pk}/removal/").status_code == 404
    assert boss.get(f"{PAGE}?policy_of={other.team.pk}").status_code == 404
    assert Shift.objects.filter(care_team=other.team).count() == 2


def swap_of(ward: Ward, **fields) -> dict:
    return {
        "care_team": ward.team.pk,
        "absent": ward.duty.pk,
        "by": ward.second.pk,
        "starts_at": "2030-07-01T08:00",
        "ends_at": "2030-07-02T08:00",
        "other_starts_at": "2030-07-05T08:00",
        "other_ends_at": "2030-07-06T08:00",
    } | fields


def test_a_swap_is_two_covers_in_one_move(boss: Client, ward: Ward) -> None:
    assert "Saved." in send(boss, "swaps", **swap_of(ward))
    given, taken = Cover.objects.order_by("starts_at")
    assert (given.absent, given.by, given.starts_at) == (
        ward.duty,
        ward.second,
        datetime(2030, 7, 1, 6, tzinfo=UTC),
    )
    assert (taken.absent, taken.by, taken.ends_at) == (
        ward.second,
        ward.duty,
        datetime(2030, 7, 6, 6, tzinfo=UTC),
    )
    at = datetime(2030, 7, 5, 12, tzinfo=UTC)
    duty = on_call.on_duty_at(ward.clinic, ward.team, at=at)
    assert duty["second"] == [ward.duty.name or ward.duty.email]


@pytest.mark.parametrize(
    "wrong",
    [
        {"other_ends_at": "2030-07-05T08:00"},
        {"other_ends_at": ""},
        {"ends_at": "2030-06-01T08:00"},
        {"by": "0"},
    ],
)
def test_half_a_swap_is_none(boss: Client, ward: Ward, wrong: dict) -> None:
    page = send(boss, "swaps", **swap_of(ward, **wrong))
    assert 'class="error"' in page
    assert not Cover.objects.exists()


def test_nobody_swaps_with_somebody_who_answers_for_no_patient_of_the_team(
    boss: Client, ward: Ward
) -> None:
    other = make_clinician(team=make_team(ward.clinic))
    for wish in ({"absent": other.pk}, {"by": other.pk}):
        page = send(boss, "swaps", **swap_of(ward, **wish))
        assert "Name clinicians of this care team." in page
    page = send(boss, "swaps", **swap_of(ward, absent=ward.administrator.pk))
    assert "Select a valid choice" in page
    assert not Cover.objects.exists()


def test_a_clinician_swaps_for_nobody_else(client: Client, ward: Ward) -> None:
    client.force_login(ward.duty)
    assert "Swap duties" not in client.get(PAGE).content.decode()
    assert client.post(f"{PAGE}swaps/", swap_of(ward)).status_code == 404
    assert not Cover.objects.exists()
