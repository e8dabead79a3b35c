"""An administrator keeps policies and rotas over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from alerts.models import EscalationPolicy, Shift
from tests.factories import client_of, make_administrator, make_clinician
from tests.integration.alerts.conftest import Ward, make_alert
from tests.integration.alerts.test_alert_escalation import mailed


POLICY: dict[str, Any] = {
    "emergency_minutes": 20,
    "opens": "08:00",
    "closes": "18:00",
    "weekdays": [0, 1, 2, 3, 4],
    "steps": [
        {"whom": "administrators", "after_percent": 0},
        {"whom": "on_duty", "after_percent": 50, "tier": "emergency"},
    ],
}


def address(ward: Ward, *parts: object) -> str:
    return "/".join(map(str, ["/api/v1/clinics", ward.clinic.pk, *parts]))


def test_a_policy_is_set_replaced_and_followed(ward: Ward) -> None:
    client = client_of(ward.administrator)
    for team in (None, ward.team.pk, ward.team.pk):
        body = POLICY | {"care_team": team}
        stored = client.put(address(ward, "escalation"), body, format="json")
        assert stored.status_code == 200, stored.json()
    listed = client.get(address(ward, "escalation")).json()
    assert [each["care_team"] for each in listed] == [None, ward.team.pk]
    assert [step["whom"] for step in listed[1]["steps"]] == [
        "administrators",
        "on_duty",
    ]
    assert mailed(make_alert(ward)) == [{ward.administrator.pk}]


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": []},
        {"steps": [{"whom": "on_duty", "after_percent": 10}]},
        {"steps": [{"whom": "person", "after_percent": 0}]},
        {"emergency_minutes": 31},
        {"weekdays": []},
        {"closes": "07:00"},
        {"repeat_count": 1000},
    ],
)
def test_a_policy_that_could_fail_somebody_is_refused(ward: Ward, wrong: dict) -> None:
    client = client_of(ward.administrator)
    answer = client.put(address(ward, "escalation"), POLICY | wrong, format="json")
    assert answer.status_code == 400
    assert not EscalationPolicy.objects.exists()


def test_a_stranger_is_named_in_no_policy_and_no_shift(ward: Ward) -> None:
    client, stranger = client_of(ward.administrator), make_clinician()
    steps = [{"whom": "person", "after_percent": 0, "person": stranger.pk}]
    body = POLICY | {"steps": steps}
    answer = client.put(address(ward, "escalation"), body, format="json")
    assert answer.json()["code"] == "policy_invalid"
    shift = {
        "care_team": ward.team.pk,
        "clinician": stranger.pk,
        "starts": "08:00",
        "ends": "20:00",
    }
    assert client.post(address(ward, "shifts"), shift).status_code == 400


def test_shifts_covers_and_holidays_come_and_go(ward: Ward) -> None:
    Shift.objects.all().delete()
    client = client_of(ward.administrator)
    team = {"care_team": ward.team.pk}
    hours = {"starts": "00:00", "ends": "00:00"}
    rows = {
        "shifts": team | hours | {"clinician": ward.duty.pk, "line": 1},
        "covers": team
        | {
            "absent": ward.duty.pk,
            "by": ward.second.pk,
            "starts_at": "2026-01-01T00:00:00Z",
            "ends_at": "2126-01-01T00:00:00Z",
        },
        "holidays": {"day": "2026-12-25", "name": "Christmas"},
    }
    made = {}
    for kind, body in rows.items():
        answer = client.post(address(ward, kind), body)
        assert answer.status_code == 201, answer.json()
        made[kind] = answer.json()["id"]
        (listed,) = client.get(address(ward, kind)).json()["results"]
        assert listed["id"] == made[kind]
    duty = address(ward, "teams", ward.team.pk, "on-duty")
    names = {"on_duty": ["CANARY person"], "second": []}
    assert client.get(duty).json() == names
    elsewhere = client_of(make_administrator())
    for kind, pk in made.items():
        where = address(ward, kind, pk)
        assert elsewhere.delete(where).status_code == 404
        assert client.delete(where).status_code == 204
        assert client.delete(where).status_code == 404


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("shifts", {"weekday": 1, "day": "2026-03-02"}),
        ("shifts", {"weekday": 7}),
        ("shifts", {"line": 3}),
        ("covers", {"ends_at": "2025-01-01T00:00:00Z"}),
    ],
)
def test_a_row_that_says_nothing_sensible_is_refused(
    ward: Ward, kind: str, wrong: dict
) -> None:
    body = {
        "care_team": ward.team.pk,
        "clinician": ward.duty.pk,
        "starts": "08:00",
        "ends": "20:00",
        "absent": ward.duty.pk,
        "by": ward.second.pk,
        "starts_at": "2026-01-01T00:00:00Z",
        "ends_at": "2026-01-02T00:00:00Z",
    }
    answer = client_of(ward.administrator).post(address(ward, kind), body | wrong)
    assert answer.status_code == 400
