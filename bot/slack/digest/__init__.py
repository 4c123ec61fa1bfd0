"""The weekly digest: a headline by rule, tiles, charts with a fallback, and what is not automated."""

from bot.slack.digest.render import render_digest

__all__ = ["render_digest"]
