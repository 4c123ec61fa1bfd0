"""pins.*: what stays at the top of a channel."""

from __future__ import annotations

from sandbox.slack.api.args import Args
from sandbox.slack.api.desk import Desk, method
from sandbox.slack.errors import ApiError
from sandbox.slack.model import Channel, Json, Message
from sandbox.slack.wire import message_json

MOST_PINS = 100


def _pinnable(desk: Desk, args: Args) -> tuple[Channel, Message]:
    channel = desk.own_channel(args)
    message = channel.messages.get(args.required("timestamp"))
    if message is None:
        raise ApiError("message_not_found")
    return channel, message


@method("pins.add", tier=2, scope="pins:write")
async def add(desk: Desk, args: Args) -> Json:
    """Pin a message."""
    channel, message = _pinnable(desk, args)
    if message.ts in channel.pins:
        raise ApiError("already_pinned")
    if len(channel.pins) >= MOST_PINS:
        raise ApiError("too_many_pins")
    channel.pins.append(message.ts)
    desk.state.touch(message)
    return {}


@method("pins.remove", tier=2, scope="pins:write")
async def remove(desk: Desk, args: Args) -> Json:
    """Take a pin off."""
    channel, message = _pinnable(desk, args)
    if message.ts not in channel.pins:
        raise ApiError("no_pin")
    channel.pins.remove(message.ts)
    desk.state.touch(message)
    return {}


@method("pins.list", tier=2, scope="pins:read")
async def list_pins(desk: Desk, args: Args) -> Json:
    """A channel's pins, newest first."""
    channel = desk.visible_channel(args)
    return {
        "items": [
            {
                "type": "message",
                "channel": channel.id,
                "message": message_json(desk.state, channel.messages[ts]),
            }
            for ts in reversed(channel.pins)
        ]
    }
