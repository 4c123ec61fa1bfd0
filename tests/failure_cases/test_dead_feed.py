"""F39, F41: a feed dies, and hundreds of exceptions of one cause go through the core into Slack at Slack's own limits."""

from __future__ import annotations

from pathlib import Path

from bench.storm.run import storm

EXCEPTIONS = 300
"""``python -m bench.storm`` does it with 10,000, and with as many causes as exceptions."""


async def test_f39_f41_a_dead_feed_is_one_card_that_ordinary_cards_pass_and_that_clears_by_itself(
    tmp_path: Path,
) -> None:
    """At most five messages, understood within ten seconds, ordinary cards at their usual pace, nothing lost."""
    stormed = await storm("sqlite", f"sqlite:///{tmp_path / 'storm.db'}", EXCEPTIONS)
    assert stormed.faults == []
    assert stormed.refused == 0, "Slack's limits are kept, not met"
