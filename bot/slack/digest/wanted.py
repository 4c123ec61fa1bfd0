"""The posts that make up a digest: the message, and below it the queues, each queue, and the files. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.slack.digest.reading import Asked
from sync.model.outbox import Post, PostKind
from sync.policy.schema import Policy

HISTORY = 3
"""What stands below a message comes after what is urgent or new."""
FILES = ("xlsx", "csv")
APART = timedelta(milliseconds=1)
"""What is due earlier is sent earlier: so they stand in the thread in the order of the list."""


def digest_posts(policy: Policy, period: str, asked: Asked, now: datetime) -> list[Post]:
    """All of them, due now; parts wait for the message by themselves."""
    channel, root = policy.digest.channel, f"digest:{period}"
    parts = ["queues", *(f"queue:{queue}" for queue in policy.queues)]
    kinds = [*((part, PostKind.DIGEST_PART) for part in parts), *((file, PostKind.DIGEST_FILE) for file in FILES)]
    return [
        Post(root, PostKind.DIGEST, channel, wanted=1, body=asked.body, next_at=now),
        *(
            Post(f"{root}:{part}", kind, channel, 1, priority=HISTORY, body=asked.body, next_at=now + nth * APART)
            for nth, (part, kind) in enumerate(kinds)
        ),
    ]
