"""What a person types, as Slack sends it: `@dana` and `#general` become tokens, the rest is escaped."""

from __future__ import annotations

import re
from collections.abc import Callable

from sandbox.slack.model import Channel
from sandbox.slack.state import State

AT = re.compile(r"(?<![\w<])@([\w.\-]+)")
HASH = re.compile(r"(?<![\w<&])#([a-z0-9_\-]+)")
TYPED_TOKEN = re.compile(r"<[@#][A-Z0-9]+(?:\|[^<>]*)?>|<!subteam\^[A-Z0-9]+>")


def as_sent(state: State, text: str, sees: Callable[[Channel], bool], *, command: bool) -> str:
    """A message's text escaped with bare tokens; a command's text as it is, with names in the tokens."""
    parts, at = [], 0
    for token in TYPED_TOKEN.finditer(text):
        parts += [_plain(state, text[at : token.start()], sees, command), token.group()]
        at = token.end()
    return "".join([*parts, _plain(state, text[at:], sees, command)])


def _plain(state: State, text: str, sees: Callable[[Channel], bool], command: bool) -> str:
    if not command:
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    def person(match: re.Match[str]) -> str:
        for member in state.people.values():
            if match[1].lower() in (member.key, member.name.lower()):
                return f"<@{member.id}|{member.key}>" if command else f"<@{member.id}>"
        return match[0]

    def channel(match: re.Match[str]) -> str:
        found = state.find_channel(f"#{match[1]}")
        return f"<#{found.id}|{found.name}>" if found is not None and sees(found) else match[0]

    return HASH.sub(channel, AT.sub(person, text))
