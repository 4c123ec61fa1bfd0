"""What every Web API method may reach, and the register of methods with their tiers and scopes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from sandbox.slack.api.args import Args
from sandbox.slack.delivery import Delivery
from sandbox.slack.errors import ApiError
from sandbox.slack.model import Channel, ChannelKind, Json
from sandbox.slack.sockets import SocketHub
from sandbox.slack.state import State

LEAST_SCOPES = frozenset(
    {
        "chat:write",
        "commands",
        "channels:read",
        "channels:join",
        "groups:read",
        "channels:history",
        "groups:history",
        "users:read",
        "usergroups:read",
        "files:write",
        "files:read",
        "pins:write",
        "im:write",
        "im:history",
        "app_mentions:read",
    }
)
"""The bot scopes of the default app. Give the workspace the manifest's own to try those."""


@dataclass(slots=True)
class Desk:
    """The workspace as the app's token sees it."""

    state: State
    sockets: SocketHub
    delivery: Delivery
    scopes: frozenset[str]

    def need(self, *any_of: str) -> None:
        """Raise `missing_scope` unless one of these scopes was granted."""
        if not self.scopes.intersection(any_of):
            raise ApiError("missing_scope", needed=any_of[0], provided=",".join(sorted(self.scopes)))

    def visible_channel(self, args: Args, name: str = "channel") -> Channel:
        """The conversation an argument names, if the app may know of it. Raises `channel_not_found`."""
        channel = self.state.channels.get(args.required(name))
        if channel is None or (channel.is_private and self.state.bot.id not in channel.members):
            raise ApiError("channel_not_found")
        return channel

    def own_channel(self, args: Args) -> Channel:
        """A conversation the app is a member of and may write to."""
        channel = self.visible_channel(args)
        if self.state.bot.id not in channel.members:
            raise ApiError("not_in_channel")
        if channel.archived:
            raise ApiError("is_archived")
        return channel

    def readable_channel(self, args: Args, right: str) -> Channel:
        """A conversation whose `right` (`history`, `read`) the token has, and the app is in it."""
        channel = self.visible_channel(args)
        self.need(f"{FAMILY[channel.kind]}:{right}")
        if right == "history" and self.state.bot.id not in channel.members:
            raise ApiError("not_in_channel")
        return channel


FAMILY = {ChannelKind.PUBLIC: "channels", ChannelKind.PRIVATE: "groups", ChannelKind.DIRECT: "im"}
"""The scope family of a kind of conversation."""

Handler = Callable[[Desk, Args], Awaitable[Json]]


@dataclass(frozen=True, slots=True)
class Method:
    """A Web API method: what it does, its rate tier (None: special) and the token it wants."""

    name: str
    handler: Handler
    tier: int | None
    app_token: bool = False


METHODS: dict[str, Method] = {}


def method(
    name: str, *, tier: int | None, scope: str | None = None, app_token: bool = False
) -> Callable[[Handler], Handler]:
    """Register a handler under its Web API name."""

    def register(handler: Handler) -> Handler:
        async def checked(desk: Desk, args: Args) -> Json:
            if scope is not None:
                desk.need(scope)
            return await handler(desk, args)

        METHODS[name] = Method(name, checked, tier, app_token)
        return handler

    return register


def page_of(items: Iterable[Json], args: Args, *, default: int, most: int) -> tuple[list[Json], Json]:
    """One page of a list by `limit` and `cursor`, and its `response_metadata`. Raises `invalid_cursor`."""
    everything = list(items)
    limit = args.number("limit", default, 1, most)
    start = read_cursor(args)
    end = start + limit
    following = base64.b64encode(f"offset:{end}".encode()).decode() if end < len(everything) else ""
    return everything[start:end], {"next_cursor": following}


def read_cursor(args: Args) -> int:
    """The offset in a cursor, 0 without one."""
    cursor = args.text("cursor")
    if cursor is None:
        return 0
    try:
        kind, _, value = base64.b64decode(cursor, validate=True).decode().partition(":")
        if kind == "offset":
            return int(value)
    except (binascii.Error, ValueError):
        pass
    raise ApiError("invalid_cursor")
