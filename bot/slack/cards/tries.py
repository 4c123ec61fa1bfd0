"""The line below a card that tells how often an update was tried; it is edited with each try, and notifies nobody."""

from __future__ import annotations

from datetime import datetime

from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Message
from sync.model.outbox import Post
from sync.path.retries import Tries
from sync.policy.schema import Policy


def render_tries(tries: Tries, policy: Policy, post: Post, now: datetime) -> Message:
    """``Amazon US did not take it, 3 tries since 10:02: … Next try 10:09.``"""
    known = policy.systems.get(tries.system)
    shape = t.TRIES_DONE if tries.done else t.TRIES_AGAIN if tries.next_at is not None else t.TRIES_OVER
    text = shape.format(
        system=fmt.mrkdwn(known.name if known is not None else tries.system, 40),
        tries=fmt.counted(tries.tries, t.TRIES),
        nth=fmt.ordinal(tries.tries),
        since=fmt.at(tries.since, now),
        until=fmt.at(tries.until, now),
        span=fmt.span(tries.until - tries.since),
        why=fmt.sentence(tries.why.rstrip("."), 200, tries.until),
        next=fmt.at(tries.next_at, now) if tries.next_at is not None else "",
    )
    return Message(text, (), "retries", post.key, post.wanted)
