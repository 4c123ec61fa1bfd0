"""How a simulated world behaves: everything that can be chosen, with its unit. The same ways and seed give the same world."""

from __future__ import annotations

import random
from dataclasses import dataclass

MINUTE = 60.0
HOUR = 3600.0

EAST, WEST, DROP = "east", "west", "drop"
"""Two warehouses of one WMS, and a vendor that ships from its own."""

WMS, ERP, VENDOR = "wms", "erp", "vendor"
WEB, MARKET, OUTLET = "web", "market", "outlet"

PLACES = (EAST, WEST, DROP)
CHANNELS: dict[str, tuple[str, ...]] = {WEB: (EAST, WEST, DROP), MARKET: (EAST, WEST), OUTLET: (EAST,)}
"""Each channel with the places it sells from, the first preferred."""

SOURCE_OF = {EAST: WMS, WEST: WMS, DROP: VENDOR}


@dataclass(frozen=True)
class Ways:
    """Times in seconds, shares 0 to 1, rates per hour of all SKUs together.

    ``books``: until the WMS has a parcel or receipt in its number. ``learns``: until the vendor has an order off its available.
    ``reads_every``, ``reading``, ``late``: how often a full count is read, how long that takes, and how late it arrives.
    ``reaction``: from a decision of whoever listens to its write. ``stuck``: share of orders that nobody ships.
    ``faults``: how many of each kind of trouble happen.
    """

    seed: int = 1
    hours: float = 24.0
    skus: int = 12
    shoppers: float = 40.0
    receipts: float = 2.0
    losses: float = 0.4
    transfers: float = 0.6
    returns: float = 0.6
    books: float = 30 * MINUTE
    learns: float = 15 * MINUTE
    ships_after: float = 90 * MINUTE
    reads_every: float = 40 * MINUTE
    reading: float = 19 * MINUTE
    late: float = 10 * MINUTE
    erp_every: float = 30 * MINUTE
    erp_lags: float = 3 * MINUTE
    feed_every: float = 20 * MINUTE
    delay: float = 3.0
    delayed: float = 0.03
    longest_delay: float = 8 * MINUTE
    lost: float = 0.015
    duplicated: float = 0.06
    places_told: float = 0.6
    cancels: float = 0.08
    edits: float = 0.06
    stuck: float = 0.03
    reaction: float = 1.0
    faults: int = 2

    @property
    def ends(self) -> float:
        """The last second in which anything happens by itself."""
        return self.hours * HOUR

    def dice(self, *names: object) -> random.Random:
        """Random numbers of one thing: the same in every run of this seed, whatever else happens."""
        return random.Random(":".join(str(one) for one in (self.seed, *names)))

    def sku(self, index: int) -> str:
        """The code of a SKU."""
        return f"SIM-{index:03d}"

    @property
    def codes(self) -> tuple[str, ...]:
        """All SKUs."""
        return tuple(self.sku(index) for index in range(self.skus))


SKEW = {WMS: 40.0, ERP: -20.0, VENDOR: 15.0, WEB: 0.6, MARKET: -0.9, OUTLET: 0.3}
"""By how many seconds each system's clock is ahead."""
