"""The ways out, one file each, all of one shape. A new one is one more line here."""

from __future__ import annotations

from typing import Final

from alerts.channels.base import Channel, ChannelError
from alerts.channels.email import Email
from alerts.channels.in_app import InApp


__all__ = ["CHANNELS", "Channel", "ChannelError"]

CHANNELS: Final[dict[str, Channel]] = {
    channel.name: channel for channel in (InApp(), Email())
}
