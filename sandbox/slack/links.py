"""Links of the app's own domains: what it is told when somebody writes one, under way in the composer or posted.

Source: docs.slack.dev, event `link_shared` and method `chat.unfurl`.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sandbox.slack.model import Channel, ComposedLinks, Json, Message
from sandbox.slack.state import State

ADDRESS = re.compile(r"https?://[^\s<>|]+")


def tell_links(state: State, who: str, channel: Channel, text: str, message: Message | None) -> ComposedLinks | None:
    """Tell the app of the links in a text; None when none is of a domain of its own. `message` None: not posted yet."""
    urls = tuple(dict.fromkeys(url for url in ADDRESS.findall(text) if _domain(url) in state.unfurl_domains))
    if not urls:
        return None
    posted = message.ts if message is not None else None
    links = ComposedLinks(state.new_id("Uf"), channel.id, urls, posted)
    state.composed[links.id] = links
    event: Json = {
        "type": "link_shared",
        "user": who,
        "channel": channel.id if posted else "COMPOSER",
        "message_ts": posted or links.id,
        "is_bot_user_member": state.bot.id in channel.members,
        "unfurl_id": links.id,
        "source": "conversations_history" if posted else "composer",
        "links": [{"domain": _domain(url), "url": url} for url in urls],
    }
    if message is not None and message.is_reply:
        event["thread_ts"] = message.thread_ts
    state.on_event(event)
    return links


def _domain(url: str) -> str:
    return urlsplit(url).hostname or ""
