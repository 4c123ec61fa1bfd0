"""What the sandbox shop sells."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Good:
    """A product: units at the warehouse in Reno and at the vendor Acme when the shop opens, its weight in sales, and the
    units that a storefront sold in the week before."""

    sku: str
    title: str
    price: Decimal
    cost: Decimal
    barcode: str
    reno: int
    acme: int = 0
    popularity: int = 1
    week: int = 7


GOODS = (
    Good(
        "KTL-17-BLK",
        "Gooseneck kettle, 1.7 l, black",
        Decimal("89.00"),
        Decimal("41.00"),
        "4006381333931",
        16,
        0,
        4,
        84,
    ),
    Good(
        "KTL-17-STL",
        "Gooseneck kettle, 1.7 l, steel",
        Decimal("84.00"),
        Decimal("39.00"),
        "4006381333948",
        22,
        0,
        2,
        14,
    ),
    Good("LMP-04-OAK", "Desk lamp, oak", Decimal("99.00"), Decimal("44.50"), "4006381333955", 14, 0, 2, 14),
    Good(
        "RUG-80-NAT",
        "Jute rug, 80 × 150 cm, natural",
        Decimal("62.00"),
        Decimal("21.00"),
        "4006381333962",
        31,
        0,
        2,
        14,
    ),
    Good("CHR-22-GRY", "Reading chair, grey", Decimal("249.00"), Decimal("131.00"), "4006381333979", 7, 0, 1, 7),
    Good("MUG-03-BLU", "Stoneware mug, blue", Decimal("14.50"), Decimal("4.20"), "4006381333986", 140, 0, 6, 42),
    Good("BLK-11-WAL", "Chopping block, walnut", Decimal("54.00"), Decimal("19.00"), "4006381333993", 2, 38, 1, 7),
    Good("TRY-05-BRS", "Serving tray, brass", Decimal("47.00"), Decimal("16.00"), "4006381334006", 0, 55, 1, 7),
)
