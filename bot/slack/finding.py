"""Looking for one's own message before posting it again: Slack has no idempotency key, but keeps message metadata."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.pacing import REPLIES, Pacing
from sync.model.outbox import Post

MARGIN = timedelta(minutes=1)
"""How far Slack's clock and ours may be apart."""
MOST_PAGES = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A message of ours that carries the post's key in its metadata."""

    ts: str
    version: int
    delivery: str


async def find_posted(client: AsyncWebClient, channel: str, thread_ts: str, post: str, since: datetime) -> list[Found]:
    """Messages of post ``post`` sent after ``since``, oldest first. Raises what the Web API raises."""
    oldest = f"{(since - MARGIN).timestamp():.6f}"
    found: list[Found] = []
    cursor = ""
    for _page in range(MOST_PAGES):
        if thread_ts:
            page = await client.conversations_replies(
                channel=channel, ts=thread_ts, oldest=oldest, limit=200, cursor=cursor, include_all_metadata=True
            )
        else:
            page = await client.conversations_history(
                channel=channel, oldest=oldest, limit=200, cursor=cursor, include_all_metadata=True
            )
        for message in page["messages"]:
            payload = (message.get("metadata") or {}).get("event_payload") or {}
            delivery = str(payload.get("delivery", ""))
            if delivery.rpartition(":")[0] == post:
                found.append(Found(str(message["ts"]), int(payload.get("version", 0)), delivery))
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    return sorted(found, key=lambda one: float(one.ts))


async def file_below(client: AsyncWebClient, pacing: Pacing, root: Post, filename: str) -> str:
    """The message below ``root`` that carries a file of this name; empty when none arrived. Files have no metadata."""
    pacing.take(REPLIES)
    page = await client.conversations_replies(channel=root.slack_channel, ts=root.ts, limit=200)
    for message in page["messages"]:
        if any(file.get("name") == filename for file in message.get("files") or ()):
            return str(message["ts"])
    return ""
