"""What befalls a diary in a random history: consent, moves, caregivers, starting over."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from random import Random
from typing import Any

from tests import factories
from tests.integration.sync.conftest import Phone, make_patient, token_of
from tests.integration.sync.history_phones import Device, Key, blank
from tracker.domain import consent
from tracker.models import Patient
from tracker.services import moving, people, resync
from tracker.services.enrolment import invite


class Turns:
    """The turns; the history that they belong to has the model and the phones."""

    chance: Random
    patient: Patient
    devices: list[Device]
    #: Whom the caregiver looks after as well, and what they wrote there.
    other: Patient | None
    others_entries: set[str]
    #: What came since the consent was withdrawn; None while it holds.
    sealed: list[tuple[Device, dict[str, list[Any]]]] | None

    def arrive(self, device: Device, changes: dict[str, list[Any]]) -> Any:
        """Apply a push to the model."""
        raise NotImplementedError

    def word(self) -> str:
        """Return a note that nobody else writes."""
        raise NotImplementedError

    def pair_and_entry(self) -> tuple[list[Device], Key | None]:
        """Choose two phones, and an entry that both hold."""
        pair = self.chance.sample(self.devices, k=min(2, len(self.devices)))
        shared = set.intersection(*(set(device.local) for device in pair))
        return pair, self.chance.choice(sorted(shared)) if shared else None

    def give_the_last_phone_to_a_caregiver(self) -> None:
        """Let the last phone be that of somebody who cares for two patients."""
        self.other = make_patient(f"{uuid.uuid4().hex}@example.org")
        carer = factories.make_caregiver(self.patient, may_write=True).user
        factories.make_caregiver(self.other, carer, may_write=True)
        self.devices[-1] = Device(
            token_of(carer),
            names_revision=self.devices[-1].names_revision,
            patient=str(self.patient.pk),
            account=carer.pk,
        )

    def is_kept_sealed(self, device: Device, changes: Any, reply: Any) -> None:
        """Check that the phone is told what becomes of what it sent, and keeps it."""
        sent = sum(map(len, changes.values()))
        assert reply["outcomes"]["quarantined"] == len(reply["quarantined"]) == sent
        assert [notice["code"] for notice in reply["notices"]] == ["consent_withdrawn"]
        assert not any(reply["changes"].values())
        assert not reply["has_more"]
        device.cursor = reply["cursor"]  # it stays where it is, so this changes nothing

    def change_consent(self) -> None:
        if self.sealed is not None:
            self.agree_again()
        else:
            people.withdraw_consent(self.patient, now=datetime.now(UTC))
            self.sealed = []

    def agree_again(self) -> None:
        now = datetime.now(UTC)
        people.give_consent(self.patient, version=consent.VERSION, now=now)
        self.let_in_what_was_sealed()

    def let_in_what_was_sealed(self) -> None:
        for device, changes in self.sealed or ():
            self.arrive(device, changes)
        self.sealed = None

    def move_to_another_clinic(self) -> None:
        """Move; what was sealed before comes in at the new clinic."""
        clinic = factories.make_clinic()
        now = datetime.now(UTC)
        _, code = invite(
            patient_name="CANARY",
            clinic=clinic,
            care_team=None,
            created_by=factories.make_administrator(clinic),
            now=now,
        )
        self.patient = moving.move_to_clinic(
            self.patient,
            code,
            consent_version=consent.VERSION,
            by=self.patient.user,
            now=now,
        )
        self.let_in_what_was_sealed()

    def start_over(self) -> None:
        """Let the operator make every phone read everything again."""
        resync.resync_patient(self.patient.pk)

    def caregiver_writes_elsewhere(self) -> None:
        """Let the caregiver's phone write into the other diary, under the same device."""
        if self.other is not None:
            entry = blank("pain_logs") | {
                "id": f"{self.other.pk.hex[:20]}{self.word()[5:]}"
            }
            carer = Phone(self.devices[-1].token, device=self.devices[-1].device)
            changes = {"pain_logs": [entry]}
            reply = carer.sync(changes, patient=str(self.other.pk))
            assert reply["outcomes"]["new"] == 1
            self.others_entries.add(entry["id"])
