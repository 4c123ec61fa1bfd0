"""Who spent how much processor time on this machine, read from Linux's /proc: what limits a run, the product or the machine."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

_TICK = 1 / os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of processor time: of the fleet's processes, of the PostgreSQL server (0 when it is on another machine), of this
    process, which sends and looks on, and of everything else on the machine, ``others``."""

    members: float
    server: float
    senders: float
    others: float

    @property
    def ours(self) -> float:
        """All but what others spent."""
        return self.members + self.server + self.senders


class Meter:
    """Counts from when it is made."""

    def __init__(self, members: Sequence[int], postmaster: int | None) -> None:
        self._members = list(members)
        self._postmaster = postmaster
        self._since = self._read()

    def spent(self) -> Spent:
        """Since then."""
        members, server, senders, all_ = (now - then for now, then in zip(self._read(), self._since, strict=True))
        return Spent(members, server, senders, max(0.0, all_ - members - server - senders))

    def _read(self) -> tuple[float, float, float, float]:
        server = 0.0 if self._postmaster is None else _family(self._postmaster)
        return sum(map(_own, self._members)), server, time.process_time(), _machine()


async def postmaster(url: str) -> int | None:
    """The process id of the PostgreSQL server behind ``url``; None when it does not run on this machine."""
    connection = await asyncpg.connect(url)
    try:
        backend = int(await connection.fetchval("SELECT pg_backend_pid()"))
        try:
            words = _PROC.joinpath(str(backend), "stat").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
    finally:
        await connection.close()
    name, _, rest = words.partition("(")[2].rpartition(")")
    return int(rest.split()[1]) if name.startswith("postgres") else None


def _times(pid: int) -> list[float]:
    """Its own user and system time, and those of its ended children; nothing for a process that has just ended: its parent
    has them."""
    try:
        words = _PROC.joinpath(str(pid), "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return [0.0, 0.0, 0.0, 0.0]
    return [int(word) * _TICK for word in words[11:15]]


def _own(pid: int) -> float:
    return sum(_times(pid)[:2])


def _family(pid: int) -> float:
    """A process with its children, those that have ended included."""
    children = _PROC.joinpath(str(pid), "task", str(pid), "children").read_text(encoding="utf-8").split()
    return sum(_times(pid)) + sum(_own(int(child)) for child in children)


def _machine() -> float:
    """Everything that all cores did but idle and wait for disks."""
    user, nice, system, _idle, _waiting, *interrupts = map(int, _PROC.joinpath("stat").read_text().split()[1:8])
    return (user + nice + system + sum(interrupts)) * _TICK
