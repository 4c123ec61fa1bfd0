"""conversations.*: channels, their members and what was said in them."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from sandbox.slack.api.args import Args
from sandbox.slack.api.chat import root_of
from sandbox.slack.api.desk import FAMILY, Desk, method, page_of
from sandbox.slack.errors import ApiError
from sandbox.slack.model import Channel, ChannelKind, Json, Message
from sandbox.slack.wire import channel_json, message_json

KINDS = {
    "public_channel": ChannelKind.PUBLIC,
    "private_channel": ChannelKind.PRIVATE,
    "im": ChannelKind.DIRECT,
    "mpim": ChannelKind.DIRECT,
}
NAME = re.compile(r"[a-z0-9_\-]{1,80}")


@method("conversations.list", tier=2)
async def list_conversations(desk: Desk, args: Args) -> Json:
    """The conversations that the app may know of, of the given types."""
    wanted = args.names("types") or ["public_channel"]
    if any(w not in KINDS for w in wanted):
        raise ApiError("invalid_types")
    kinds = {KINDS[w] for w in wanted}
    for kind in kinds:
        desk.need(f"{FAMILY[kind]}:read")
    without_archived = args.flag("exclude_archived")
    found = [
        channel_json(desk.state, c)
        for c in desk.state.channels.values()
        if c.kind in kinds
        and (not c.is_private or desk.state.bot.id in c.members)
        and not (without_archived and c.archived)
    ]
    page, metadata = page_of(found, args, default=100, most=1000)
    return {"channels": page, "response_metadata": metadata}


@method("conversations.info", tier=3)
async def info(desk: Desk, args: Args) -> Json:
    """One conversation."""
    return {"channel": channel_json(desk.state, desk.readable_channel(args, "read"))}


@method("conversations.members", tier=4)
async def members(desk: Desk, args: Args) -> Json:
    """The ids of a conversation's members."""
    channel = desk.readable_channel(args, "read")
    page, metadata = page_of(({"id": m} for m in sorted(channel.members)), args, default=100, most=1000)
    return {"members": [m["id"] for m in page], "response_metadata": metadata}


@method("conversations.history", tier=3)
async def history(desk: Desk, args: Args) -> Json:
    """What stands in a channel, newest first."""
    channel = desk.readable_channel(args, "history")
    found = [m for m in reversed(channel.timeline()) if _within(args, m)]
    with_metadata = args.flag("include_all_metadata")
    shown = (message_json(desk.state, m, with_metadata=with_metadata) for m in found)
    page, metadata = page_of(shown, args, default=100, most=999)
    more = bool(metadata["next_cursor"])
    answer: Json = {"messages": page, "has_more": more, "pin_count": len(channel.pins)}
    return answer | ({"response_metadata": metadata} if more else {})


@method("conversations.replies", tier=3)
async def replies(desk: Desk, args: Args) -> Json:
    """A thread, its root first, then the replies from the oldest on."""
    channel = desk.readable_channel(args, "history")
    root = channel.messages[root_of(channel, args.required("ts"))]
    found = [root, *(m for m in channel.replies(root.ts) if _within(args, m))]
    with_metadata = args.flag("include_all_metadata")
    shown = (message_json(desk.state, m, with_metadata=with_metadata) for m in found)
    page, metadata = page_of(shown, args, default=1000, most=1000)
    more = bool(metadata["next_cursor"])
    answer: Json = {"messages": page, "has_more": more}
    return answer | ({"response_metadata": metadata} if more else {})


def _within(args: Args, message: Message) -> bool:
    """Whether a message lies between `oldest` and `latest`; the ends count only with `inclusive`."""
    inclusive, ts = args.flag("inclusive"), Decimal(message.ts)
    oldest, latest = _stamp(args, "oldest"), _stamp(args, "latest")
    if oldest is not None and (ts < oldest or (ts == oldest and not inclusive)):
        return False
    return not (latest is not None and (ts > latest or (ts == latest and not inclusive)))


def _stamp(args: Args, name: str) -> Decimal | None:
    value = args.text(name)
    if value is None:
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        raise ApiError(f"invalid_ts_{name}") from None


@method("conversations.join", tier=3, scope="channels:join")
async def join(desk: Desk, args: Args) -> Json:
    """Enter a public channel."""
    channel = desk.visible_channel(args)
    if channel.kind is not ChannelKind.PUBLIC:
        raise ApiError("method_not_supported_for_channel_type")
    if channel.archived:
        raise ApiError("is_archived")
    already = desk.state.bot.id in channel.members
    if not already:
        channel.members.add(desk.state.bot.id)
        joined(desk, channel, desk.state.bot.id)
    answer: Json = {"channel": channel_json(desk.state, channel)}
    return answer | ({"warning": "already_in_channel"} if already else {})


def joined(desk: Desk, channel: Channel, user: str) -> None:
    """Tell the app who came into a channel."""
    desk.state.changed()
    desk.state.on_event(
        {
            "type": "member_joined_channel",
            "user": user,
            "channel": channel.id,
            "channel_type": "G" if channel.is_private else "C",
            "team": desk.state.team_id,
        }
    )


@method("conversations.open", tier=3)
async def open_direct(desk: Desk, args: Args) -> Json:
    """Open direct messages with one person or several."""
    users = args.names("users")
    if not users:
        raise ApiError("users_list_not_supplied")
    if len(users) > 8:
        raise ApiError("too_many_users")
    desk.need("im:write" if len(users) == 1 else "mpim:write")
    if desk.state.bot.id in users:
        raise ApiError("cannot_dm_bot" if len(users) == 1 else "invalid_user_combination")
    before = len(desk.state.channels)
    channel = desk.state.direct_channel({*users, desk.state.bot.id})
    shown = channel_json(desk.state, channel) if args.flag("return_im") else {"id": channel.id}
    answer: Json = {"channel": shown}
    if len(desk.state.channels) == before:
        answer |= {"no_op": True, "already_open": True}
    return answer


@method("conversations.create", tier=2)
async def create(desk: Desk, args: Args) -> Json:
    """Create a channel with the app as its first member."""
    private = args.flag("is_private")
    desk.need("groups:write" if private else "channels:manage")
    name = args.text("name")
    if name is None:
        raise ApiError("invalid_name_required")
    if not NAME.fullmatch(name):
        raise ApiError("invalid_name_specials" if len(name) <= 80 else "invalid_name_maxlength")
    if desk.state.find_channel(f"#{name}") is not None:
        raise ApiError("name_taken")
    kind = ChannelKind.PRIVATE if private else ChannelKind.PUBLIC
    channel = Channel(desk.state.new_id("C"), name, kind, {desk.state.bot.id}, created=int(desk.state.clock()))
    desk.state.channels[channel.id] = channel
    desk.state.changed()
    return {"channel": channel_json(desk.state, channel)}
