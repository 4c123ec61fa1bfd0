"""Freezes: while one stands on a channel, decreases, zeros and pauses pass and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sync.model.ids import SystemId, UserId


@dataclass(frozen=True, slots=True)
class Freeze:
    """Who froze a channel, or all of them (``system`` None), why and since when."""

    system: SystemId | None
    by: UserId
    by_name: str
    reason: str
    since: datetime


def freeze_on(freezes: Iterable[Freeze], system: SystemId) -> Freeze | None:
    """The freeze that holds for a channel: its own, else the one of all."""
    standing = {freeze.system: freeze for freeze in freezes}
    if not standing:
        return None
    return standing.get(system) or standing.get(None)
