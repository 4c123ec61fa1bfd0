"""The weekly digest: a headline by rule, tiles, charts with a fallback, answers, a thread per queue, and the whole as files."""

from bot.slack.digest.render import Pictures, render_digest
from bot.slack.digest.thread import render_queue, render_queues
from bot.slack.digest.week import WEEKS, DigestWeek, digest_week

__all__ = ["WEEKS", "DigestWeek", "Pictures", "digest_week", "render_digest", "render_queue", "render_queues"]
