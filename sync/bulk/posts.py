"""The Slack messages of a bulk act: how far it is, told to whoever began it; and what a second person is asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sync.bulk.bulk import Bulk
from sync.model.ids import QueueId
from sync.model.outbox import Post, PostKind

PRIORITY = 1


def bulk_of_post(key: str) -> str:
    """The name of the bulk act in a post's key: ``bulk:BA-7`` and ``bulk_ask:BA-7:U0LEE`` are of BA-7."""
    return key.split(":")[1]


def progress_post(bulk: Bulk, now: datetime) -> Post:
    """How far it is, to whoever began it."""
    return _post(f"bulk:{bulk.name}", PostKind.BULK, bulk.actor, bulk, now)


def wanted_posts(bulk: Bulk, queues: Sequence[QueueId], now: datetime) -> list[Post]:
    """What is to be shown when its state changed: its progress; where it needs a second person also the request, in the channel
    of its first queue and to those who were asked directly."""
    asked = [*queues[:1], *bulk.directly] if bulk.second else []
    asks = [_post(f"bulk_ask:{bulk.name}:{to}", PostKind.BULK_ASK, to, bulk, now) for to in asked]
    return [progress_post(bulk, now), *asks]


def _post(key: str, kind: PostKind, channel: str, bulk: Bulk, now: datetime) -> Post:
    return Post(key=key, kind=kind, channel=channel, wanted=bulk.version, priority=PRIORITY, next_at=now)
