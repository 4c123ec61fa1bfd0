"""Blocks as plain lines: what a person reads, for printed stories and for tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sandbox.slack.model import Json, Message
from sandbox.slack.state import State

TOKEN = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
EMOJI = {
    ":small_red_triangle:": "▲",
    ":bust_in_silhouette:": "☻",
    ":zzz:": "z",
    ":double_vertical_bar:": "‖",
    ":1234:": "#",
    ":raised_hand:": "✋",
    ":white_check_mark:": "✔",
    ":ballot_box_with_check:": "☑",
    ":repeat:": "↻",
    ":warning:": "!",
    ":lightning:": "⚡",
    ":snowflake:": "❄",
}


def read_message(state: State, message: Message, reader: str | None = None) -> str:
    """A message as lines of text; times in the zone of `reader` (a person's id), else UTC."""
    zone = state.people[reader].time_zone if reader is not None else "Etc/UTC"
    if not message.blocks:
        return read_mrkdwn(state, message.text, zone)
    return "\n".join(line for block in message.blocks for line in _lines(state, block, zone))


def read_blocks(state: State, blocks: list[Json], zone: str = "Etc/UTC") -> str:
    """Blocks as lines of text."""
    return "\n".join(line for block in blocks for line in _lines(state, block, zone))


def _lines(state: State, block: Json, zone: str) -> Iterator[str]:
    kind = block["type"]
    if "text" in block:
        yield _text(state, block["text"], zone) if isinstance(block["text"], dict) else str(block["text"])
    for field in block.get("fields", ()):
        yield _text(state, field, zone)
    if kind == "context":
        yield " · ".join(_text(state, e, zone) for e in block["elements"])
    elif kind == "actions":
        yield " ".join(_button(e) for e in block["elements"])
    elif kind == "input":
        yield f"{block['label']['text']}: ____"
    elif kind == "rich_text":
        yield _rich(block)
    elif kind in ("table", "data_table"):
        yield from (" | ".join(str(c.get("text", "")) for c in row) for row in block["rows"])
    elif kind == "data_visualization":
        yield f"[chart: {block['title']}]"
    elif kind == "image":
        yield f"[picture: {block['alt_text']}]"
    if "accessory" in block:
        yield _button(block["accessory"])


def _text(state: State, text: Json, zone: str) -> str:
    if text["type"] == "image":
        return f"[picture: {text['alt_text']}]"
    return str(text["text"]) if text["type"] == "plain_text" else read_mrkdwn(state, text["text"], zone)


def _button(element: Json) -> str:
    if element["type"] == "button":
        label = element["text"]["text"]
        return f"[[{label}]]" if element.get("style") == "primary" else f"[{label}]"
    return "[⋮]" if element["type"] == "overflow" else f"‹{element['type']}›"


def _rich(thing: Json) -> str:
    if "elements" in thing:
        joint = "\n" if thing["type"] in ("rich_text", "rich_text_list") else ""
        return joint.join(_rich(e) for e in thing["elements"])
    return str(thing.get("text") or thing.get("url") or thing.get("user_id") or thing.get("name") or "")


def read_mrkdwn(state: State, text: str, zone: str = "Etc/UTC") -> str:
    """mrkdwn with tokens resolved, marks as signs and escapes undone; `*` and `_` stay as they are."""

    def resolve(match: re.Match[str]) -> str:
        what, label = match[1], match[2]
        if what.startswith("@"):
            member = state.people.get(what[1:])
            return f"@{member.name}" if member else f"@{label or what[1:]}"
        if what.startswith("#"):
            channel = state.channels.get(what[1:])
            return f"#{channel.name}" if channel else f"#{label or what[1:]}"
        if what.startswith("!date^"):
            return _date(what, label or "", zone)
        if what.startswith("!subteam^"):
            group = state.groups.get(what.removeprefix("!subteam^"))
            return f"@{group.handle}" if group else str(label)
        return str(label or what)

    for name, sign in EMOJI.items():
        text = text.replace(name, sign)
    text = TOKEN.sub(resolve, text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _date(token: str, fallback: str, zone: str) -> str:
    parts = token.split("^")
    if len(parts) < 3 or not parts[1].isdigit():
        return fallback
    when = datetime.fromtimestamp(int(parts[1]), UTC).astimezone(ZoneInfo(zone))
    shapes = {
        "{time}": "%H:%M",
        "{time_secs}": "%H:%M:%S",
        "{date_num}": "%Y-%m-%d",
        "{date}": "%d %B %Y",
        "{date_pretty}": "%d %B %Y",
        "{date_long}": "%A, %d %B %Y",
        "{date_long_pretty}": "%A, %d %B %Y",
        "{date_short}": "%d %b %Y",
        "{date_short_pretty}": "%d %b %Y",
    }
    shown = parts[2]
    for name, shape in shapes.items():
        shown = shown.replace(name, when.strftime(shape))
    return shown
