"""What every channel must obey; a new one is checked by being in the registry."""

from __future__ import annotations

import pytest
from django.core import mail

from alerts.channels import CHANNELS, ChannelError
from alerts.channels.points import ToPoints
from alerts.models import Alert, Delivery
from alerts.services import telling
from tracker.models import User


SECRET = "CANARY"
#: What the others send is read by the servers of integration/alerts/test_channels.py.
WITHOUT_POINTS = [
    name for name, channel in CHANNELS.items() if not isinstance(channel, ToPoints)
]


def a_delivery(address: str = "somebody@example.org") -> Delivery:
    alert = Alert(reason=SECRET, patient_title=SECRET, patient_text=SECRET)
    who = User(email=address, name=SECRET)
    return Delivery(alert=alert, recipient=who, channel="x", step=1)


@pytest.mark.parametrize("name", CHANNELS)
def test_a_channel_is_known_by_its_own_name(name: str) -> None:
    assert CHANNELS[name].name == name
    assert isinstance(CHANNELS[name].goes_out, bool)


@pytest.mark.parametrize("name", WITHOUT_POINTS)
def test_a_channel_carries_no_content_and_no_name(name: str) -> None:
    CHANNELS[name].send(a_delivery())
    assert SECRET not in "".join(sent.message().as_string() for sent in mail.outbox)


@pytest.mark.parametrize("name", WITHOUT_POINTS)
def test_a_repeat_can_be_recognised(name: str) -> None:
    delivery = a_delivery()
    for _ in range(2):
        CHANNELS[name].send(delivery)
    ids = {sent.message()["Message-ID"] for sent in mail.outbox}
    assert ids <= {f"<{delivery.pk}@localhost>"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", [name for name, channel in CHANNELS.items() if channel.goes_out]
)
def test_nobody_to_send_to_is_a_permanent_failure(name: str) -> None:
    delivery = a_delivery(address="")
    delivery.recipient.save()
    with pytest.raises(ChannelError) as caught:
        CHANNELS[name].send(delivery)
    assert caught.value.permanent
    assert SECRET not in str(caught.value)


def test_every_channel_that_is_used_exists() -> None:
    used = {
        *telling.STAFF_CHANNELS,
        *telling.QUIET_CHANNELS,
        *telling.PATIENT_CHANNELS,
    }
    assert used <= set(CHANNELS)
    assert any(CHANNELS[name].goes_out for name in telling.STAFF_CHANNELS)
