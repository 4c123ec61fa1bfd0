"""What Slack tells the app about a click, a submission, a command: the payloads of interactions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.slack.errors import CannotDoError
from sandbox.slack.inputs import pick, state_value
from sandbox.slack.model import Channel, ChannelKind, Json, Member, Message, ResponseUrl, View
from sandbox.slack.state import State
from sandbox.slack.wire import message_json, view_json


@dataclass(frozen=True, slots=True)
class Found:
    """An element that a person acts on, and the block it stands in."""

    block: Json
    element: Json


def acting_elements(blocks: list[Json]) -> Iterator[Found]:
    """All elements of blocks that have an action_id."""
    for block in blocks:
        for element in (block.get("accessory"), block.get("element"), *block.get("elements", ())):
            if isinstance(element, dict) and "action_id" in element:
                yield Found(block, element)


def find_element(blocks: list[Json], action_id: str, block_id: str | None, value: object) -> Found:
    """The element with this action_id; of several, the one in the block or with the value given."""
    found = [f for f in acting_elements(blocks) if f.element["action_id"] == action_id]
    if block_id is not None:
        found = [f for f in found if f.block["block_id"] == block_id]
    if len(found) > 1:
        found = [f for f in found if f.element.get("value") == value]
    if len(found) == 1:
        return found[0]
    there = ", ".join(f"{f.element['action_id']} ({f.block['block_id']})" for f in acting_elements(blocks))
    how_many = "no" if not found else "more than one"
    raise CannotDoError(f"there is {how_many} {action_id!r} to act on here; there are: {there or 'none'}")


def action_json(state: State, found: Found, value: object) -> Json:
    """One entry of `actions`: what was pressed or chosen."""
    block, element = found.block, found.element
    action: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": state.new_ts(),
    }
    if element["type"] == "button":
        return action | {k: element[k] for k in ("text", "value", "style") if k in element}
    if element["type"] == "overflow":
        return action | {"selected_option": pick(element, str(value))}
    return action | state_value(state, element, value)


def who(state: State, person: Member) -> Json:
    """The `user` of an interaction."""
    return {"id": person.id, "username": person.key, "name": person.key, "team_id": state.team_id}


def _common(state: State, person: Member, kind: str, token: str) -> Json:
    return {
        "type": kind,
        "user": who(state, person),
        "api_app_id": state.app_id,
        "token": token,
        "team": {"id": state.team_id, "domain": state.team_domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def channel_name(channel: Channel) -> str:
    """How payloads call a conversation."""
    if channel.kind is ChannelKind.DIRECT:
        return "directmessage"
    return "privategroup" if channel.is_private else channel.name


def response_url(state: State, entry: ResponseUrl) -> str:
    """A fresh response_url."""
    return f"{state.api_root}/actions/{state.new_response_url(entry)}"


def message_action(state: State, person: Member, message: Message, found: Found, value: object, token: str) -> Json:
    """`block_actions` from a message. An ephemeral one comes without its content, as in Slack."""
    channel = state.channels[message.channel_id]
    ephemeral = message.only_for is not None
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if message.is_reply:
        container["thread_ts"] = message.thread_ts
    thread_ts = message.thread_ts if message.is_reply else None
    entry = ResponseUrl(person.id, channel.id, state.clock(), message.ts, thread_ts)
    payload = _common(state, person, "block_actions", token) | {
        "container": container,
        "trigger_id": state.new_trigger(person.id),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "state": {"values": message.values.get(person.id, {})},
        "response_url": response_url(state, entry),
        "actions": [action_json(state, found, value)],
    }
    return payload if ephemeral else payload | {"message": message_json(state, message, with_metadata=True)}


def view_action(state: State, person: Member, view: View, found: Found, value: object, token: str) -> Json:
    """`block_actions` from a modal or Home tab."""
    return _common(state, person, "block_actions", token) | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": state.new_trigger(person.id, view.id),
        "view": view_json(state, view),
        "actions": [action_json(state, found, value)],
    }


def view_submission(state: State, person: Member, view: View, token: str) -> Json:
    """`view_submission`."""
    return _common(state, person, "view_submission", token) | {
        "trigger_id": state.new_trigger(person.id, view.id),
        "view": view_json(state, view),
        "response_urls": [],
    }


def view_closed(state: State, person: Member, view: View, token: str, *, cleared: bool) -> Json:
    """`view_closed`, for views that asked for it."""
    return _common(state, person, "view_closed", token) | {
        "view": view_json(state, view),
        "is_cleared": cleared,
    }


def suggestion(state: State, person: Member, view: View, found: Found, typed: str, token: str) -> Json:
    """`block_suggestion`: which options fit what was typed into an external select."""
    return _common(state, person, "block_suggestion", token) | {
        "action_id": found.element["action_id"],
        "block_id": found.block["block_id"],
        "value": typed,
        "container": {"type": "view", "view_id": view.id},
        "view": view_json(state, view),
    }


def shortcut(state: State, person: Member, callback_id: str, token: str) -> Json:
    """A global `shortcut`."""
    return _common(state, person, "shortcut", token) | {
        "callback_id": callback_id,
        "trigger_id": state.new_trigger(person.id),
        "action_ts": state.new_ts(),
    }


def message_shortcut(state: State, person: Member, message: Message, callback_id: str, token: str) -> Json:
    """A `message_action`: a shortcut on one message."""
    channel = state.channels[message.channel_id]
    thread_ts = message.thread_ts if message.is_reply else None
    entry = ResponseUrl(person.id, channel.id, state.clock(), message.ts, thread_ts)
    return _common(state, person, "message_action", token) | {
        "callback_id": callback_id,
        "trigger_id": state.new_trigger(person.id),
        "action_ts": state.new_ts(),
        "message_ts": message.ts,
        "message": message_json(state, message, with_metadata=True),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "response_url": response_url(state, entry),
    }


def slash_command(
    state: State, person: Member, channel: Channel, command: str, text: str, url: str, token: str
) -> Json:
    """A slash command."""
    return {
        "token": token,
        "team_id": state.team_id,
        "team_domain": state.team_domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": person.id,
        "user_name": person.key,
        "command": command,
        "text": text,
        "api_app_id": state.app_id,
        "is_enterprise_install": "false",
        "response_url": url,
        "trigger_id": state.new_trigger(person.id),
    }
