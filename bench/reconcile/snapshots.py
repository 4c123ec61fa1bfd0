"""Three systems' snapshots of the same SKUs as CSV files: made once, each in another order, 0.5 % of the numbers changed."""

from __future__ import annotations

from pathlib import Path

import polars as pl

SYSTEMS = ("wms", "erp", "vendor")
SCHEMA = {"sku": pl.String(), "location": pl.String(), "on_hand": pl.Int64()}
EVERY = 200
"""One number of so many is another one than in the first system."""


def write(folder: Path, skus: int) -> None:
    """One file per system."""
    number = pl.col("number")
    place = pl.when(number % 2 == 0).then(pl.lit("reno")).otherwise(pl.lit("newark"))
    code = pl.format("SKU-{}", number.cast(pl.String).str.zfill(8))
    base = pl.select(number=pl.int_range(skus))
    for nth, system in enumerate(SYSTEMS):
        off = ((number.hash(10 + nth) % EVERY == 0) if nth else pl.lit(value=False)).cast(pl.Int64)
        units = (number.hash(1) % 500).cast(pl.Int64) + off
        rows = base.select(sku=code, location=place, on_hand=units).sample(fraction=1, shuffle=True, seed=nth)
        rows.write_csv(folder / f"{system}.csv")


def scan(folder: Path) -> list[pl.LazyFrame]:
    """The files, to be read when they are needed."""
    return [pl.scan_csv(folder / f"{system}.csv", schema=SCHEMA) for system in SYSTEMS]
