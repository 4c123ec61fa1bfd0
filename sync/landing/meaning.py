"""Which SKU and place the rows of a snapshot mean: most by two joins, the rest as every fact's are found."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from pathlib import Path
from typing import TYPE_CHECKING

from sync.model.facts import ItemRef
from sync.model.ids import SkuId, SystemId
from sync.path.identify import ignored, place_of
from sync.policy.schema import Policy

if TYPE_CHECKING:
    import polars as pl

Resolve = Callable[[Sequence[ItemRef]], Awaitable[Mapping[ItemRef, SkuId]]]

ASKED = 2_000
"""Codes per query at most."""


async def located(
    frame: pl.DataFrame,
    known: pl.LazyFrame,
    names: Path,
    turned: Set[str],
    system: SystemId,
    policy: Policy,
    resolve: Resolve,
) -> pl.DataFrame:
    """The rows with ``sku`` and ``location`` (None: unknown), without those that are no product, and ``forced`` for codes
    whose meaning changed at a time (``turned``). ``names``: the system's own codes; ``resolve`` answers for all others."""
    meant, strange, frame = await asyncio.to_thread(_guessed, frame, known, names, policy)
    found: list[tuple[str, str]] = []
    for start in range(0, len(strange), ASKED):
        refs = [ItemRef("sku", code) for code in strange[start : start + ASKED]]
        found += [(ref.value, sku) for ref, sku in (await resolve(refs)).items()]
    return await asyncio.to_thread(_joined, frame, meant, found, sorted(turned), system, policy)


def _guessed(
    frame: pl.DataFrame, known: pl.LazyFrame, names: Path, policy: Policy
) -> tuple[pl.DataFrame, list[str], pl.DataFrame]:
    """What codes mean by the system's own names or as SKUs that it states already, the codes that are left, and the rows of
    products."""
    import polars as pl

    codes = frame.select("code").unique()
    if policy.identity.ignored_codes:
        no_product = [code for code in codes["code"] if ignored(policy, ItemRef("sku", code))]
        frame = frame.join(pl.DataFrame({"code": no_product}, schema={"code": pl.String}), on="code", how="anti")
    own = pl.scan_csv(
        names, has_header=False, schema={"code": pl.String, "own": pl.String}, raise_if_empty=False
    ).collect()
    skus = known.select("sku").unique().with_columns(code="sku").collect(engine="streaming")
    meant = codes.join(own, on="code", how="left").join(skus, on="code", how="left")
    meant = meant.select("code", sku=pl.coalesce("own", "sku"))
    return meant, meant.filter(pl.col("sku").is_null())["code"].to_list(), frame


def _joined(
    frame: pl.DataFrame,
    meant: pl.DataFrame,
    found: Sequence[tuple[str, str]],
    turned: Sequence[str],
    system: SystemId,
    policy: Policy,
) -> pl.DataFrame:
    import polars as pl

    asked = pl.DataFrame(found, schema={"code": pl.String, "asked": pl.String}, orient="row")
    meant = meant.join(asked, on="code", how="left").select("code", sku=pl.coalesce("sku", "asked"))
    words = frame["place"].unique().to_list()
    places = pl.DataFrame(
        [(word, place_of(policy, system, word)) for word in words],
        schema={"place": pl.String, "location": pl.String},
        orient="row",
    )
    forced = pl.DataFrame({"code": turned}, schema={"code": pl.String}).with_columns(forced=pl.lit(value=True))
    return (
        frame.join(meant, on="code", how="left", maintain_order="left")
        .join(places, on="place", how="left", maintain_order="left")
        .join(forced, on="code", how="left", maintain_order="left")
        .with_columns(pl.col("forced").fill_null(False))
    )
