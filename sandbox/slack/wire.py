"""How the workspace's things look on the wire: messages, users, channels, views, files."""

from __future__ import annotations

import copy
import secrets
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sandbox.slack.model import SLACKBOT, Channel, ChannelKind, Json, Member, Message, StoredFile, UserGroup, View
from sandbox.slack.state import State


def message_json(state: State, message: Message, *, with_metadata: bool = False) -> Json:
    """A message as `conversations.history` shows it."""
    channel = state.channels[message.channel_id]
    shown: Json = {
        "type": "message",
        "user": message.author_id,
        "text": message.text,
        "ts": message.ts,
        "team": state.team_id,
    }
    if message.from_app:
        shown |= {"bot_id": state.bot_id, "app_id": state.app_id, "bot_profile": bot_profile(state)}
    if message.blocks:
        shown["blocks"] = copy.deepcopy(message.blocks)
    if message.subtype is not None:
        shown["subtype"] = message.subtype
    if message.edited_ts is not None:
        shown["edited"] = {"user": message.author_id, "ts": message.edited_ts}
    if with_metadata and message.metadata is not None:
        shown["metadata"] = copy.deepcopy(message.metadata)
    if message.file_ids:
        shown["files"] = [file_json(state, state.files[f]) for f in message.file_ids]
    if message.unfurls:
        shown["attachments"] = [
            {"id": n, "from_url": url, **unfurl} for n, (url, unfurl) in enumerate(message.unfurls.items(), 1)
        ]
    if message.ts in channel.pins:
        shown["pinned_to"] = [channel.id]
    if message.only_for is not None:
        shown["is_ephemeral"] = True
    return shown | _thread_json(channel, message)


def _thread_json(channel: Channel, message: Message) -> Json:
    if message.is_reply:
        root = channel.messages.get(message.thread_ts or "")
        return {"thread_ts": message.thread_ts, "parent_user_id": root.author_id if root else None}
    replies = channel.replies(message.ts)
    if not replies:
        return {}
    authors = list(dict.fromkeys(r.author_id for r in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users": authors,
        "reply_users_count": len(authors),
        "latest_reply": replies[-1].ts,
    }


def bot_profile(state: State) -> Json:
    """Who the app is, beside its messages."""
    return {
        "id": state.bot_id,
        "app_id": state.app_id,
        "name": state.bot.name,
        "team_id": state.team_id,
        "deleted": False,
    }


def user_json(state: State, member: Member, *, locale: bool = False) -> Json:
    """A user as `users.info` shows it; with their locale only where it was asked for."""
    offset = datetime.now(ZoneInfo(member.time_zone)).utcoffset()
    said: Json = {"locale": member.locale} if locale else {}
    return said | {
        "id": member.id,
        "team_id": state.team_id,
        "name": member.key,
        "real_name": member.name,
        "deleted": member.deleted,
        "tz": member.time_zone,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": {
            "real_name": member.name,
            "display_name": member.name,
            "title": member.title,
            "team": state.team_id,
        },
        "is_admin": member.is_admin,
        "is_owner": member.is_admin,
        "is_bot": member.is_bot and member.id != SLACKBOT,
        "is_restricted": member.is_restricted,
        "is_ultra_restricted": False,
        "is_app_user": False,
        "updated": 0,
    }


def channel_json(state: State, channel: Channel) -> Json:
    """A conversation as `conversations.info` shows it, seen by the app."""
    direct = channel.kind is ChannelKind.DIRECT
    shown: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.archived,
        "is_im": direct and len(channel.members) == 2,
        "is_mpim": direct and len(channel.members) > 2,
        "is_channel": not direct,
        "is_group": False,
        "is_private": channel.is_private,
        "is_ext_shared": channel.shared_with_others,
        "is_member": state.bot.id in channel.members,
        "context_team_id": state.team_id,
    }
    if direct:
        others = sorted(channel.members - {state.bot.id})
        return shown | {"user": others[0] if others else state.bot.id}
    return shown | {
        "name": channel.name,
        "name_normalized": channel.name,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": len(channel.members),
    }


def group_json(state: State, group: UserGroup) -> Json:
    """A user group as `usergroups.list` shows it."""
    return {
        "id": group.id,
        "team_id": state.team_id,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "date_update": group.updated,
        "date_delete": group.deleted,
        "user_count": len(group.members),
    }


def file_json(state: State, file: StoredFile) -> Json:
    """A file as messages show it; `url_private` wants the bot's token."""
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.mimetype,
        "filetype": file.name.rpartition(".")[2],
        "size": file.size,
        "user": file.author_id,
        "alt_txt": file.alt_text,
        "channels": list(file.shared_in),
        "url_private": f"{state.api_root}/files/{file.id}/{quote(file.name)}",
        "url_private_download": f"{state.api_root}/files/{file.id}/{quote(file.name)}?download=1",
    }


def view_json(state: State, view: View) -> Json:
    """A view as the app gets it back, with what has been typed so far."""
    content = copy.deepcopy(view.content)
    shown: Json = {
        "id": view.id,
        "team_id": state.team_id,
        "app_id": state.app_id,
        "app_installed_team_id": state.team_id,
        "bot_id": state.bot_id,
        "type": view.type,
        "blocks": content.pop("blocks", []),
        "private_metadata": content.pop("private_metadata", ""),
        "callback_id": content.pop("callback_id", ""),
        "external_id": content.pop("external_id", ""),
        "clear_on_close": content.pop("clear_on_close", False),
        "notify_on_close": content.pop("notify_on_close", False),
        "title": content.pop("title", {"type": "plain_text", "text": "View Title", "emoji": True}),
        "close": content.pop("close", None),
        "submit": content.pop("submit", None),
        "state": {"values": copy.deepcopy(view.values)},
        "hash": view.hash,
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
    }
    return shown


def with_ids(blocks: list[Json]) -> list[Json]:
    """Blocks as Slack keeps them: each with a block_id, each element that acts with an action_id."""
    kept = copy.deepcopy(blocks)
    for block in kept:
        block.setdefault("block_id", secrets.token_urlsafe(4)[:5])
        acting = [*block.get("elements", ()), block.get("accessory"), block.get("element")]
        if block["type"] not in ("actions", "section", "input"):
            continue
        for element in acting:
            if isinstance(element, dict) and element.get("type") != "image":
                element.setdefault("action_id", secrets.token_urlsafe(4)[:5])
    return kept
