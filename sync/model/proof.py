"""Entries of the append-only, hash-chained record. One chain per exception, and one each for policy, system and queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sync.model.ids import ExceptionId, SystemId, exception_name
from sync.model.made import quickly


@quickly
@dataclass(frozen=True, slots=True)
class Entry:
    """What is appended: ``kind`` is a verb (``opened``, ``paused``, ``read_back``…), ``sentence`` the plain history line.

    ``figures`` are the entry's data as text (numbers above 2^53, money and times are strings). ``actor`` is a Slack user
    id, a system, or ``countersign``.
    """

    kind: str
    at: datetime
    actor: str
    sentence: str
    figures: tuple[tuple[str, str], ...] = ()


@quickly
@dataclass(frozen=True, slots=True)
class ChainedEntry:
    """An entry in its chain: ``seq`` from 1, the hash before it, and its own (SHA-256, lower-case hex)."""

    chain: str
    seq: int
    entry: Entry
    previous: str
    hash: str


def exception_chain(case: ExceptionId) -> str:
    """The chain of one exception."""
    return f"exception:{exception_name(case)}"


def system_chain(system: SystemId) -> str:
    """The chain of one connected system: what was erased of it, closed, reconciled."""
    return f"system:{system}"


LEDGER_CHAIN = "ledger"
"""The chain of periods whose facts were closed."""
