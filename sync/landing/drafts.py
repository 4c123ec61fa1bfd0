"""What a comparison found, as facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sync.landing.difference import Confirmed
from sync.landing.snapshot import BUCKETS, Covered, Lands, instant
from sync.model.facts import Count, FactDraft, FactKind, ItemRef, LeftOut, SnapshotConfirmed, SnapshotRead
from sync.model.ids import LocationId, SkuId
from sync.model.time import AsOf

if TYPE_CHECKING:
    import polars as pl

Words = Mapping[tuple[SkuId, LocationId], tuple[str, str]]


def stated(rows: pl.DataFrame, connector: Lands) -> list[FactDraft]:
    """Rows as the connector tells them."""
    return [
        connector.counted(
            row["code"],
            row["place"],
            AsOf(instant(row["start"]), instant(row["end"])),
            Count(**{bucket: row[bucket] for bucket in BUCKETS}),
        )
        for row in rows.iter_rows(named=True)
    ]


def left_out(rows: pl.DataFrame, words: Words) -> Iterator[FactDraft]:
    """Numbers that snapshots confirm no longer, under the names (code, place) that ``words`` has of them."""
    for row in rows.iter_rows(named=True):
        as_of = AsOf(instant(row["start"]), instant(row["end"]))
        last = None
        if row["listed_start"] is not None:
            last = AsOf(instant(row["listed_start"]), instant(row["listed_end"]))
        code, place = words[row["sku"], row["location"]]
        key = f"left_out:{code}:{place}@{as_of.start.isoformat()}"
        yield FactDraft(FactKind.LEFT_OUT, key, as_of, ItemRef("sku", code), place, LeftOut(last))


def of_places(confirmed: Sequence[Confirmed], covered: Sequence[Covered], key: str) -> Iterator[FactDraft]:
    """What a snapshot (known by ``key``) says of whole places: what is known there stands, and it lists all there is."""
    for one in confirmed:
        name = f"confirmed:{one.place}@{one.as_of.start.isoformat()}:{key[:16]}"
        yield FactDraft(FactKind.SNAPSHOT_CONFIRMED, name, one.as_of, None, one.place, SnapshotConfirmed(one.rows))
    for full in covered:
        name = f"snapshot:{full.place}@{full.as_of.start.isoformat()}:{key[:16]}"
        yield FactDraft(FactKind.SNAPSHOT_READ, name, full.as_of, None, full.place, SnapshotRead(full.rows))
