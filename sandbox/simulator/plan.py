"""What happens in a world whoever listens to it: shoppers, goods that come and go, and faults. Drawn before it begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.simulator.ways import CHANNELS, EAST, HOUR, MINUTE, PLACES, WEST, Ways

FAULTS = ("outage", "feed_dies", "hand_up", "hand_down", "phantom", "drift", "unknown_code", "suppressed")


@dataclass(frozen=True, slots=True)
class Shopper:
    """Somebody who wants units of a SKU on a channel; takes fewer when there are fewer, and none when there is none."""

    number: int
    at: float
    channel: str
    sku: str
    units: int


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that is going to happen to ``sku`` at ``place`` (or on ``channel``), for ``lasts`` seconds."""

    kind: str
    number: int
    at: float
    sku: str = ""
    place: str = ""
    channel: str = ""
    units: int = 0
    lasts: float = 0.0


def shoppers(ways: Ways) -> Iterator[Shopper]:
    """Everybody who comes. Half of the SKUs are wanted three times as much as the others."""
    dice = ways.dice("shoppers")
    at, number, codes = 0.0, 0, ways.codes
    weights = [3 if index % 2 == 0 else 1 for index in range(len(codes))]
    while True:
        at += dice.expovariate(ways.shoppers / HOUR)
        if at > ways.ends:
            return
        [sku] = dice.choices(codes, weights)
        yield Shopper(number, at, dice.choice(tuple(CHANNELS)), sku, dice.choice((1, 1, 1, 2, 3)))
        number += 1


def opening(ways: Ways) -> dict[tuple[str, str], int]:
    """Units on the shelves at the beginning: about a third of what will be wanted."""
    dice = ways.dice("opening")
    wanted = ways.shoppers * ways.hours / ways.skus
    return {
        (sku, place): max(2, round(dice.uniform(0.2, 0.6) * wanted / len(PLACES)))
        for sku in ways.codes
        for place in PLACES
    }


def happenings(ways: Ways) -> Iterator[Happening]:
    """Goods that come and go by themselves, and faults, in no order."""
    for kind, rate in (("receipt", ways.receipts), ("loss", ways.losses), ("transfer", ways.transfers)):
        dice, at, number = ways.dice("happening", kind), 0.0, 0
        while rate and (at := at + dice.expovariate(rate / HOUR)) < ways.ends:
            place = dice.choice(PLACES if kind == "receipt" else (EAST, WEST))
            units = dice.randint(4, 16) if kind == "receipt" else dice.randint(1, 3)
            yield Happening(
                kind, number, at, dice.choice(ways.codes), place, units=units, lasts=dice.uniform(1, 3) * HOUR
            )
            number += 1
    for kind in FAULTS:
        dice = ways.dice("fault", kind)
        for number in range(ways.faults):
            yield Happening(
                kind,
                number,
                dice.uniform(0.1, 0.6) * ways.ends,
                dice.choice(ways.codes),
                dice.choice((EAST, WEST)),
                dice.choice(tuple(CHANNELS)),
                units=dice.randint(6, 9),
                lasts=_lasts(kind, dice.random()),
            )


def _lasts(kind: str, part: float) -> float:
    least, most = {
        "outage": (12 * MINUTE, 40 * MINUTE),
        "feed_dies": (1.2 * HOUR, 2.5 * HOUR),
        "hand_up": (2 * HOUR, 3 * HOUR),
        "hand_down": (40 * MINUTE, 90 * MINUTE),
        "phantom": (1 * HOUR, 2 * HOUR),
        "drift": (3 * HOUR, 4 * HOUR),
        "suppressed": (40 * MINUTE, 2 * HOUR),
    }.get(kind, (0.0, 0.0))
    return least + part * (most - least)
