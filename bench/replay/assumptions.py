"""What a replay has to assume, since a file of order lines holds no stock: said here once, for driver and recount alike."""

from __future__ import annotations

from datetime import timedelta

OPENING_PERCENT = 60
"""The opening count of a SKU in percent of the units sold over the whole file, rounded up: some SKUs must oversell."""

OPENING_BEFORE = timedelta(hours=12)
"""The opening count is this much older than the first line."""

OLD_ORDERS_BEFORE = timedelta(days=30)
"""Cancellations whose order lies before the file belong to orders placed and shipped this long before the first line."""

NO_PRODUCTS = (
    "POST",
    "DOT",
    "C2",
    "M",
    "D",
    "S",
    "B",
    "BANK CHARGES",
    "AMAZONFEE",
    "CRUK",
    "PADS",
    "gift_0001_10",
    "gift_0001_20",
    "gift_0001_30",
    "gift_0001_40",
    "gift_0001_50",
)
"""Codes of the retailer that are no stock: postage, carriage, manual lines, discounts, samples, bad debt, fees, a donation, a
dummy and gift vouchers. Policy lists them under ``ignored_codes``."""
