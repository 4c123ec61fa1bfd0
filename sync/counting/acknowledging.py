"""Whether a vendor stands behind its number: its acknowledgement, and how long policy takes its word."""

from __future__ import annotations

from datetime import datetime, timedelta

from sync.model.stock import Acknowledgement, Position
from sync.policy.system_rules import Source


def acknowledged_through(position: Position, source: Source) -> datetime | None:
    """The last instant through which the vendor's word holds; None: it never gave it.

    Its newest acknowledgement holds for ``acknowledged_for``, or until the time it named if that is sooner. Where policy says
    that its counts acknowledge, a statement is one, too; the later of the two counts.
    """
    if source.acknowledged_for is None:
        return None
    through = []
    word = position.acknowledged
    if word is not None:
        longest = word.at.end + source.acknowledged_for
        through.append(longest if word.until is None else min(longest, word.until))
    if source.counts_acknowledge and position.statement is not None:
        through.append(position.statement.as_of.end + source.acknowledged_for)
    return max(through, default=None)


def is_acknowledged(position: Position, source: Source, now: datetime) -> bool:
    """Whether the number may be promised as far as its vendor is concerned; always where policy asks for no acknowledgement."""
    if source.acknowledged_for is None:
        return True
    through = acknowledged_through(position, source)
    return through is not None and now <= through


def told_by(word: Acknowledgement, source: Source, margin: timedelta) -> datetime:
    """Orders from this instant on come out of the units that the word named: the vendor may not have known of them, since it
    learns of an order ``learns_within`` after it was placed. ``margin`` is what the two clocks may differ by."""
    return word.at.start - margin - source.learns_within
