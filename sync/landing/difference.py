"""A snapshot beside what is known of its system: which rows say something new, and which places it confirms. Pure, over columns.

A row says nothing new when it states the number that is known, at the time that most rows of its place tell: then the place is
confirmed as of that time, by one fact for all such rows. Whatever needs a second thought (a number that is disputed, left out,
waits to be folded, or stands beside a count by a person) says something new. What is known at a confirmed place and not named
by the snapshot is left out, so that the confirmation does not speak for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sync.landing.snapshot import BUCKETS, instant, micros
from sync.model.ids import LocationId
from sync.model.time import AsOf

if TYPE_CHECKING:
    import polars as pl

KNOWN = (
    "sku",
    "location",
    *BUCKETS,
    "as_of_start",
    "as_of_end",
    "sequence",
    "conflicting",
    "left_out_start",
    "listed_start",
    "listed_end",
)
"""Columns of what is known of a system, one row per SKU and place: as the table of positions has them."""

KEY = ("sku", "location")

PART = 150_000
"""Rows that are compared at once, about."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a comparison must know beside the numbers. ``confirmed``: the newest confirmation of each place. ``busy``: SKUs with
    facts that are not folded yet; ``counted``: (SKU, place) where a count by a person stands. ``confirms`` False: every row is
    stated. ``stale_before``: numbers that end before it (microseconds) do not decide now, which a confirmation changes."""

    confirmed: Mapping[LocationId, AsOf]
    busy: Set[str] = frozenset()
    counted: Set[tuple[str, str]] = frozenset()
    confirms: bool = True
    stale_before: int | None = None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A place whose other numbers all stand as of this time; ``place`` in the sender's words."""

    location: LocationId
    place: str
    as_of: AsOf
    rows: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What a snapshot changes. ``stated``: rows to be recorded (the snapshot's columns, with sku and location where they are
    known). ``disputed``: the number that a confirmation of the very time of a row stands for, as a row. ``left_out``: (sku,
    location, start, end, listed_start, listed_end). ``revived``: SKUs whose number was too old, and is not any more."""

    stated: pl.DataFrame
    disputed: pl.DataFrame
    left_out: pl.DataFrame
    confirmed: tuple[Confirmed, ...]
    revived: tuple[str, ...]


def known_of(path: Path) -> pl.LazyFrame:
    """What is known, as storage wrote it."""
    import polars as pl

    schema = {name: pl.String if name in KEY else pl.Int64 for name in KNOWN}
    return pl.scan_csv(path, has_header=False, schema=schema)


def compare(rows: pl.DataFrame, known: pl.LazyFrame, asked: Asked) -> Difference:
    """What is new in ``rows``: the columns of a snapshot, and ``sku`` and ``location`` (None: unknown), and ``forced`` for rows
    that are to be stated whatever they say. Compared a part of the SKUs at a time, so that memory grows with the rows alone."""
    import polars as pl

    mapped = pl.col("sku").is_not_null() & pl.col("location").is_not_null()
    told = rows.filter(mapped)
    times = _times(told, asked)
    parts = told.height // PART + 1
    found = [
        _part(
            told.filter(pl.col("sku").hash() % parts == part),
            known.filter(pl.col("sku").hash() % parts == part),
            times,
            asked,
        )
        for part in range(parts)
    ]
    unchanged, left = (pl.concat([getattr(one, name) for one in found]) for name in ("unchanged", "left_out"))
    good = _paying(unchanged, left)
    stands = unchanged.join(good, on="location", how="semi")
    changed = [*(one.changed for one in found), unchanged.join(good, on="location", how="anti").select("line")]
    stated = told.join(pl.concat(changed), on="line", how="semi")
    return Difference(
        stated=pl.concat([rows.filter(~mapped), stated]).sort("line"),
        disputed=pl.concat([one.disputed for one in found]),
        left_out=left.join(good, on="location", how="semi").sort(KEY),
        confirmed=_confirmed(stands, told, times),
        revived=tuple(
            told.join(stands.filter("old"), on="line", how="semi")["sku"].unique(maintain_order=True).to_list()
        ),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """What comparing some SKUs came to. ``unchanged``: line, location, and whether the number was too ``old`` to decide."""

    changed: pl.DataFrame
    unchanged: pl.DataFrame
    disputed: pl.DataFrame
    left_out: pl.DataFrame


def _part(told: pl.DataFrame, known: pl.LazyFrame, times: pl.DataFrame, asked: Asked) -> _Part:
    import polars as pl

    positions = _effective(known, asked).collect(engine="streaming")
    joined = _joined(told, positions, times, asked)
    old = pl.lit(value=False)
    if asked.stale_before is not None:
        old = (pl.col("until") < asked.stale_before).fill_null(value=False)
    return _Part(
        changed=joined.filter("changed").select("line"),
        unchanged=joined.filter(pl.col("same_time") & ~pl.col("changed")).select("line", "location", old=old),
        disputed=_disputed(joined.filter("disputed"), told, positions),
        left_out=_left_out(joined, positions, times),
    )


def _effective(known: pl.LazyFrame, asked: Asked) -> pl.LazyFrame:
    """What is known, with since when (``from``, ``to``), whether by a confirmation, and whether snapshots leave it out."""
    import polars as pl

    newest = pl.LazyFrame(
        [(place, micros(as_of.start), micros(as_of.end)) for place, as_of in sorted(asked.confirmed.items())],
        schema={"location": pl.String, "confirmed_start": pl.Int64, "confirmed_end": pl.Int64},
        orient="row",
    )
    left = pl.col("left_out_start").is_not_null() & (pl.col("left_out_start") > pl.col("as_of_start")).fill_null(True)
    held = known.filter(pl.col("as_of_start").is_not_null()).join(newest, on="location", how="left")
    again = [
        pl.when("left").then(f"listed_{end}").otherwise(f"confirmed_{end}").alias(f"again_{end}")
        for end in ("start", "end")
    ]
    by_confirmation = (pl.col("again_start") > pl.col("as_of_start")).fill_null(False)
    held = held.with_columns(left=left).with_columns(again).with_columns(by_confirmation=by_confirmation)
    sure = (pl.col("conflicting") == 0) & (pl.col("sequence") == 0) & ~pl.col("left")
    return held.select(
        *KEY,
        *(pl.col(bucket).alias(f"known_{bucket}") for bucket in BUCKETS),
        "left",
        "by_confirmation",
        sure=sure,
        since=pl.when("by_confirmation").then("again_start").otherwise("as_of_start"),
        until=pl.when("by_confirmation").then("again_end").otherwise("as_of_end"),
    )


def _times(told: pl.DataFrame, asked: Asked) -> pl.DataFrame:
    """Of each place the time that at least half its rows tell, where it is no older than the place's last confirmation."""
    import polars as pl

    if not asked.confirms:
        return pl.DataFrame(schema={"location": pl.String, "at": pl.Int64, "at_end": pl.Int64})
    counts = told.group_by("location", "start", "end").agg(told=pl.len())
    counts = counts.with_columns(all=pl.col("told").sum().over("location"))
    newest = {place: micros(as_of.start) for place, as_of in asked.confirmed.items()}
    most = counts.filter(pl.col("told") * 2 >= pl.col("all")).sort("told", "start", descending=True)
    most = most.unique("location", keep="first", maintain_order=True)
    floor = pl.col("location").replace_strict(newest, default=None, return_dtype=pl.Int64)
    fits = (pl.col("start") >= floor).fill_null(True)
    return most.filter(fits).select("location", at="start", at_end="end")


def _joined(told: pl.DataFrame, positions: pl.DataFrame, times: pl.DataFrame, asked: Asked) -> pl.DataFrame:
    """Each row with what it comes to: ``changed``, ``disputed``, or the number that is known at its place's time."""
    import polars as pl

    same = pl.lit(value=True)
    for bucket in BUCKETS:
        same &= pl.col(bucket).eq_missing(pl.col(f"known_{bucket}"))
    new = pl.col("since").is_null()
    newer, at_once = new | (pl.col("start") > pl.col("since")), pl.col("start") == pl.col("since")
    counted = pl.DataFrame(sorted(asked.counted), schema=dict.fromkeys(KEY, pl.String), orient="row")
    waiting = pl.DataFrame({"sku": sorted(asked.busy)}, schema={"sku": pl.String})
    busy = pl.col("waiting").fill_null(False) | pl.col("forced")
    joined = (
        told.lazy()
        .join(positions.lazy(), on=KEY, how="left")
        .join(times.lazy(), on="location", how="left")
        .join(counted.lazy().with_columns(counted=pl.lit(value=True)), on=KEY, how="left")
        .join(waiting.lazy().with_columns(waiting=pl.lit(value=True)), on="sku", how="left")
        .with_columns(same=same, newer=newer.fill_null(True), at_once=at_once.fill_null(False))
        .with_columns(
            same_time=pl.col("newer")
            & pl.col("same")
            & pl.col("sure").fill_null(False)
            & ~busy
            & pl.col("counted").is_null()
            & ((pl.col("start") == pl.col("at")) & (pl.col("end") == pl.col("at_end"))).fill_null(False)
        )
        .with_columns(
            disputed=pl.col("at_once") & ~pl.col("same") & pl.col("by_confirmation").fill_null(False),
            new_here=busy | (pl.col("newer") & ~pl.col("same_time")) | (pl.col("at_once") & ~pl.col("same")),
        )
        .with_columns(changed=pl.col("new_here").any().over(KEY))
        .select("line", *KEY, "start", "at", "changed", "disputed", "same_time", "since", "until")
    )
    return joined.collect()


def _left_out(joined: pl.DataFrame, positions: pl.DataFrame, times: pl.DataFrame) -> pl.DataFrame:
    """What a confirmation of its place must not speak for: known or told here, and not by a row of the place's time."""
    import polars as pl

    named = joined.filter(pl.col("start") >= pl.col("at")).select(KEY).unique()
    older = joined.filter(pl.col("start") < pl.col("at")).group_by(KEY).agg(pl.col("changed").any())
    held = positions.lazy().join(times.lazy(), on="location").filter(pl.col("since") < pl.col("at"))
    standing = held.filter(~pl.col("left")).select(*KEY, "at", "at_end", "by_confirmation", "since", "until")
    told_older = (
        older.lazy()
        .join(times.lazy(), on="location")
        .join(positions.lazy().select(*KEY, "left", "by_confirmation", "since", "until"), on=KEY, how="left")
        .filter((pl.col("since") < pl.col("at")).fill_null(True))
        .filter(pl.col("changed") | ~pl.col("left").fill_null(False))
        .select(*KEY, "at", "at_end", "by_confirmation", "since", "until")
    )
    both = pl.concat([standing, told_older]).unique(KEY, maintain_order=True)
    listed = [
        pl.when(pl.col("by_confirmation").fill_null(False)).then(whole).alias(name)
        for whole, name in (("since", "listed_start"), ("until", "listed_end"))
    ]
    left = both.join(named.lazy(), on=KEY, how="anti").select(*KEY, *listed, start="at", end="at_end")
    return left.sort(KEY).collect()


def _paying(unchanged: pl.DataFrame, left: pl.DataFrame) -> pl.DataFrame:
    """Places where one confirmation says more than the facts it costs."""
    import polars as pl

    stands = unchanged.group_by("location").agg(stands=pl.len())
    costs = left.group_by("location").agg(costs=pl.len())
    both = stands.join(costs, on="location", how="left")
    return both.filter(pl.col("stands") > pl.col("costs").fill_null(0)).select("location")


def _disputed(disputed: pl.DataFrame, told: pl.DataFrame, positions: pl.DataFrame) -> pl.DataFrame:
    """The numbers that were confirmed at the very time of rows that say otherwise."""
    import polars as pl

    numbers = [pl.col(f"known_{bucket}").alias(bucket) for bucket in BUCKETS]
    rows = told.join(disputed.select("line"), on="line", how="semi").drop(BUCKETS)
    held = positions.select(*KEY, *numbers, "since", "until")
    both = rows.join(held, on=KEY, how="inner").with_columns(start="since", end="until").unique(KEY, keep="first")
    return both.select(told.columns)


def _confirmed(stands: pl.DataFrame, told: pl.DataFrame, times: pl.DataFrame) -> tuple[Confirmed, ...]:
    import polars as pl

    counts = stands.group_by("location").agg(rows=pl.len()).join(times, on="location").sort("location")
    words = told.group_by("location").agg(place=pl.col("place").min())
    found = counts.join(words, on="location", maintain_order="left")
    return tuple(
        Confirmed(
            LocationId(row["location"]), row["place"], AsOf(instant(row["at"]), instant(row["at_end"])), row["rows"]
        )
        for row in found.iter_rows(named=True)
    )
