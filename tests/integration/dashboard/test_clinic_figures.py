"""The figures of a clinic, each from a few alerts that can be counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.models import Alert
from alerts.services import answering
from dashboard.charts.figures import documents
from dashboard.domain.figures import Spread, months_of, weeks_of
from dashboard.selectors import figures
from dashboard.selectors.diligence import diligence
from tests import factories
from tests.clinic_scene import make_alert
from tracker.models import DayLog, Exam, PainLog


pytestmark = pytest.mark.django_db

#: A Monday, 12:00 in Berlin.
NOW = datetime(2026, 3, 30, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def team():
    return factories.make_team(factories.make_clinic(timezone="Europe/Berlin"))


@pytest.fixture
def doctor(team):
    return factories.make_clinician(team=team)


def spread(*hours: int, waiting: int = 0) -> Spread:
    return Spread(times=[HOUR * n for n in hours], waiting=waiting, due=0, in_time=0)


def open_alert(team, *, ago: timedelta, tier: str = "urgent", **fields) -> Alert:
    patient = factories.make_patient(team=team, now=NOW - 60 * DAY)
    opened = NOW - ago
    due = {
        "acknowledge_by": opened + 4 * HOUR,
        "examine_by": opened + 3 * DAY,
        "onset_on": (opened - 5 * DAY).date(),
    }
    hours = int(ago / HOUR)
    return make_alert(patient, tier=tier, hours=hours, now=NOW, **due | fields)


def one(clinic, key: str) -> Spread:
    found = figures.intervals(clinic, since=NOW - 28 * DAY, now=NOW)
    (only,) = [each.spread for each in found if each.key == key]
    return only


def loads(clinic):
    since = NOW - 28 * DAY
    load = figures.load_of(clinic, since=since, now=NOW)
    return figures.rule_loads(clinic, load, since=since)


@pytest.mark.parametrize(
    ("found", "quartiles"),
    [
        (spread(4, 1, 3, 2), (1, 2, 3)),
        (spread(5), (5, 5, 5)),
        # Whoever waits is longer than all others.
        (spread(4, 1, 3, 2, waiting=4), (2, 4, None)),
        (spread(1, waiting=1), (1, 1, None)),
        (spread(1, waiting=2), (1, None, None)),
        (spread(waiting=3), (None, None, None)),
        (spread(), (None, None, None)),
    ],
)
def test_quartiles_count_whoever_waits(found: Spread, quartiles: tuple) -> None:
    low, high = found.quartiles
    times = (low, found.median, high)
    assert tuple(each and each / HOUR for each in times) == quartiles


def test_a_share_of_nobody_is_no_share() -> None:
    assert spread(1).percent_in_time is None
    assert Spread(times=[DAY], waiting=1, due=3, in_time=2).percent_in_time == 67


def test_weeks_count_the_days_that_could_have_been() -> None:
    since = [date(2026, 3, 1), date(2026, 3, 12)]  # a Thursday
    found = {date(2026, 3, 2): 7, date(2026, 3, 9): 9}
    weeks = weeks_of(found, since, first=date(2026, 3, 2), last=date(2026, 3, 17))
    assert [(each.starts.day, each.days, each.possible) for each in weeks] == [
        (2, 7, 7),
        (9, 9, 7 + 4),
        (16, 0, 4),
    ]
    assert [each.percent for each in weeks] == [100, 82, 0]
    (empty,) = weeks_of({}, [], first=date(2026, 3, 2), last=date(2026, 3, 8))
    assert empty.percent is None


def test_months_count_patients_by_their_days() -> None:
    since = [date(2026, 1, 31)] * 5 + [date(2026, 3, 31)]
    found = {date(2026, 2, 1): [1, 15, 16, 28], date(2026, 3, 1): [2]}
    february, march = months_of(
        found, since, first=date(2026, 2, 27), last=date(2026, 3, 31)
    )
    assert list(february.patients.values()) == [1, 1, 1, 2]
    assert (february.monitored, february.total) == (2, 5)
    assert list(march.patients.values()) == [5, 0, 1, 0]


def test_answers_count_with_those_that_still_wait(team, doctor) -> None:
    for ago, after in ((10 * DAY, HOUR), (9 * DAY, 3 * HOUR), (8 * DAY, 6 * HOUR)):
        alert = open_alert(team, ago=ago)
        answering.acknowledge(alert.pk, by=doctor, now=NOW - ago + after)
    open_alert(team, ago=DAY)  # late
    open_alert(team, ago=HOUR)  # has three hours left
    found = one(team.clinic, "answer")
    assert (found.count, found.waiting, found.median) == (5, 2, 6 * HOUR)
    assert found.quartiles == (3 * HOUR, None)
    assert (found.in_time, found.due) == (2, 4)
    # The clocks went forward on the 29th: three of these five began in winter time.
    assert one(team.clinic, "flag").median == timedelta(days=5, hours=11)


@pytest.mark.usefixtures("doctor")
def test_an_examination_counts_from_the_day_of_the_flag(team) -> None:
    for days, after in ((10, 1), (10, 3), (10, 5), (10, -1), (1, None)):
        alert = open_alert(team, ago=days * DAY)
        if after is not None:
            episode = factories.make_episode(alert.patient)
            on = (NOW - (days - after) * DAY).date()
            Exam.objects.create(episode=episode, examined_on=on)
    found = one(team.clinic, "exam")
    assert sorted(found.times) == [DAY, 3 * DAY, 5 * DAY]
    # The one before the flag is none; the alert of yesterday has two days left.
    assert (found.waiting, found.due, found.in_time) == (2, 4, 2)


@pytest.mark.usefixtures("doctor")
def test_only_a_procedure_after_the_flag_is_an_intervention(team) -> None:
    for kind, after in (("discectomy", 4), ("discectomy", -4), ("physiotherapy", 4)):
        alert = open_alert(team, ago=10 * DAY)
        on = (NOW - (10 - after) * DAY).date()
        episode = factories.make_episode(alert.patient)
        factories.make_treatment(episode, kind=kind, started_on=on)
    assert one(team.clinic, "intervention").times == [4 * DAY]


@pytest.mark.usefixtures("doctor")
def test_what_is_elsewhere_older_or_replaced_is_left_out(team) -> None:
    elsewhere = factories.make_team()
    factories.make_clinician(team=elsewhere)
    open_alert(elsewhere, ago=DAY)
    open_alert(team, ago=40 * DAY)
    open_alert(team, ago=DAY, state="superseded")
    assert figures.intervals(team.clinic, since=NOW - 28 * DAY, now=NOW) == []
    assert [load.alerts for load in loads(team.clinic)] == []


def test_what_the_alerts_of_a_rule_came_to(team, doctor) -> None:
    for outcome in ("surgery_planned", "examined_no_action", "false_alarm", ""):
        alert = open_alert(team, ago=2 * DAY)
        if outcome:
            answering.resolve(alert.pk, by=doctor, outcome=outcome, now=NOW - DAY)
    (found,) = loads(team.clinic)
    assert (found.rule, found.alerts, found.percent_acted) == ("R05", 4, 33)
    assert (found.acted, found.nothing, found.false_alarm) == (1, 1, 1)
    assert (found.unresolved, found.per_100) == (1, pytest.approx(100 * 4 / 16))


def test_the_caseload_of_each_day(team, doctor) -> None:
    open_alert(team, ago=30 * DAY)  # before the first day, still open
    closed = open_alert(team, ago=2 * DAY)
    answering.resolve(closed.pk, by=doctor, outcome="false_alarm", now=NOW - DAY)
    open_alert(team, ago=DAY, tier="soon")
    first = (NOW - 3 * DAY).date()
    days = figures.caseload(team.clinic, first=first, last=NOW.date())
    counts = [(counts["urgent"], counts["soon"]) for _, counts in days]
    assert counts == [(1, 0), (2, 0), (1, 1), (1, 1)]


def test_a_day_counts_once_and_a_withdrawn_entry_not_at_all(team) -> None:
    patient = factories.make_patient(team=team, now=datetime(2026, 3, 2, 9, tzinfo=UTC))
    factories.make_patient(team=team, now=datetime(2026, 3, 16, 9, tzinfo=UTC))
    today = date(2026, 3, 19)
    for number in range(2, 18):
        factories.make_entry(PainLog, patient, local_day=date(2026, 3, number))
    factories.make_entry(DayLog, patient, local_day=date(2026, 3, 17))
    yesterday = today - DAY
    factories.make_entry(PainLog, patient, local_day=yesterday, withdrawn_at=NOW)
    factories.make_entry(PainLog, patient, local_day=today)
    weeks, (march,) = diligence(team.clinic, first=date(2026, 3, 5), last=today)
    assert [(week.days, week.possible) for week in weeks] == [(7, 7), (7, 7), (2, 6)]
    assert list(march.patients.values()) == [1, 0, 0, 1]


def test_a_week_in_two_months_is_one_week_and_each_month_has_its_days(team) -> None:
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    for length in (3, 5, 5):  # from Monday 30 March, over the first of April
        patient = factories.make_patient(team=team, now=now)
        for ahead in range(length):
            day = date(2026, 3, 30) + ahead * DAY
            factories.make_entry(PainLog, patient, local_day=day)
    weeks, months = diligence(
        team.clinic, first=date(2026, 3, 30), last=date(2026, 4, 5)
    )
    assert [(week.days, week.possible) for week in weeks] == [(13, 18)]
    counts = [list(month.patients.values()) for month in months]
    assert counts == [[0, 0, 3, 0], [0, 1, 2, 0]]


def test_the_page_says_it_all_and_costs_the_same_for_many(team, doctor, client) -> None:
    client.force_login(doctor)
    assert "No alert was opened" in client.get("/clinic/figures/").content.decode()
    now = datetime.now(UTC)
    for hours in (1, 2):
        make_alert(factories.make_patient(team=team), tier="soon", hours=hours, now=now)
    client.get("/clinic/figures/")
    with CaptureQueriesContext(connection) as few:
        client.get("/clinic/figures/?range=365")
    for hours in range(6):
        patient = factories.make_patient(team=team)
        make_alert(patient, tier="urgent", hours=hours, now=now)
    with CaptureQueriesContext(connection) as many:
        page = client.get("/clinic/figures/?range=365").content.decode()
    assert len(few) == len(many)
    assert "R05" in page
    drawn = client.get("/clinic/figures/charts.json?range=365").json()["charts"]
    keys = {chart["key"] for chart in drawn}
    assert {"time-flag", "load", "caseload", "months"} <= keys
    csv = client.get("/clinic/figures/months.csv?range=28").content.decode()
    assert csv.startswith("month,patients with no day,")


@pytest.mark.parametrize("query", ["clinic=x", "range=-1", "range=%00"])
def test_a_strange_question_gets_ones_own_clinic(team, doctor, client, query) -> None:
    client.force_login(doctor)
    stranger = factories.make_clinic(name="Not yours")
    page = client.get(f"/clinic/figures/?{query}&clinic={stranger.pk}").content.decode()
    assert team.clinic.name in page
    assert "Not yours" not in page


def test_a_thousand_times_are_thinned() -> None:
    many = spread(*range(1, 1001))
    interval = figures.Interval(key="answer", title="x", tier="soon", spread=many)
    (chart,) = documents([interval], [], [], [], [])
    assert 300 < len(chart["spec"]["data"]["values"]) <= 401
