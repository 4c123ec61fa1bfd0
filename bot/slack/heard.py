"""What the core says, in a reader's language.

The core writes plain English sentences: they are the record (proofs are hashed over them, and they stay what was said), and it
knows nothing of readers. Each of them was made from a template; here it is recognised, its values are taken out of it, and the
template is said in the other language with the same values. What is not recognised stays as it is: words of people and of
platforms always do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter

from bot.slack import format as fmt

LONGEST = 4_000
"""Characters that are looked at; what is longer was made by no template."""
_BETWEEN = re.compile(r"(?<=[.?!…”])\s+")
_QUANTITY = re.compile("(\u2212?)([\\d,]+)\u00a0units?")
_OTHERS_WORDS = frozenset({"note", "reason", "title", "name", "by_name", "answer"})
"""Values that are somebody else's words, or a choice of a list: only the latter is recognised."""


@dataclass(frozen=True, slots=True)
class Template:
    """One sentence of the core, and how it is said. ``pattern`` has a group for each placeholder, in their order."""

    english: str
    said: str
    pattern: re.Pattern[str]
    names: tuple[str, ...]
    literal: str
    """Its longest run of plain words: a text without it cannot be this sentence."""


def template_of(english: str, said: str) -> Template:
    """A template from its English and the translation of it."""
    parts = list(Formatter().parse(english))
    names = tuple(name for _, name, _, _ in parts if name is not None)
    regex = "".join(re.escape(plain) + ("(.*?)" if name is not None else "") for plain, name, _, _ in parts)
    literal = max((plain for plain, _, _, _ in parts), key=len)
    return Template(english, said, re.compile(regex, re.DOTALL), names, literal)


class Heard:
    """All sentences of the core in one language."""

    def __init__(self, said: Mapping[str, str]) -> None:
        """``said``: the translation of each English template."""
        templates = [template_of(english, words) for english, words in said.items()]
        self._templates = sorted(templates, key=lambda one: -_plain_length(one.english))
        self._words = {
            english: words for english, words in said.items() if "{" not in english and english[-1:].isalpha()
        }
        self._cached = lru_cache(maxsize=2_000)(self._spoken)

    def __call__(self, text: str) -> str:
        """A text of the core in this language, as far as it is recognised."""
        return self._cached(text) if text and len(text) <= LONGEST else text

    def _spoken(self, text: str) -> str:
        whole = self._whole(text)
        if whole is not None:
            return whole
        sentences, gaps = _BETWEEN.split(text), _BETWEEN.findall(text)
        if len(sentences) == 1:
            return text
        told, at = "", 0
        while at < len(sentences):
            end, said = self._longest(sentences, gaps, at)
            told += said + (gaps[end - 1] if end <= len(gaps) else "")
            at = end
        return told

    def _longest(self, sentences: list[str], gaps: list[str], at: int) -> tuple[int, str]:
        """The most sentences from ``at`` on that are one template, and how they are said; one that is none stays."""
        for end in range(len(sentences), at, -1):
            joined = sentences[at] + "".join(gaps[nth - 1] + sentences[nth] for nth in range(at + 1, end))
            said = self._whole(joined)
            if said is not None:
                return end, said
        return at + 1, sentences[at]

    def _whole(self, text: str) -> str | None:
        bare = text.strip(" ")
        for one in self._templates:
            if one.literal not in text:
                continue
            for candidate in (text, bare):
                match = one.pattern.fullmatch(candidate)
                if match is not None:
                    return self._said(one, match, text, candidate)
        return None

    def _word(self, value: str) -> str:
        """A choice of a list in the other language, with the stop that may end its sentence; other people's words as they are."""
        bare = value.removesuffix(".")
        return self._words.get(bare, bare) + value[len(bare) :]

    def _value(self, value: str) -> str:
        """A part of a sentence: units are written like everywhere else."""
        quantity = _QUANTITY.fullmatch(value)
        if quantity is None:
            return self(value)
        sign, figure = quantity.groups()
        count = int(figure.replace(",", ""))
        return fmt.units(-count if sign else count)

    def _said(self, one: Template, match: re.Match[str], text: str, candidate: str) -> str:
        values = {
            name: self._word(value) if _others(name) else self._value(value)
            for name, value in zip(one.names, match.groups(), strict=True)
        }
        before, _, after = text.partition(candidate)
        return before + one.said.format(**values) + after


def _others(name: str) -> bool:
    return any(part in _OTHERS_WORDS for part in (name, name.rpartition("_")[2]))


def _plain_length(english: str) -> int:
    return sum(len(plain) for plain, _, _, _ in Formatter().parse(english))
