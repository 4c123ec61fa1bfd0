"""What a person's word does to a silent source's number: it counts as nothing, or in full until a time. A fresh number needs
nobody's word, so the word ends for each number as a fresh one arrives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sync.model.picture import Kinship
from sync.model.source_word import SourceWord, WordKind, word_on
from sync.model.stock import Position, SkuState
from sync.model.time import AsOf


def word_for(position: Position, as_of: AsOf, now: datetime) -> SourceWord | None:
    """The word that holds now for a stale number as of ``as_of``: any stale one counts as nothing; vouched for are those alone
    that had been sent when it was said, and until its time only."""
    word = position.word
    if word is None or word.kind is WordKind.NOTHING:
        return word
    over = word.until is None or now >= word.until
    return None if over or as_of.start > word.content_at else word


def with_words(state: SkuState, words: Sequence[SourceWord]) -> SkuState:
    """A state whose positions know what people say of their sources."""
    if not words or not any(word_on(words, position.system) for position in state.positions):
        return state
    positions = tuple(replace(position, word=word_on(words, position.system)) for position in state.positions)
    return replace(state, positions=positions)


def kin_with_words(kin: Kinship, words: Sequence[SourceWord]) -> Kinship:
    """The same of a kit's parts: their pools are reckoned anew by the kit's own slice."""
    if not words or not kin.parts:
        return kin
    return replace(kin, parts=tuple(replace(part, state=with_words(part.state, words)) for part in kin.parts))
