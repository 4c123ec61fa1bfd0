"""Facts of recorded deliveries, set-based: what their names mean, which are new, and what that marks due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sync.connectors.base import Inbound, Parsed
from sync.model.facts import FactDraft, FactKind, ItemRef, LineStep
from sync.model.ids import LocationId, SkuId, SystemId
from sync.model.kits import EXPLODED, NO_RECIPES, Recipes
from sync.model.time import AsOf
from sync.path.identify import (
    SHOWN,
    fingerprint,
    ignored,
    listing_refs,
    meant_then,
    new_parts,
    new_skus,
    part_refs,
    place_of,
    renamed,
    sku_of,
    with_claim,
    with_known_parts,
)
from sync.policy.schema import Policy
from sync.ports import DeliveryState, FactOutcome, NewFact, RecordedDelivery, UnitOfWork
from sync.reconciliation.basis import sides


@dataclass(frozen=True, slots=True)
class GroupItem:
    """One delivery of a group, ready to be recorded."""

    inbound: Inbound
    parsed: Parsed
    state: DeliveryState = DeliveryState.RECORDED
    reason: str = ""


async def record_into(
    uow: UnitOfWork, live: Sequence[tuple[GroupItem, RecordedDelivery]], policy: Policy, now: datetime
) -> list[tuple[int, FactOutcome, str]]:
    """Record the facts of deliveries that are recorded: of each draft, in the order given, its delivery, what became of it, and
    what of it maps to nothing (``sku``, ``location`` or nothing)."""
    every = [(item, delivery, draft) for item, delivery in live for draft in item.parsed.facts]
    no_product = [ignored(policy, draft.item) for _, _, draft in every]
    drafts = [one for one, skip in zip(every, no_product, strict=True) if not skip]
    mapping = await _mapped(uow, policy, drafts)
    then = await _meant_then(uow, drafts, mapping)
    facts = [_fact(item, delivery, draft, mapping, then.get(id(draft)), policy) for item, delivery, draft in drafts]
    if then or any(one.kits or one.grew for one in mapping.values()):
        facts = await _with_parts(uow, facts)
    outcomes = await uow.ledger.record_facts(facts, now) if facts else ()
    await _mark_due(uow, policy, facts, outcomes, now)
    kept = {fact.system for fact, outcome in zip(facts, outcomes, strict=True) if outcome is FactOutcome.KEPT}
    if kept:
        await uow.systems.mark_due(kept, now)
    answers = iter(zip(facts, outcomes, strict=True))
    return [
        (delivery.id, *((FactOutcome.IGNORED, "") if skip else _told(*next(answers))))
        for (_, delivery, _), skip in zip(every, no_product, strict=True)
    ]


def _told(fact: NewFact, outcome: FactOutcome) -> tuple[FactOutcome, str]:
    if outcome is not FactOutcome.KEPT:
        return outcome, ""
    return outcome, "sku" if fact.sku is None else "location"


_Drafts = Sequence[tuple[GroupItem, RecordedDelivery, FactDraft]]


@dataclass(frozen=True, slots=True)
class _Names:
    """What a system's names mean, which of them meant something else once, whether kits are among what they mean; and whether
    names were mapped on the way, of which only the meaning is known."""

    known: Mapping[ItemRef, SkuId]
    turned: frozenset[ItemRef]
    kits: bool
    grew: bool


_Mapping = dict[SystemId, _Names]


async def _mapped(uow: UnitOfWork, policy: Policy, drafts: _Drafts) -> _Mapping:
    """Which SKU each system's refs mean; listings of catalogue systems found on the way become SKUs and mappings first."""
    mapping: _Mapping = {}
    by_system: dict[SystemId, list[FactDraft]] = {}
    for item, _, draft in drafts:
        by_system.setdefault(item.inbound.system, []).append(draft)
    for system in sorted(by_system, key=lambda system: (system not in policy.identity.catalogue, system)):
        own = by_system[system]
        listings = [draft for draft in own if draft.kind is FactKind.LISTING_SEEN and draft.item is not None]
        refs = {draft.item for draft in own if draft.item is not None}
        refs |= {ref for draft in listings for ref in listing_refs(draft)}
        named = {ref for draft in own for ref in part_refs(draft)}
        refs |= named
        fold = policy.identity.fold_case
        naming = await uow.catalogue.naming(system, refs, fold=fold)
        known = dict(naming.known)
        told_anew = renamed(listings, known)
        known |= told_anew
        created = new_skus(policy, system, listings, known) + new_parts(policy, named - known.keys())
        if created:
            await uow.catalogue.add_skus(created, fold=fold)
            missing = ({draft.item for draft in listings if draft.item is not None} | named) - known.keys()
            if missing:
                known |= await uow.catalogue.resolve(system, missing, fold=fold)
        pairs = list(told_anew.items())
        pairs += [
            (ref, sku)
            for draft in listings
            if (sku := sku_of(draft, known)) is not None
            for ref in listing_refs(draft)
            if ref not in known
        ]
        if pairs:
            await uow.catalogue.map_items(system, list(dict.fromkeys(pairs)))
            known |= {ref: sku for ref, sku in pairs if ref not in known}
        mapping[system] = _Names(known, naming.turned, bool(naming.kits), grew=bool(created or pairs))
    return mapping


async def _meant_then(uow: UnitOfWork, drafts: _Drafts, mapping: _Mapping) -> dict[int, SkuId]:
    """For drafts whose names changed their meaning at a time, by identity: what they meant at the time that decides."""
    named: dict[SystemId, set[ItemRef]] = {}
    for item, _, draft in drafts:
        if draft.item in mapping[item.inbound.system].turned and draft.kind not in SHOWN:
            named.setdefault(item.inbound.system, set()).add(draft.item)
    found: dict[int, SkuId] = {}
    for system, refs in sorted(named.items()):
        turned = await uow.catalogue.turns(system, refs)
        own = [draft for item, _, draft in drafts if item.inbound.system == system and draft.item in turned]
        orders = [draft.body.order for draft in own if isinstance(draft.body, LineStep)]
        skus = sorted({sku for versions in turned.values() for _, sku in versions})
        holders = await uow.catalogue.holders(orders, skus) if orders else {}
        for draft in own:
            sku = meant_then(draft, turned, holders)
            if sku is not None:
                found[id(draft)] = sku
    return found


async def _with_parts(uow: UnitOfWork, facts: list[NewFact]) -> list[NewFact]:
    """Order facts of kits with every SKU that was ever counted for them: each holds its line by the recipe of that time."""
    sold = {fact.sku for fact in facts if fact.draft.kind in EXPLODED and fact.sku is not None}
    told = Recipes(await uow.kits.recipes(sold)) if sold else NO_RECIPES
    if not told.versions:
        return facts
    parts = {sku: tuple(sorted(told.ever(sku))) for sku in sold}
    return [
        replace(fact, parts=parts.get(fact.sku, ())) if fact.draft.kind in EXPLODED and fact.sku is not None else fact
        for fact in facts
    ]


def _fact(
    item: GroupItem,
    delivery: RecordedDelivery,
    draft: FactDraft,
    mapping: _Mapping,
    then: SkuId | None,
    policy: Policy,
) -> NewFact:
    system = item.inbound.system
    known = mapping[system].known
    return NewFact(
        system=system,
        delivery=delivery.id,
        draft=with_claim(with_known_parts(draft, known), known),
        sku=then or sku_of(draft, known),
        location=place_of(policy, system, draft.place),
        fingerprint=fingerprint(draft),
        received_at=item.inbound.received_at,
    )


async def _mark_due(
    uow: UnitOfWork, policy: Policy, facts: Sequence[NewFact], outcomes: Sequence[FactOutcome], now: datetime
) -> None:
    recorded = [fact for fact, outcome in zip(facts, outcomes, strict=True) if outcome is FactOutcome.RECORDED]
    read = _of_places(recorded, FactKind.SNAPSHOT_READ)
    if read:
        await uow.ledger.record_coverage(read)
        for system, location, _ in read:
            await uow.ledger.covered_skus_due(system, location, now)
    confirmed = _of_places(recorded, FactKind.SNAPSHOT_CONFIRMED)
    if confirmed:
        await uow.ledger.record_confirmations(confirmed)
        for system, location, _ in confirmed:
            await uow.landings.mark_confirmed(system, location, sides(policy), now)


def _of_places(facts: Sequence[NewFact], kind: FactKind) -> list[tuple[SystemId, LocationId, AsOf]]:
    return [
        (fact.system, fact.location, fact.draft.as_of)
        for fact in facts
        if fact.draft.kind is kind and fact.location is not None
    ]
