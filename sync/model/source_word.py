"""A person's standing word on a silent source: its numbers count as nothing, or its last ones are vouched for until a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sync.model.ids import ExceptionId, SystemId, UserId


class WordKind(StrEnum):
    """``nothing``: what it said last counts as 0; ``vouched``: what it said last counts in full."""

    NOTHING = "nothing"
    VOUCHED = "vouched"


@dataclass(frozen=True, slots=True)
class SourceWord:
    """Who said it of which source, why and since when. It is about numbers as of ``content_at`` and before, the newest content
    that the source had sent, and ends with its silence; ``until`` (of ``vouched`` alone) is when it ends at the latest. ``case``
    is the exception beside which it was said."""

    system: SystemId
    kind: WordKind
    by: UserId
    by_name: str
    reason: str
    since: datetime
    content_at: datetime
    case: ExceptionId
    until: datetime | None = None


def word_on(words: Iterable[SourceWord], system: SystemId) -> SourceWord | None:
    """The word that stands on a source."""
    return next((word for word in words if word.system == system), None)


def source_chain(system: SystemId) -> str:
    """The chain that tells what people said of a source."""
    return f"source:{system}"
