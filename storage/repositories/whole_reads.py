"""The reads that a slice is made of, each drawn once; all take ``skus``."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Select,
    Text,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    union,
    union_all,
)

from storage.dialect import Drawing
from storage.tables.cases import UNRESOLVED, exception_actions, exceptions, suspicions
from storage.tables.catalogue import listings, skus
from storage.tables.columns import Instant
from storage.tables.facts import confirmations, coverage, facts, fresh
from storage.tables.outbox import lanes, targets
from storage.tables.stock import movements, order_lines, positions, raise_memos
from sync.model.gtins import LENGTHS

_KEY = (order_lines.c.sku, order_lines.c.channel, order_lines.c.order, order_lines.c.line)
_ORDER = ("sku", "channel", "order")
_BLANKS = " \t\r\n"


def draw_entries(draw: Drawing) -> Select[Any]:
    """Catalogue entries."""
    return select(draw.shared(_entries))


def _entries(draw: Drawing) -> CTE:
    return select(skus).where(draw.among(skus.c.id, "skus")).cte("entries")


def draw_fresh(draw: Drawing) -> Select[Any]:
    """Facts not folded yet, oldest received first; of those received at once, in the order they were recorded."""
    heard = draw.shared(_heard)
    return select(heard).order_by(heard.c.received_at, heard.c.id)


def _heard(draw: Drawing) -> CTE:
    found, held = draw.each(fresh, facts, facts.c.id == fresh.c.fact)
    told = select(*held, fresh.c.sku.label("counted")).select_from(found)
    return told.where(draw.among(fresh.c.sku, "skus")).cte("heard")


def draw_movements(draw: Drawing) -> Select[Any]:
    """Movements in the order of their times."""
    held = movements.c
    query = select(movements).where(draw.among(held.sku, "skus"))
    return query.order_by(held.as_of_start, held.as_of_end, held.key)


def draw_positions(draw: Drawing) -> Select[Any]:
    """Positions with the coverage and the confirmation of their place."""
    held, covered, confirmed = positions.c, coverage.c, confirmations.c
    read = (covered.as_of_start.label("covered_start"), covered.as_of_end.label("covered_end"))
    newest = (confirmed.as_of_start.label("confirmed_start"), confirmed.as_of_end.label("confirmed_end"))
    stood = (*newest, confirmed.before_start, confirmed.before_end)
    return (
        select(positions, *read, *stood)
        .outerjoin(coverage, and_(covered.system == held.system, covered.location == held.location))
        .outerjoin(confirmations, and_(confirmed.system == held.system, confirmed.location == held.location))
        .where(draw.among(held.sku, "skus"))
        .order_by(held.sku, held.system, held.location)
    )


def draw_lines(draw: Drawing) -> Select[Any]:
    """Live lines, and every line of an order that a fresh fact names, closed ones too."""
    return _lines(draw, _told(draw))


def draw_live_lines(draw: Drawing) -> Select[Any]:
    """Live lines."""
    return _live(draw).order_by(*_KEY)


def draw_named_lines(draw: Drawing) -> Select[Any]:
    """The same, and lines of the orders ``named`` as (sku, channel, order)."""
    return _lines(draw, union(_told(draw), select(draw.rows(dict.fromkeys(_ORDER, Text()), "named"))))


def _live(draw: Drawing) -> Select[Any]:
    return select(order_lines).where(order_lines.c.closed.is_(False), draw.among(order_lines.c.sku, "skus"))


def _lines(draw: Drawing, spoken: Select[Any] | CompoundSelect[Any]) -> Select[Any]:
    given, held = spoken.subquery("spoken"), order_lines.c
    same = and_(*(held[name] == given.c[name] for name in _ORDER), held.closed.is_(True))
    found, closed = draw.each(given, order_lines, same)
    both = union_all(_live(draw), select(*closed).select_from(found)).subquery("known")
    return select(both).order_by(*(both.c[column.name] for column in _KEY))


def _told(draw: Drawing) -> Select[Any]:
    """The orders that fresh facts name."""
    heard = draw.shared(_heard)
    order = [_in_order(draw, heard.c.body, name).label(name) for name in _ORDER[1:]]
    return select(heard.c.counted.label("sku"), *order).distinct()


def _in_order(draw: Drawing, body: ColumnElement[Any], name: str) -> ColumnElement[str]:
    """What the body of a fact says of its order (``LineStated``, ``LineStep``, ``Change``); NULL where it names none."""
    if draw.postgres:
        return body.op("#>>", return_type=Text())(literal_column(f"'{{order,{name}}}'"))
    return func.json_extract(body, literal_column(f"'$.order.{name}'"), type_=Text())


def draw_listings(draw: Drawing) -> Select[Any]:
    """Listings by id."""
    query = select(listings.c.sku, listings.c.body).where(draw.among(listings.c.sku, "skus"))
    return query.order_by(listings.c.id)


def draw_listed(draw: Drawing) -> Select[Any]:
    """Which listings there are."""
    query = select(listings.c.id, listings.c.system, listings.c.sku).where(draw.among(listings.c.sku, "skus"))
    return query.order_by(listings.c.id)


def draw_memos(draw: Drawing) -> Select[Any]:
    """What "raise slowly" remembers, by listing."""
    return select(raise_memos).where(draw.among(raise_memos.c.sku, "skus")).order_by(raise_memos.c.listing)


def draw_targets(draw: Drawing) -> Select[Any]:
    """All desired state, but of the corrections that are done only those of unresolved cases; with the fault of its lane."""
    held = targets.c
    unresolved = select(exceptions.c.id).where(UNRESOLVED, draw.among(exceptions.c.sku, "skus"))
    standing = or_(
        held.kind != literal_column("'correction'"),
        held.state != literal_column("'idle'"),
        held.exception.in_(unresolved),
    )
    query = select(targets, lanes.c.fault.label("lane_fault")).outerjoin(lanes, lanes.c.system == held.lane)
    return query.where(draw.among(held.sku, "skus"), standing).order_by(held.key)


def draw_cases(draw: Drawing) -> Select[Any]:
    """Unresolved ones, and of each fingerprint the one that ended last: it may open again, or be named by the next."""
    chosen = draw.shared(_chosen).c
    return select(chosen.id, chosen.body).order_by(chosen.id)


def draw_acts(draw: Drawing) -> Select[Any]:
    """The acts of those."""
    chosen = draw.shared(_chosen)
    found, held = draw.each(chosen, exception_actions, exception_actions.c.exception == chosen.c.id)
    return select(held.id, held.exception, held.body).select_from(found).order_by(held.id)


def _chosen(draw: Drawing) -> CTE:
    held = exceptions.c
    mine = draw.among(held.sku, "skus")
    ended = select(func.max(held.id)).where(held.ended_at.is_not(None), mine).group_by(held.fingerprint)
    return select(held.id, held.body).where(mine, or_(UNRESOLVED, held.id.in_(ended))).cte("chosen")


def draw_suspicions(draw: Drawing) -> Select[Any]:
    """Suspicions by fingerprint."""
    query = select(suspicions.c.body).where(draw.among(suspicions.c.sku, "skus"))
    return query.order_by(suspicions.c.fingerprint)


def draw_paces(draw: Drawing) -> Select[Any]:
    """Units ordered per channel ``since`` then."""
    held = order_lines.c
    return (
        select(held.sku, held.channel, func.sum(held.units).label("units"))
        .where(draw.among(held.sku, "skus"), held.placed_at > bindparam("since", type_=Instant()))
        .group_by(held.sku, held.channel)
        .order_by(held.sku, held.channel)
    )


def draw_twins(draw: Drawing) -> Select[Any]:
    """Other SKUs that may have the GTIN of these: the same digits behind zeros, filled up to any of the lengths of a GTIN."""
    own, other = draw.shared(_entries), skus.alias("others")
    bare = func.ltrim(func.trim(own.c.gtin, _BLANKS), "0")
    forms = [case((func.length(bare) <= length, _filled(draw, bare, length))) for length in LENGTHS]
    alike = other.c.gtin.in_([own.c.gtin, *forms])
    told = select(own.c.id.label("sku"), own.c.gtin, other.c.id.label("other"), other.c.gtin.label("other_gtin"))
    return told.select_from(own.join(other, alike)).where(other.c.id != own.c.id)


def _filled(draw: Drawing, bare: ColumnElement[str], length: int) -> ColumnElement[str]:
    if draw.postgres:
        return func.lpad(bare, literal_column(str(length)), literal_column("'0'"))
    return func.substr(literal_column(f"'{'0' * length}'").op("||")(bare), literal_column(str(-length)))
