"""The comparison itself, over columns: snapshots as Parquet in a folder, one union and one group-by for any number of systems.

polars is imported when it is used, since nothing else of the product needs it. Everything streams; what is held is one hash and
two numbers per SKU and place, never a text.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Iterable, Iterator, Sequence
from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sync.model.ids import SkuId
from sync.reconciliation.basis import Side

if TYPE_CHECKING:
    import polars as pl

KEY = ("sku", "location")
BUCKETS = ("on_hand", "available", "reserved", "quarantined", "held", "incoming")
COLUMNS = (*KEY, *BUCKETS)
SHOWN = ("sku", "wanted")
SLICE = 2_000


async def land(path: Path, pages: AsyncIterable[Sequence[Sequence[Any]]], columns: Sequence[str] = COLUMNS) -> int:
    """Write a snapshot that comes in pages of rows (text for sku and location, whole numbers or None else) as Parquet, one
    page in memory at a time. Returns the rows."""
    import polars as pl

    schema = {name: pl.String if name in KEY else pl.Int64 for name in columns}
    parts: list[Path] = []
    rows = 0
    await asyncio.to_thread(path.mkdir, parents=True, exist_ok=True)
    async for page in pages:
        parts.append(path / f"{len(parts):06d}.parquet")
        await asyncio.to_thread(pl.DataFrame(page, schema=schema, orient="row").write_parquet, parts[-1])
        rows += len(page)
    if not parts:
        pl.DataFrame(schema=schema).write_parquet(path / "000000.parquet")
    return rows


def landed(path: Path) -> pl.LazyFrame:
    """A snapshot that was landed."""
    import polars as pl

    return pl.scan_parquet(path / "*.parquet")


def candidates(
    snapshots: Sequence[tuple[Side, pl.LazyFrame]], wanted: Iterable[tuple[Side, pl.LazyFrame]] = ()
) -> Iterator[list[SkuId]]:
    """SKUs of which a finding could come of the numbers alone, each once, in slices.

    ``snapshots`` have COLUMNS, one row per SKU and place of their system (a column that is not there is unknown); ``wanted`` is
    what a channel should show (SHOWN). A SKU is a candidate when two systems that are compared differ at a place, when a number
    is below zero, when more is salable than there is, and when a channel shows something else than it should.
    """
    import polars as pl

    told = [_told(side, _whole(frame)) for side, frame in snapshots]
    compared = [frame.filter(pl.col("free").is_not_null()) for side, frame in told if side.compared]
    found = []
    if compared:
        free = pl.concat(compared).select("sku", "free", "unsure", hash=pl.struct(*KEY).hash())
        low, high = pl.col("free").min(), pl.col("free").max()
        groups = free.group_by("hash").agg(differ=(low != high) | ((pl.len() > 1) & pl.col("unsure").any()))
        differing = groups.filter("differ").select("hash").collect(engine="streaming")
        found.append(free.join(differing.lazy(), on="hash", how="semi").select("sku"))
    found += [frame.filter(_odd()).select("sku") for _, frame in told]
    shown = {side.system: frame for side, frame in wanted}
    found += [
        _otherwise(side, frame, shown[side.system]) for side, frame in told if side.sells and side.system in shown
    ]
    if not found:
        return
    skus = pl.concat(found).unique().collect(engine="streaming")["sku"]
    for start in range(0, len(skus), SLICE):
        yield [SkuId(sku) for sku in skus[start : start + SLICE]]


def _whole(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The frame with every column there is."""
    import polars as pl

    there = frame.collect_schema().names()
    return frame.with_columns(pl.lit(None, dtype=pl.Int64).alias(name) for name in COLUMNS if name not in there)


def _told(side: Side, frame: pl.LazyFrame) -> tuple[Side, pl.LazyFrame]:
    """The frame with ``free``, what can be sold by this system alone (None: it does not say), and ``unsure``."""
    import polars as pl

    if side.stated is None:
        free: pl.Expr = pl.lit(None, dtype=pl.Int64)
    else:
        free = pl.col(side.stated) - sum((pl.col(bucket).clip(lower_bound=0) for bucket in side.off), pl.lit(0))
    if side.own is not None:
        free = pl.when(pl.col("location") != side.own).then(free)
    unsure = pl.col("incoming").fill_null(0) > 0 if side.incoming else pl.lit(value=False)
    return side, frame.with_columns(free=free, unsure=unsure)


def _odd() -> pl.Expr:
    """A number below zero, or more salable than there is."""
    import polars as pl

    below = [pl.col(name) < 0 for name in ("on_hand", "available", "free")]
    above = pl.col("available") > pl.col("on_hand").clip(lower_bound=0)
    return reduce(or_, (one.fill_null(value=False) for one in (*below, above)))


def _otherwise(side: Side, frame: pl.LazyFrame, wanted: pl.LazyFrame) -> pl.LazyFrame:
    """SKUs of which a channel offers another number than it should, or that nothing is wanted of."""
    import polars as pl

    here = frame.filter(pl.col("location").is_in(side.sells) & pl.col("available").is_not_null())
    offers = here.group_by("sku").agg(offered=pl.col("available").sum().clip(lower_bound=0))
    both = offers.join(wanted, on="sku", how="left")
    return both.filter(pl.col("wanted").is_null() | (pl.col("wanted") != pl.col("offered"))).select("sku")
