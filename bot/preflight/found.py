"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """``fail``: the product would not do its work. ``warn``: it would, with what is said. ``good``: nothing to do."""

    GOOD = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Found:
    """``about`` is what was looked at (``database``, a system's name, ``slack``); ``mend`` is empty when all is well."""

    about: str
    level: Level
    said: str
    mend: str = ""


def good(about: str, said: str) -> Found:
    """Nothing to do."""
    return Found(about, Level.GOOD, said)


def warn(about: str, said: str, mend: str) -> Found:
    """It works, and this should be known."""
    return Found(about, Level.WARN, said, mend)


def fail(about: str, said: str, mend: str) -> Found:
    """It would not work."""
    return Found(about, Level.FAIL, said, mend)
