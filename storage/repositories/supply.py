"""How vendors stand behind their stock: by SKU family, counted in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Text, and_, case, distinct, false, func, null, or_, select

from storage.dialect import Link
from storage.tables.catalogue import skus
from storage.tables.columns import Instant
from storage.tables.stock import positions
from sync.model.ids import SkuId
from sync.model.picture import AcknowledgementAsked, FamilySupply


async def supply_of(link: Link, asked: AcknowledgementAsked, now: datetime) -> Sequence[FamilySupply]:
    """One row per family that the vendor states units of, at the places where it decides. A position with nothing to promise
    asks for no word."""
    held, oldest = positions.c, now - asked.holds_for
    own = link.rows({"sku": Text(), "family": Text()}, asked.families)
    family = func.coalesce(own.c.family, skus.c.family, "")
    by_word = and_(
        held.acknowledged_at.is_not(None),
        held.acknowledged_at >= oldest,
        or_(held.acknowledged_until.is_(None), held.acknowledged_until >= now),
    )
    by_count = held.as_of_end >= oldest if asked.by_counts else false()
    missing = and_(~by_word, ~by_count)
    spoken: Any = held.as_of_end if asked.by_counts else null()
    ends = [
        _least(case((by_word, held.acknowledged_at))),
        _least(case((by_word, held.acknowledged_until))),
        _least(case((by_count, held.as_of_end))),
    ]
    query = (
        select(
            family.label("family"),
            func.count(distinct(held.sku)).label("skus"),
            func.count(distinct(case((missing, held.sku)))).label("missing"),
            func.min(case((missing, held.sku))).label("example"),
            _newest(case((missing, held.acknowledged_at))).label("word"),
            _newest(case((missing, spoken))).label("count"),
            *(end.label(f"end_{place}") for place, end in enumerate(ends)),
        )
        .select_from(positions)
        .outerjoin(skus, skus.c.id == held.sku)
        .outerjoin(own, own.c.sku == held.sku)
        .where(held.system == asked.system, link.among(held.location, asked.places))
        .where(func.coalesce(held.on_hand, held.available, 0) > 0)
        .group_by(family)
        .order_by(family)
    )
    return [_family(row, asked) for row in await link.execute(query)]


def _least(what: Any) -> Any:
    return func.min(what, type_=Instant())


def _newest(what: Any) -> Any:
    return func.max(what, type_=Instant())


def _family(row: Any, asked: AcknowledgementAsked) -> FamilySupply:
    ends = [
        None if row.end_0 is None else row.end_0 + asked.holds_for,
        row.end_1,
        None if row.end_2 is None else row.end_2 + asked.holds_for,
    ]
    said = [at for at in (row.word, row.count) if at is not None]
    return FamilySupply(
        family=row.family,
        skus=int(row.skus),
        missing=int(row.missing),
        example=None if row.example is None else SkuId(row.example),
        last=max(said, default=None),
        next_end=min((end for end in ends if end is not None), default=None),
    )
