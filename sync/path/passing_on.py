"""What one SKU's slice passes on to its kin: a kit its orders to its parts, a part its pools to its kits. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sync.counting.kits import committed_pools, unrouted
from sync.detect.picture import SkuPicture
from sync.model.facts import Fact
from sync.model.ids import SkuId, SystemId
from sync.model.picture import CommittedPool, Whole
from sync.model.stock import SkuState
from sync.policy.schema import Policy

Pools = tuple[tuple[SystemId, CommittedPool], ...]


@dataclass(frozen=True, slots=True)
class PassedOn:
    """``feeds``: parts that get all of this kit's orders from now on, the past ones included. ``facts``: single order facts for
    single parts. ``pools``: what this part leaves on each channel, where it is not what stood before; then, and when its own
    recipe changes, ``kits`` are due; so is a kit that got new parts."""

    feeds: tuple[SkuId, ...] = ()
    facts: tuple[tuple[SkuId, Fact], ...] = ()
    pools: Pools = ()
    kits: tuple[SkuId, ...] = ()


NOTHING_PASSED_ON = PassedOn()


def pass_on(whole: Whole, state: SkuState, picture: SkuPicture, policy: Policy, now: datetime) -> PassedOn:
    """What follows for the kin of a SKU from its folded state and its picture."""
    kin = whole.kin
    if not state.recipes and not kin.kits:
        return NOTHING_PASSED_ON
    recipes = kin.recipes.having(state.sku, state.recipes)
    feeds = tuple(sorted(recipes.ever(state.sku) - kin.fed))
    facts = unrouted(state.sku, kin, recipes, whole.fresh, policy)
    pools = _changed(kin.pools, committed_pools(kin, picture.state, picture.fresh, policy, now, by_word=whole.by_word))
    changed = bool(pools) or state.recipes != whole.state.recipes
    again = (state.sku,) if feeds else ()
    return PassedOn(feeds, facts, pools, (*again, *(kin.kits if changed else ())))


def _changed(before: Pools, now: Pools) -> Pools:
    known = dict(before)
    return tuple((channel, one) for channel, one in now if known.get(channel) != one)


def parts_named(states: Sequence[SkuState]) -> list[SkuId]:
    """Every SKU that a recipe of these names, sorted."""
    return sorted({part for state in states for recipe in state.recipes for part, _ in recipe.parts})
