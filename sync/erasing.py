"""Whose data a payload holds: what an erasure looks for. Rather one delivery too many than one too few."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sync.errors import BadInput

LONG = 6
"""A term of so many characters is also looked for inside longer texts; a shorter one must be the whole value."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be erased of one system: deliveries that hold any of ``terms`` (ids, mail addresses, phone numbers), or
    ``everything``. ``reference`` names the request without naming the person."""

    terms: frozenset[str] = frozenset()
    everything: bool = False
    reference: str = ""

    @classmethod
    def of(cls, given: Iterable[str], reference: str = "") -> Wanted:
        """Terms as people write them: blanks, ``#`` and case do not matter. Raises BadInput when none is left."""
        terms = frozenset(term for one in given if (term := one.strip().lstrip("#").casefold()))
        if not terms:
            raise BadInput("Nothing to look for was given; name an order or a customer by id, number or mail address.")
        return cls(terms, reference=reference)

    def held_by(self, body: bytes) -> bool:
        """Whether a payload holds any of it."""
        return self.everything or holds(body, self.terms)


@dataclass(frozen=True, slots=True)
class Privacy:
    """What a platform's connector knows of privacy: the topics of requests to erase, what one asks, and the ids of the order
    that a payload is about."""

    topics: frozenset[str]
    asked: Callable[[str, bytes], Wanted]
    order_names: Callable[[bytes], frozenset[str]]


def holds(body: bytes, terms: frozenset[str]) -> bool:
    """Whether a payload names any of the terms: in JSON as a value (escapes undone) or at the end of a path-like id, long
    terms also inside texts; in anything else as a word."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return _spoken(body.decode("utf-8", "replace"), terms)
    return any(_named(value, terms) for value in _values(document))


def _values(document: object) -> Iterator[str]:
    """Every text and number of a JSON document, keys included, as case-folded text."""
    waiting = [document]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend(one.keys())
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, str | int | float) and not isinstance(one, bool):
            yield str(one).strip().casefold()


def _named(value: str, terms: frozenset[str]) -> bool:
    if value.lstrip("#") in terms or value.rpartition("/")[2] in terms:
        return True
    return _spoken(value, frozenset(term for term in terms if len(term) >= LONG))


def _spoken(text: str, terms: frozenset[str]) -> bool:
    folded = text.casefold()
    return any(term in folded and re.search(rf"(?<!\w){re.escape(term)}(?!\w)", folded) for term in terms)
