"""Kits and packs in the counting: order lines brought to units of what is counted, and pools of what is not.

A kit has listings and a recipe, no stock. A line of it is one line of each of its parts, by the recipe valid when it was
ordered. Its pool is the least of floor(pool of the part / units in the kit). Parts decide how fast their pools may be believed to
rise; a kit follows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sync.counting.pool import Pool, Pools, pool
from sync.counting.raising import may_rise
from sync.counting.terms import Term
from sync.ledger import fold
from sync.model.facts import Fact, LineStated, LineStep, Revision
from sync.model.ids import SkuId, SystemId
from sync.model.kits import EXPLODED, Recipes
from sync.model.made import replaced
from sync.model.picture import CommittedPool, Kinship, Part
from sync.model.stock import LineEvent, OrderLine, Recipe, SkuState
from sync.policy.schema import Policy

POLICY = SystemId("policy")
"""The teller of the recipes that policy holds."""

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


# -- recipes -----------------------------------------------------------------------------------------------------------


def with_policy(recipes: tuple[Recipe, ...], sku: SkuId, policy: Policy, now: datetime) -> tuple[Recipe, ...]:
    """A SKU's recipes with what policy says now. The first that policy tells holds always, unless it says since when; a changed
    one from its own ``valid_from`` or from now on, and one taken out ends now: earlier orders keep what held for them."""
    if not recipes and sku not in policy.packs and sku not in policy.kits:
        return recipes
    told = [one for one in recipes if one.system == POLICY]
    newest = max(told, key=lambda one: one.since, default=None)
    parts, since = _told_by_policy(sku, policy)
    if parts == (newest.parts if newest is not None else ()):
        return recipes
    begins = since or (ALWAYS if newest is None else now)
    others = [one for one in recipes if (one.system, one.since) != (POLICY, begins)]
    return in_order((*others, Recipe(POLICY, begins, Revision(policy.version, now), parts)))


def _told_by_policy(sku: SkuId, policy: Policy) -> tuple[tuple[tuple[SkuId, int], ...], datetime | None]:
    pack, kit = policy.packs.get(sku), policy.kits.get(sku)
    if pack is not None:
        return ((pack.of, pack.units),), pack.valid_from
    if kit is not None:
        return tuple(sorted(kit.parts.items())), kit.valid_from
    return (), None


def in_order(recipes: Iterable[Recipe]) -> tuple[Recipe, ...]:
    """Recipes of a SKU in their one order."""
    return tuple(sorted(recipes, key=lambda one: (one.since, one.system)))


# -- a part's own view -------------------------------------------------------------------------------------------------


def in_counted_units(state: SkuState, recipes: Recipes) -> SkuState:
    """The state with the lines of kits in units of this SKU, each by the recipe valid when it was ordered."""
    if not [line for line in state.lines if line.kit is not None]:
        return state
    lines = tuple(_in_units(line, state, recipes) if line.kit is not None else line for line in state.lines)
    return replaced(state, lines=lines)


def facts_in_counted_units(state: SkuState, facts: Sequence[Fact], recipes: Recipes) -> tuple[Fact, ...]:
    """Facts of kits in units of this SKU, by the recipe valid when the order was placed."""
    if not [fact for fact in facts if fact.kit is not None]:
        return tuple(facts)
    return tuple(_fact_in_units(fact, state, recipes) if fact.kit is not None else fact for fact in facts)


def _fact_in_units(fact: Fact, state: SkuState, recipes: Recipes) -> Fact:
    body = fact.body
    if fact.kit is None or not isinstance(body, LineStated | LineStep):
        return fact
    key = (body.order.channel, body.order.order, body.order.line, state.sku)
    line = next((one for one in state.lines if one.key == key), None)
    at = ordered_at(line, state.lines) if line is not None else fact.as_of.start
    return replaced(fact, body=replaced(body, units=body.units * recipes.units(fact.kit, state.sku, at)))


def _in_units(line: OrderLine, state: SkuState, recipes: Recipes) -> OrderLine:
    each = recipes.units(line.kit, state.sku, ordered_at(line, state.lines)) if line.kit is not None else 1

    def events(given: tuple[LineEvent, ...]) -> tuple[LineEvent, ...]:
        return tuple(replaced(one, units=one.units * each, of_kit=False) if one.of_kit else one for one in given)

    return replaced(
        line,
        statements=tuple(replaced(one, units=one.units * each) for one in line.statements),
        cancelled=events(line.cancelled),
        shipped=events(line.shipped),
        acknowledged=events(line.acknowledged),
        named_off=events(line.named_off),
        price=None,
    )


def ordered_at(line: OrderLine, lines: Iterable[OrderLine]) -> datetime:
    """When a line was ordered: as it says, else as its order's other lines of the kit say, else when it was first heard of."""
    if line.placed_at is not None:
        return line.placed_at
    same = [
        one.placed_at
        for one in lines
        if (one.channel, one.order, one.kit) == (line.channel, line.order, line.kit) and one.placed_at is not None
    ]
    heard = [event.at.start for event in (*line.cancelled, *line.shipped, *line.acknowledged, *line.named_off)]
    return min(same or [*heard, *(one.at.start for one in line.statements)], default=ALWAYS)


def committed_pools(
    kin: Kinship, state: SkuState, facts: Sequence[Fact], policy: Policy, now: datetime, *, by_word: bool = False
) -> tuple[tuple[SystemId, CommittedPool], ...]:
    """What a SKU that is a part of kits leaves for them on each channel; nothing for one that is none. ``by_word``: a person said
    that more of a source counts."""
    if not kin.kits:
        return ()
    before = dict(kin.pools)
    pools = Pools(state, policy, now)
    found = []
    for channel in sorted(policy.channels):
        known = before.get(channel)
        memo = known.memo if known is not None else None
        drawn = pools.of(channel)
        if not drawn.unknown:
            _, memo, _ = may_rise(memo, drawn.units, drawn, facts, policy, now, by_word=by_word)
        units = 0 if drawn.unknown else drawn.units
        found.append((channel, CommittedPool(units, drawn.caution, drawn.unknown, memo)))
    return tuple(found)


# -- a kit's own view --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KitPool:
    """The pool of a kit on a channel, and of it what its parts' pools may be believed to hold already."""

    drawn: Pool
    believed: Pool


def is_kit(sku: SkuId, recipes: Recipes, at: datetime) -> bool:
    """Whether a SKU has a recipe at a time, and so no stock of its own."""
    recipe = recipes.valid(sku, at)
    return recipe is not None and bool(recipe.parts)


def kit_pool(
    sku: SkuId, kin: Kinship, recipes: Recipes, channel: SystemId, policy: Policy, now: datetime
) -> KitPool | None:
    """The pool of a kit on a channel from its parts as they are recorded, no part more than its own slice believes; None for a
    SKU that is no kit now. Below zero it is nothing: the oversell is that of the part. Unknown while a part's is, or while a
    part has not heard yet of this kit's orders."""
    if not is_kit(sku, recipes, now):
        return None
    parts = {part.state.sku: part for part in kin.parts}
    each = recipes.counted(sku, now)
    found = [_possible(parts[one], units, channel, recipes, policy, now) for one, units in each.items() if one in parts]
    known = [one for one in found if one is not None]
    if len(known) < len(each) or not recipes.ever(sku) <= kin.fed:
        nothing = Pool(0, (), (), 0, (), unknown=True)
        return KitPool(nothing, nothing)
    least = min(known, key=lambda one: (one.possible, one.text))
    decided_by = tuple(position for one in known for position in one.pool.decided_by)
    others = tuple(Term(one.text, 0) for one in known if one is not least)
    drawn = Pool(least.possible, (*others, Term(least.text, least.possible)), (), least.caution, decided_by)
    believed = min(one.believed for one in known)
    return KitPool(drawn, replaced(drawn, units=min(believed, least.possible)))


@dataclass(frozen=True, slots=True)
class _Possible:
    possible: int
    believed: int
    caution: int
    text: str
    pool: Pool


def _possible(
    part: Part, each: int, channel: SystemId, recipes: Recipes, policy: Policy, now: datetime
) -> _Possible | None:
    """How many kits one part allows; None while it is not known."""
    committed = dict(part.pools).get(channel)
    if committed is None or committed.memo is None:
        return None
    state = in_counted_units(fold(part.state, part.fresh, policy, recipes), recipes)
    drawn = pool(state, channel, policy, now)
    if drawn.unknown:
        return None
    possible = max(0, drawn.units // each)
    believed = max(0, min(drawn.units, committed.memo.allowed) // each)
    caution = max(0, (drawn.units + drawn.caution) // each - possible) if drawn.units >= 0 else 0
    text = f"{state.sku} {drawn.units}, {each} in each: enough for {possible}"
    return _Possible(possible, believed, caution, text, drawn)


def unrouted(
    sku: SkuId, kin: Kinship, recipes: Recipes, fresh: Sequence[Fact], policy: Policy
) -> tuple[tuple[SkuId, Fact], ...]:
    """Order facts of a kit, folded in its own slice now, that a part which gets its orders has neither folded nor waiting: those
    that were recorded before it was known which parts it has."""
    told = [fact for fact in fresh if fact.kit is None and fact.kind in EXPLODED]
    found = []
    for part in kin.parts if told else ():
        if part.state.sku not in kin.fed:
            continue
        state = fold(part.state, part.fresh, policy, recipes)
        for fact in told:
            if fold(state, [replaced(fact, sku=part.state.sku, kit=sku)], policy, recipes) != state:
                found.append((part.state.sku, fact))
    return tuple(found)
