"""Correcting what a name means: its facts go to another SKU from a time on, and both are folded anew.

What a channel shows now (listings, levels) moves whole, since a listing is one product's; counts, movements and orders move by
time, an order by when it was placed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Row, delete, func, select, update

from storage.dialect import Link
from storage.replaying import live_states, replayed_states
from storage.repositories.facts import fact_of
from storage.repositories.kits import ties_of
from storage.repositories.whole import load_wholes
from storage.repositories.written import save_states
from storage.tables.catalogue import identities, listings, turns
from storage.tables.facts import RECORDED, carries, facts, fresh
from storage.tables.outbox import targets
from storage.tables.stock import raise_memos
from storage.unit_of_work import SqlUnitOfWork
from sync.counting.weights import owed, told
from sync.detect.cause import place_name, system_name
from sync.errors import BadInput
from sync.model.facts import Fact, FactKind, ItemRef, LineStated, LineStep, ListingStated, OrderRef
from sync.model.ids import SkuId
from sync.model.mapping import Remapped, Wish
from sync.model.proof import Entry, system_chain
from sync.path.identify import SHOWN, compared
from sync.path.judge import look
from sync.policy.schema import Policy

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


async def remap(uow: SqlUnitOfWork, wish: Wish, policy: Policy, now: datetime, *, by: str) -> Remapped:
    """Correct a mapping in this unit of work; whoever only wants to see what it does rolls back. Raises BadInput."""
    link = uow.link
    refs = await _refs(link, wish)
    known = await uow.catalogue.resolve(wish.system, refs, fold=policy.identity.fold_case)
    old = known.get(wish.ref)
    await _check(uow, wish, old, now)
    concerned = sorted({sku for sku in (old, wish.sku) if sku is not None})
    affected = sorted({*concerned, *(part for kit, part in await ties_of(link, concerned) if kit in concerned)})
    await uow.stock.lock(affected)
    before = await _told(link, concerned, policy, now)
    if old is None:
        moved = await uow.catalogue.map_items(wish.system, [(ref, wish.sku) for ref in refs])
    else:
        moved = await _move(uow, wish, refs, old, affected, policy, now)
    await uow.stock.mark_due(affected, now, "mapped")
    since = f" from {wish.since:%Y-%m-%d %H:%M %Z} on" if wish.since else ""
    name = f"{wish.ref.namespace} {wish.ref.value}"
    sentence = f"{name} of {wish.system} means {wish.sku}{since}, and not {old or 'nothing'}: {moved} facts moved."
    figures = (
        ("ref", f"{wish.ref.namespace}:{wish.ref.value}"),
        ("old", str(old or "")),
        ("new", str(wish.sku)),
        ("since", wish.since.isoformat() if wish.since else ""),
        ("facts", str(moved)),
    )
    await uow.proofs.append([(system_chain(wish.system), Entry("mapped", now, by, sentence, figures))])
    return Remapped(old, moved, before, await _told(link, concerned, policy, now))


async def _refs(link: Link, wish: Wish) -> list[ItemRef]:
    """The name, and the other names of the listing that it is one of: a listing moves whole."""
    if wish.ref.namespace not in ("variant", "item"):
        return [wish.ref]
    rows = await link.execute(select(listings.c.body).where(listings.c.system == wish.system))
    for body in rows.scalars():
        external = [ItemRef(namespace, value) for namespace, value in body["external"] if namespace != "product"]
        if wish.ref in external:
            return external
    return [wish.ref]


async def _check(uow: SqlUnitOfWork, wish: Wish, old: SkuId | None, now: datetime) -> None:
    if not await uow.catalogue.skus([wish.sku]):
        near = ", ".join(sku.id for sku in await uow.catalogue.find(wish.sku, 3))
        raise BadInput(f"There is no product {wish.sku}{f'; did you mean {near}?' if near else '.'}")
    if old == wish.sku:
        raise BadInput(f"{wish.ref.value} of {wish.system} means {wish.sku} already.")
    if wish.since is not None and wish.since > now:
        raise BadInput("The time lies ahead; a name is corrected once it means something else, not before.")
    if old is None and wish.since is not None:
        raise BadInput(f"{wish.ref.value} of {wish.system} meant nothing so far; map it without a time.")
    mine = uow.link.among(carries.c.sku, [sku for sku in (old, wish.sku) if sku is not None])
    closed = (await uow.link.execute(select(func.max(carries.c.closed_before)).where(mine))).scalar_one_or_none()
    listed = wish.ref.namespace in ("variant", "item")
    if old is not None and closed is not None and (listed or wish.since is None or wish.since < closed):
        raise BadInput(
            f"The facts before {closed:%Y-%m-%d} are closed and stay as they are; a code can be corrected from a later time on,"
            " by --from, and a listing of a closed period cannot."
        )


async def _move(
    uow: SqlUnitOfWork,
    wish: Wish,
    refs: Sequence[ItemRef],
    old: SkuId,
    affected: Sequence[SkuId],
    policy: Policy,
    now: datetime,
) -> int:
    """Facts, folded states, our own targets and the names themselves; returns how many facts moved."""
    link = uow.link
    held = await live_states(link, affected, now)
    wholes = await load_wholes(link, affected, now)
    rows = await link.execute(select(facts).where(RECORDED, facts.c.sku == old, facts.c.system == wish.system))
    named = _named(list(rows), refs, policy)
    moving = _moving([fact for _, _, fact in named], [id_ for id_, _, _ in named], wish.since)
    await link.execute(update(facts).where(link.among(facts.c.id, moving)).values(sku=wish.sku))
    await link.execute(delete(fresh).where(link.among(fresh.c.fact, moving)))
    anew = await replayed_states(link, affected, policy)
    save_states(
        link,
        [
            (
                replace(wholes[sku], state=held[sku], fresh=()),
                replace(anew[sku], recipes=held[sku].recipes),
                frozenset(),
            )
            for sku in affected
        ],
    )
    gone = {one.id for one in held[old].listings} - {one.id for one in anew[old].listings}
    for table in (targets, raise_memos):
        await link.execute(update(table).where(link.among(table.c.listing, sorted(gone))).values(sku=wish.sku))
    written = {ref for _, ref, _ in named if ref.namespace in {one.namespace for one in refs}}
    await _rename(link, wish, sorted({*refs, *written}, key=lambda one: (one.namespace, one.value)), old)
    return len(moving)


def _named(
    rows: Sequence[Row[tuple[object, ...]]], refs: Sequence[ItemRef], policy: Policy
) -> list[tuple[int, ItemRef, Fact]]:
    """The facts that are about these names, codes compared as policy compares them; a listing by any of its own names."""

    def alike(ref: ItemRef) -> tuple[str, str]:
        return (ref.namespace, compared(policy, ref.value) if ref.namespace == "sku" else ref.value)

    wanted, found = {alike(ref) for ref in refs}, []
    for row in rows:
        ref, fact = ItemRef(str(row.namespace), str(row.value)), fact_of(row)
        own = fact.body.external if isinstance(fact.body, ListingStated) else ()
        if alike(ref) in wanted or any(alike(ItemRef(*name)) in wanted for name in own):
            found.append((int(row.id), ref, fact))
    return found


def _moving(about: Sequence[Fact], ids: Sequence[int], since: datetime | None) -> list[int]:
    """Ids of the facts that are of the time that is corrected."""
    if any(fact.kind is FactKind.RECIPE for fact in about):
        raise BadInput(
            "This code was told a recipe; tell the recipe of the right product, and an empty one of this, first."
        )
    placed: dict[OrderRef, datetime] = {}
    for fact in about:
        if isinstance(fact.body, LineStated):
            order = fact.body.order
            placed[order] = min(fact.body.placed_at, placed.get(order, fact.body.placed_at))
    return [
        id_
        for id_, fact in zip(ids, about, strict=True)
        if since is None or fact.kind in SHOWN or _at(fact, placed) >= since
    ]


def _at(fact: Fact, placed: dict[OrderRef, datetime]) -> datetime:
    body = fact.body
    if isinstance(body, LineStated | LineStep):
        return placed.get(body.order, fact.as_of.start)
    return fact.as_of.start


async def _rename(link: Link, wish: Wish, refs: Sequence[ItemRef], old: SkuId) -> None:
    """What the names mean now, and, where it changed at a time, what they meant from when on."""
    rows = [(wish.system, ref.namespace, ref.value, wish.sku) for ref in refs]
    names = ("system", "namespace", "value")
    naming = link.insert_rows(identities, (*names, "sku"), rows)
    await link.execute(naming.on_conflict_do_update(index_elements=list(names), set_={"sku": naming.excluded.sku}))
    versions = [(*row[:3], ALWAYS, old) for row in rows] if wish.since is not None else []
    first = link.insert_rows(turns, (*names, "since", "sku"), versions)
    if versions:
        await link.execute(first.on_conflict_do_nothing(index_elements=[*names, "since"]))
    after = wish.since or ALWAYS
    for row in rows:
        own = (turns.c.system == row[0]) & (turns.c.namespace == row[1]) & (turns.c.value == row[2])
        await link.execute(delete(turns).where(own, turns.c.since >= after))
    if wish.since is not None:
        turned = [(*row[:3], wish.since, wish.sku) for row in rows]
        await link.execute(link.insert_rows(turns, (*names, "since", "sku"), turned))


async def _told(link: Link, skus: Sequence[SkuId], policy: Policy, now: datetime) -> tuple[str, ...]:
    """What is known of each SKU: the numbers of its places, what orders hold, what can be sold."""
    sentences = []
    for sku, whole in sorted((await load_wholes(link, skus, now)).items()):
        picture = look(whole, whole.state, policy, now)
        parts = []
        for position in picture.state.positions:
            count = position.statement.count if position.statement is not None else None
            number = (count.on_hand if count.on_hand is not None else count.available) if count is not None else None
            if number is not None:
                parts.append(
                    f"{system_name(policy, position.system)} {number} at {place_name(policy, position.location)}"
                )
        open_ = sum(max(0, owed(line) - told(line.shipped)) for line in picture.state.lines)
        parts.append(f"open orders for {open_}")
        for one in picture.listings:
            can = "nothing known" if one.promise.unknown else str(one.promise.units)
            parts.append(f"can sell on {system_name(policy, one.listing.system)}: {can}")
        sentences.append(f"{sku}: {'; '.join(parts)}")
    return tuple(sentences)
