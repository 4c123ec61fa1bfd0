"""The words of a title, as they are looked up: a fragment finds a title when some word of it begins like that."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator, Sequence

from sync.model.stock import Sku

LONGEST = 24
"""Characters of a word that are compared."""

_RUNS = re.compile(r"\w+|[^\w\s]+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Scripts that put no blanks between words (Thai, Lao, Burmese, Khmer, Japanese, Chinese): every character may begin one."""


def plain(text: str) -> str:
    """Case and accents made equal, width, too: ``Crème`` is ``creme``."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFKC", "".join(char for char in parts if not unicodedata.combining(char)))


def words_of(title: str) -> frozenset[str]:
    """What a title is found by: its words, the parts of those that hyphens and other signs join, and those signs."""
    return frozenset(word[:LONGEST] for token in plain(title).split() for word in _parts(token))


def _parts(token: str) -> Iterator[str]:
    yield token
    for run in _RUNS.findall(token):
        yield run
        if _UNSPACED.search(run):
            yield from (run[start:] for start in range(1, len(run)))


def fragments_of(text: str) -> tuple[str, ...]:
    """What somebody asks for, word by word, the longest first."""
    words = dict.fromkeys(word[:LONGEST] for word in plain(text).split())
    return tuple(sorted(words, key=len, reverse=True))


def fits(title: str, fragments: tuple[str, ...]) -> bool:
    """Whether every fragment begins some word of the title."""
    words = words_of(title)
    return all(any(word.startswith(fragment) for word in words) for fragment in fragments)


def likest(code: str, near: Sequence[Sku]) -> Sequence[Sku]:
    """Those nearest to a mistyped code first, whatever signs stand between its letters."""
    wanted = _letters(code)
    return sorted(near, key=lambda one: -difflib.SequenceMatcher(None, wanted, _letters(one.id)).ratio())


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
