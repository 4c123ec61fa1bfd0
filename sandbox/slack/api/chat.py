"""chat.*: posting, editing and deleting messages."""

from __future__ import annotations

import json
import re

from sandbox.slack.api.args import Args
from sandbox.slack.api.desk import Desk, method
from sandbox.slack.blocks import Surface, validate
from sandbox.slack.errors import ApiError
from sandbox.slack.model import Channel, ComposedLinks, Json, Message
from sandbox.slack.wire import message_json, with_ids

LONGEST_TEXT = 40_000
LONGEST_EDIT = 4_000
METADATA_BYTES = 8_192
"""contracts: 8 KB, unverified; Slack's page has no figure for apps."""
EVENT_TYPE = re.compile(r"[A-Za-z0-9_.\-]{1,255}")


def checked_blocks(desk: Desk, args: Args) -> list[Json] | None:
    """The blocks of a call, validated; None when not given. Raises `invalid_blocks`, `invalid_blocks_format`."""
    blocks = args.json("blocks", "invalid_blocks_format")
    if blocks is None:
        return None
    if not isinstance(blocks, list):
        raise ApiError("invalid_blocks_format")
    problems = validate(blocks, Surface.MESSAGE, files=desk.state.files)
    if problems:
        raise ApiError("invalid_blocks", *map(str, problems))
    return with_ids(blocks)


def checked_metadata(args: Args) -> Json | None:
    """The metadata of a call; an empty object removes it. Raises `invalid_metadata_format`, `metadata_too_large`."""
    metadata = args.json("metadata", "invalid_metadata_format")
    if metadata is None or metadata == {}:
        return None
    if not isinstance(metadata, dict):
        raise ApiError("invalid_metadata_format")
    kind, payload = metadata.get("event_type"), metadata.get("event_payload")
    if not isinstance(kind, str) or not EVENT_TYPE.fullmatch(kind) or not isinstance(payload, dict):
        raise ApiError("invalid_metadata_format")
    if len(json.dumps(payload)) > METADATA_BYTES:
        raise ApiError("metadata_too_large")
    return {"event_type": kind, "event_payload": payload}


def target_channel(desk: Desk, args: Args) -> Channel:
    """Where a post goes: a conversation by id or name, or a person's direct messages by user id."""
    name = args.required("channel")
    state = desk.state
    if name in state.people:
        return state.direct_channel({name, state.bot.id})
    found = state.find_channel(name)
    return desk.own_channel(Args({"channel": found.id if found else name}))


def content(desk: Desk, args: Args) -> tuple[str, list[Json]]:
    """Text and blocks; one of them must be there. Raises `no_text`."""
    blocks = checked_blocks(desk, args) or []
    text = args.text("text") or ""
    if not text and not blocks and not args.json("attachments"):
        raise ApiError("no_text")
    return text[:LONGEST_TEXT], blocks


@method("chat.postMessage", tier=None, scope="chat:write")
async def post_message(desk: Desk, args: Args) -> Json:
    """Post to a channel, a thread or a person."""
    channel = target_channel(desk, args)
    text, blocks = content(desk, args)
    thread_ts = args.text("thread_ts")
    if thread_ts is not None:
        thread_ts = root_of(channel, thread_ts)
    broadcast = thread_ts is not None and args.flag("reply_broadcast")
    message = desk.state.add_message(
        Message(
            desk.state.new_ts(),
            channel.id,
            desk.state.bot.id,
            text,
            blocks,
            checked_metadata(args),
            thread_ts,
            broadcast,
            subtype="thread_broadcast" if broadcast else None,
            from_app=True,
        )
    )
    shown = message_json(desk.state, message, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


def root_of(channel: Channel, thread_ts: str) -> str:
    """The root of the thread that a message stands in. Raises `thread_not_found`."""
    found = channel.messages.get(thread_ts)
    if found is None:
        raise ApiError("thread_not_found")
    return found.thread_ts if found.is_reply and found.thread_ts else found.ts


def own_message(desk: Desk, channel: Channel, ts: str, refusal: str) -> Message:
    """A message of the app's own. Raises `message_not_found` or `refusal`."""
    message = channel.messages.get(ts)
    if message is None or message.subtype == "tombstone":
        raise ApiError("message_not_found")
    if not message.from_app:
        raise ApiError(refusal)
    return message


@method("chat.update", tier=3, scope="chat:write")
async def update(desk: Desk, args: Args) -> Json:
    """Edit one's own message. Text without blocks removes the blocks; metadata stays unless given."""
    channel = desk.own_channel(args)
    message = own_message(desk, channel, args.required("ts"), "cant_update_message")
    text, blocks = args.text("text"), checked_blocks(desk, args)
    if text is None and blocks is None and not args.has("metadata"):
        raise ApiError("no_text")
    if text is not None and len(text) > LONGEST_EDIT:
        raise ApiError("msg_too_long")
    metadata = checked_metadata(args) if args.has("metadata") else message.metadata
    message.metadata = metadata
    if blocks is not None:
        message.blocks = blocks
        message.values = {}
    elif text is not None:
        message.blocks = []
        message.edited_ts = desk.state.new_ts()
    if text is not None:
        message.text = text
    desk.state.touch(message)
    shown = message_json(desk.state, message, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


@method("chat.delete", tier=3, scope="chat:write")
async def delete(desk: Desk, args: Args) -> Json:
    """Delete one's own message."""
    channel = desk.own_channel(args)
    message = own_message(desk, channel, args.required("ts"), "cant_delete_message")
    desk.state.remove_message(message)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.postEphemeral", tier=4, scope="chat:write")
async def post_ephemeral(desk: Desk, args: Args) -> Json:
    """Show a message to one member of a channel."""
    channel = target_channel(desk, args)
    user = args.required("user")
    if user not in desk.state.people:
        raise ApiError("user_not_found")
    if user not in channel.members:
        raise ApiError("user_not_in_channel")
    text, blocks = content(desk, args)
    message = Message(
        desk.state.new_ts(),
        channel.id,
        desk.state.bot.id,
        text,
        blocks,
        thread_ts=args.text("thread_ts"),
        only_for=user,
        from_app=True,
    )
    desk.state.add_message(message)
    return {"message_ts": message.ts}


@method("chat.getPermalink", tier=None)
async def get_permalink(desk: Desk, args: Args) -> Json:
    """The address of a message on the workspace's page."""
    channel = desk.visible_channel(args)
    ts = args.required("message_ts")
    message = channel.messages.get(ts)
    if message is None:
        raise ApiError("message_not_found")
    link = f"{desk.state.page_root}/archives/{channel.id}/p{ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


@method("chat.unfurl", tier=3, scope="links:write")
async def unfurl(desk: Desk, args: Args) -> Json:
    """Show what stands behind the links of a person's message, posted (`channel` and `ts`, or `unfurl_id`) or under way."""
    links, message = _unfurled(desk, args)
    there = links.urls if links is not None else message.text if message is not None else ""
    unfurls = args.json("unfurls", "invalid_unfurls_format")
    if not isinstance(unfurls, dict) or any(not isinstance(u, dict) for u in unfurls.values()):
        raise ApiError("invalid_unfurls_format")
    for url, shown in unfurls.items():
        if url not in there:
            raise ApiError("cannot_unfurl_url")
        problems = validate(shown.get("blocks", []), Surface.MESSAGE, files=desk.state.files)
        if problems:
            raise ApiError("invalid_blocks", *map(str, problems))
    if links is not None:
        links.shown = dict(unfurls)
    if message is not None:
        message.unfurls = dict(unfurls)
        desk.state.touch(message)
    desk.state.changed()
    return {}


def _unfurled(desk: Desk, args: Args) -> tuple[ComposedLinks | None, Message | None]:
    """What is unfurled: the links under their own id, and the message where it is posted. Raises `cannot_unfurl_message`."""
    unfurl_id = args.text("unfurl_id")
    if unfurl_id is not None:
        links = desk.state.composed.get(unfurl_id)
        posted = links is not None and links.message_ts is not None
        if links is None or args.required("source") != ("conversations_history" if posted else "composer"):
            raise ApiError("cannot_unfurl_message")
        return links, desk.state.channels[links.channel_id].messages.get(links.message_ts or "")
    message = desk.visible_channel(args).messages.get(args.required("ts"))
    if message is None:
        raise ApiError("cannot_unfurl_message")
    return None, message


@method("blocks.validate", tier=4)
async def validate_blocks(desk: Desk, args: Args) -> Json:
    """Check blocks without posting them."""
    checked_blocks(desk, args)
    return {}
