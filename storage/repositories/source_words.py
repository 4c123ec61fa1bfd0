"""What people say of silent sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, delete, select

from storage.dialect import Drawing, Link, upserting
from storage.tables.source_words import source_words
from sync.model.ids import ExceptionId, SystemId, UserId
from sync.model.source_word import SourceWord, WordKind

_NAMES = ("system", "kind", "by", "by_name", "reason", "since", "content_at", "exception", "until")


async def standing_words(link: Link) -> tuple[SourceWord, ...]:
    """All words that stand: a handful of rows."""
    return words_in((await link.run(draw_words)).all())


def words_in(rows: Sequence[Any]) -> tuple[SourceWord, ...]:
    """The words of rows."""
    return tuple(
        SourceWord(
            SystemId(row.system),
            WordKind(row.kind),
            UserId(row.by),
            row.by_name,
            row.reason,
            row.since,
            row.content_at,
            ExceptionId(row.exception),
            row.until,
        )
        for row in rows
    )


def draw_words(_draw: Drawing) -> Select[Any]:
    """All words that stand."""
    return select(source_words).order_by(source_words.c.system)


class SqlSourceWords:
    """Implements ``sync.ports.SourceWords``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def standing(self) -> Sequence[SourceWord]:
        """All words that stand."""
        return await standing_words(self._link)

    async def say(self, word: SourceWord) -> None:
        """From now on this is the word on its source, in the place of the one before."""
        row = (
            word.system,
            word.kind.value,
            word.by,
            word.by_name,
            word.reason,
            word.since,
            word.content_at,
            word.case,
            word.until,
        )
        await self._link.run(upserting(source_words, _NAMES, ("system",)), rows=[row])

    async def lift(self, system: SystemId) -> bool:
        """End a word; False when there is none."""
        lifting = delete(source_words).where(source_words.c.system == system).returning(source_words.c.system)
        return (await self._link.execute(lifting)).one_or_none() is not None
