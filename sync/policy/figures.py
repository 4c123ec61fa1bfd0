"""Which figures hold for one SKU on one channel: its own, else its family's there, else its family's, else the channel's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import NormalDist
from typing import Literal

from sync.model.ids import SkuId, SystemId
from sync.model.made import quickly
from sync.policy.schema import Policy
from sync.policy.sku_rules import Demand, Figures, SkuRules
from sync.policy.system_rules import Channel


@quickly
@dataclass(frozen=True, slots=True)
class Held:
    """Units: kept back as safety stock and as buffer (a slow channel's included), shown at most (None: no limit), the least that
    is shown at all, and those that may be sold beyond the stock."""

    safety_stock: int
    buffer: int
    maximum_shown: int | None
    floor: int
    made_to_order: int


def held_for(policy: Policy, sku: SkuId, family: str, channel: SystemId, rules: Channel) -> Held:
    """The figures of a SKU on a channel (``rules`` are that channel's). ``family`` is the catalogue's; policy's own word for the
    SKU goes before it. Of several maxima the smallest holds: none of them may be passed."""
    own = policy.skus.get(sku)
    called = own.family if own is not None and own.family is not None else family
    kin = policy.families.get(called) if called else None
    if own is None and kin is None:
        return Held(rules.safety_stock, rules.buffer + rules.slow_buffer, rules.maximum_shown, rules.floor, 0)
    levels = [level for level in (own, kin.channels.get(channel) if kin else None, kin) if level is not None]
    most = [level.maximum_shown for level in levels if level.maximum_shown is not None]
    most += [rules.maximum_shown] if rules.maximum_shown is not None else []
    return Held(
        safety_stock=_safety(own, levels, rules),
        buffer=_first(levels, "buffer", rules.buffer) + rules.slow_buffer,
        maximum_shown=min(most, default=None),
        floor=_first(levels, "floor", rules.floor),
        made_to_order=own.made_to_order if own is not None else 0,
    )


def _safety(own: SkuRules | None, levels: Sequence[Figures], rules: Channel) -> int:
    if own is not None and own.demand is not None:
        return safety_stock(own.demand)
    return _first(levels, "safety_stock", rules.safety_stock)


def _first(levels: Sequence[Figures], name: Literal["safety_stock", "buffer", "floor"], otherwise: int) -> int:
    """The figure of the nearest level that says one."""
    said: list[int | None] = [getattr(level, name) for level in levels]
    return next((figure for figure in said if figure is not None), otherwise)


def safety_stock(demand: Demand) -> int:
    """Units that cover a lead time's spread of demand, rounded up: z x sqrt(L x sd(d)^2 + d^2 x sd(L)^2).

    d is units a day, L the lead time in days, z the normal quantile of the service level; both spreads independent. Source:
    Silver, Pyke and Thomas, "Inventory and Production Management in Supply Chains", 4th edition, on probabilistic lead times.
    """
    variance = demand.lead_days * demand.per_day_deviation**2 + demand.per_day**2 * demand.lead_days_deviation**2
    return ceil(NormalDist().inv_cdf(float(demand.service)) * float(variance.sqrt()))
