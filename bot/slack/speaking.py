"""For whom something is written just now: in which language, with which numbers, in which time zone.

Texts and formats are asked for in a hundred places, and all of one message or form are for one reader. So the reader stands
in the context of the task that draws it, as gettext's users do it, and is set in two places only: where a post is drawn (the
workspace) and where a person's click, command or view is answered (that person).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from bot.slack.plural import Plural

Text: TypeAlias = str | Plural | Mapping[str, str] | tuple[str, ...]
"""One entry of the catalogue: a template, a number with its noun, templates by a key, or a row of them."""

ENGLISH = "en"
"""The language that the catalogue is written in."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: ``locale`` of numbers and money in babel's spelling, ``zone`` of times in plain text, and the ``texts``
    of their language by name; without any they read English. ``heard`` says the core's sentences in it."""

    locale: str = "en_US"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    texts: Mapping[str, Text] = field(default_factory=dict)
    heard: Callable[[str], str] = str


_NOBODY_YET = Reader()
_READER: ContextVar[Reader] = ContextVar("reader", default=_NOBODY_YET)
_READ_AT: ContextVar[datetime | None] = ContextVar("read_at", default=None)


def reader() -> Reader:
    """Whom the running task writes for; an American in UTC until somebody says."""
    return _READER.get()


def read_at() -> datetime | None:
    """When it is written for them, UTC; None until somebody says."""
    return _READ_AT.get()


@contextmanager
def speaking_to(someone: Reader, at: datetime | None = None) -> Iterator[None]:
    """Everything inside is written for ``someone``, at an instant."""
    before = _READER.set(someone), _READ_AT.set(at)
    try:
        yield
    finally:
        _READER.reset(before[0])
        _READ_AT.reset(before[1])


def speak_to(someone: Reader, at: datetime) -> None:
    """The rest of the running task is written for ``someone``: for a task that answers one person and ends."""
    _READER.set(someone)
    _READ_AT.set(at)
