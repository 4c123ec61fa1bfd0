"""What lies between the systems and whoever listens: messages come late, twice, out of order, or never."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from sandbox.simulator.ways import Ways

Event = Mapping[str, object]
"""One event as senders write it: ``type``, ``id``, ``occurred_at``, ``sku`` and what the type needs."""


@dataclass(frozen=True, slots=True)
class Message:
    """Events that travel together. ``copy`` counts how often it was sent before."""

    system: str
    name: str
    events: tuple[Event, ...]
    copy: int = 0


class Agenda:
    """What will happen, in order of time; of two at one instant the earlier planned comes first."""

    def __init__(self) -> None:
        self.now = 0.0
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []
        self._serial = count()

    def at(self, moment: float, happening: Callable[[], None]) -> None:
        """Let something happen then (at once when that is past)."""
        heapq.heappush(self._waiting, (max(moment, self.now), next(self._serial), happening))

    def after(self, seconds: float, happening: Callable[[], None]) -> None:
        """Let something happen later."""
        self.at(self.now + seconds, happening)

    @property
    def next_at(self) -> float | None:
        """When the next thing happens."""
        return self._waiting[0][0] if self._waiting else None

    def run_until(self, moment: float) -> None:
        """Let everything happen that is planned up to then."""
        while self._waiting and self._waiting[0][0] <= moment:
            self.now, _, happening = heapq.heappop(self._waiting)
            happening()
        self.now = moment


class Network:
    """Carries messages. Webhooks of channels may be lost; sources send again until they are heard."""

    def __init__(self, ways: Ways, agenda: Agenda) -> None:
        self._ways = ways
        self._agenda = agenda
        self.arrived: list[Message] = []
        self.lost = self.duplicated = self.sent = 0

    def send(self, system: str, name: str, events: Sequence[Event], *, may_lose: bool, late: float = 0.0) -> None:
        """A message sets out; ``name`` is its own, ``late`` seconds more than the way takes."""
        ways, dice = self._ways, self._ways.dice("way", system, name)
        message = Message(system, name, tuple(events))
        self.sent += 1
        way = late + dice.expovariate(1 / ways.delay)
        if dice.random() < ways.delayed:
            way += dice.uniform(0, ways.longest_delay)
        if may_lose and dice.random() < ways.lost:
            self.lost += 1
        else:
            self._agenda.after(way, lambda: self.arrived.append(message))
        if dice.random() < ways.duplicated:
            self.duplicated += 1
            again = Message(system, name, tuple(events), copy=1)
            self._agenda.after(way + dice.uniform(1, 40 * 60), lambda: self.arrived.append(again))

    def take(self) -> list[Message]:
        """What has arrived since the last time, in order of arrival."""
        arrived, self.arrived = self.arrived, []
        return arrived
