"""The ways out, one file each, all of one shape. A new one is one more line here."""

from __future__ import annotations

from typing import Final

from alerts.channels.apns import Apns
from alerts.channels.base import Channel, ChannelError, Gone, Nudge, Sent
from alerts.channels.email import Email
from alerts.channels.fcm import Fcm
from alerts.channels.in_app import InApp
from alerts.channels.sms import Sms
from alerts.channels.web_push import WebPush
from alerts.channels.webhook import Webhook


__all__ = ["CHANNELS", "Channel", "ChannelError", "Gone", "Nudge", "Sent"]

CHANNELS: Final[dict[str, Channel]] = {
    channel.name: channel
    for channel in (InApp(), Email(), WebPush(), Fcm(), Apns(), Sms(), Webhook())
}
