"""Order lines as they truly are, and as far as whoever listens has heard of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.simulator.ways import CHANNELS, PLACES


@dataclass(slots=True)
class Line:
    """Units of one SKU of one order that leave from one place. Times in seconds, counts in units.

    ``heard`` are the revisions that arrived: revision to units ordered. ``oversold`` are those that were not there when sold.
    """

    channel: str
    order: str
    line: str
    sku: str
    place: str
    placed: float
    ordered: int
    oversold: int = 0
    cancelled: int = 0
    shipped: int = 0
    booked: int = 0
    learned: int = 0
    names_place: bool = False
    sticks: bool = False
    revision: int = 0
    parcels: int = 0
    heard: dict[int, int] = field(default_factory=dict)

    @property
    def open(self) -> int:
        """Units still owed."""
        return self.ordered - self.cancelled - self.shipped

    @property
    def key(self) -> str:
        """One line, in words of ids."""
        return f"{self.channel}:{self.order}:{self.line}"

    @property
    def owed_as_heard(self) -> int:
        """Units off the shelves or owed, as far as anybody heard of them being ordered."""
        known = self.heard[max(self.heard)] if self.heard else 0
        return max(0, min(known, self.ordered) - self.cancelled)

    @property
    def done(self) -> bool:
        """Nothing owed, booked, and heard: it cannot make a difference any more."""
        return self.open == 0 and self.booked == self.shipped and self.owed_as_heard == self.shipped


@dataclass
class Truth:
    """What really lies where, per (SKU, place), in units; and what the systems have in their books.

    ``unknown`` are units that are gone and that nobody has been told of. ``closed`` counts lines that are done.
    """

    shelf: dict[tuple[str, str], int] = field(default_factory=dict)
    book: dict[tuple[str, str], int] = field(default_factory=dict)
    erp: dict[tuple[str, str], int] = field(default_factory=dict)
    unknown: dict[tuple[str, str], int] = field(default_factory=dict)
    lines: dict[str, list[Line]] = field(default_factory=dict)

    def free(self, sku: str, place: str) -> int:
        """Units on the shelf less what is owed from there: what can still be sold, or (below zero) what is missing."""
        return self.shelf[sku, place] - sum(line.open for line in self.lines[sku] if line.place == place)

    def sellable(self, sku: str, channel: str) -> int:
        """Units that a channel may truly still sell."""
        return sum(self.free(sku, place) for place in CHANNELS[channel])

    def knowable(self, sku: str, channel: str) -> int:
        """The same as far as anybody can know: orders not heard of, and losses not told, do not count yet."""
        at = self.knowable_at(sku)
        return sum(at[place] for place in CHANNELS[channel])

    def knowable_at(self, sku: str) -> dict[str, int]:
        """The same per place."""
        at = {place: self.shelf[sku, place] + self.unknown[sku, place] for place in PLACES}
        for line in self.lines[sku]:
            at[line.place] += line.shipped - line.owed_as_heard
        return at

    def booked_at(self, sku: str) -> dict[str, int]:
        """What the books leave per place once the orders heard of are off them: all that a perfect listener could promise."""
        at = {place: self.book[sku, place] for place in PLACES}
        for line in self.lines[sku]:
            at[line.place] -= line.owed_as_heard - line.booked
        return at

    def oldest_open(self, sku: str) -> float | None:
        """When the oldest line of a SKU that is still owed was placed, in seconds."""
        return min((line.placed for line in self.lines[sku] if line.open > 0), default=None)

    def forget_done(self, sku: str) -> None:
        """Drop lines that cannot make a difference any more."""
        self.lines[sku] = [line for line in self.lines[sku] if not line.done]
