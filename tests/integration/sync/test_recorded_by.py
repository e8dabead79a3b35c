"""Who wrote each state of an entry: the patient's account or a caregiver's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import client_of, make_caregiver, make_clinician, make_patient
from tests.integration.sync.conftest import Phone, pain, token_of
from tests.integration.sync.rxdb import RxPhone
from tests.integration.sync.rxdb import row as rx_row
from tests.integration.sync.test_watermelon import Melon, created
from tests.integration.sync.test_watermelon import row as melon_row


pytestmark = pytest.mark.django_db
ID = "entry.000001"


def by_native(user: Any, intensity: int) -> None:
    phone = Phone(token_of(user))
    phone.full_sync()
    phone.sync({"pain_logs": [pain(ID, intensity=intensity)]})


def by_watermelon(user: Any, intensity: int) -> None:
    phone = Melon(user)
    after = phone.pull()["timestamp"]
    phone.push(created(melon_row(ID, intensity=intensity)), after)


def by_rxdb(user: Any, intensity: int) -> None:
    phone = RxPhone(token_of(user))
    known = {each["id"]: each for each in phone.pulled()}
    document = pain(ID, intensity=intensity)
    assert phone.pushed(rx_row(document, known.get(ID))) == []


@pytest.mark.parametrize("write", [by_native, by_watermelon, by_rxdb])
def test_staff_see_who_wrote_each_state(write, client) -> None:
    patient = make_patient()
    nurse = make_clinician(patient.clinic)
    carer = make_caregiver(patient, may_write=True).user
    write(patient.user, 3)
    write(carer, 7)

    url = f"/api/v1/patients/{patient.pk}/diary/pain_logs"
    (entry,) = client_of(nurse).get(url).json()["results"]
    assert (entry["intensity"], entry["recorded_by"]) == (7, "caregiver")
    assert entry["recorded_by_name"] == carer.name
    states = client_of(nurse).get(f"{url}/{ID}/revisions").json()
    assert [each["recorded_by"] for each in states] == ["caregiver", "patient"]

    client.force_login(nurse)
    page = client.get(f"/patients/{patient.pk}/").content.decode()
    assert f"written by {carer.name}, caregiver" in page


def test_a_phone_is_not_told_whose_account_wrote(patient) -> None:
    by_native(patient.user, 3)
    phone = Phone(token_of(patient.user))
    phone.full_sync()
    assert not {"recorded_by", "recorded_by_id"} & set(phone.held["pain_logs", ID])
