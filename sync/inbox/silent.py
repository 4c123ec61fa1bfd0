"""What stands on a source: its SKUs, those with most money at risk first, as they are decided now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sync.inbox.looking import Can, sku_view
from sync.inbox.view import SkuView
from sync.model.ids import SkuId, SystemId
from sync.path.judge import look
from sync.policy.holder import PolicyInForce
from sync.ports import Clock, Ranked, Store

SOLD_WITHIN = timedelta(days=7)
"""Of two SKUs with nothing at risk the one comes first that sold more within this."""


class SilentSkus:
    """Reads in pages, so that a source of many SKUs keeps nobody waiting for all of them."""

    def __init__(self, store: Store, policy: PolicyInForce, clock: Clock, abilities: Can) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._abilities = abilities

    async def ranked(self, system: SystemId, limit: int) -> tuple[int, Sequence[Ranked]]:
        """How many stand on it, and the first ``limit`` of them."""
        async with self._store.reading() as uow:
            return await uow.views.on_source(system, self._clock.now() - SOLD_WITHIN, limit)

    async def pictures(self, skus: Sequence[SkuId]) -> Sequence[SkuView]:
        """What each shows and can sell, in the order asked for."""
        if not skus:
            return ()
        policy, now = self._policy.current, self._clock.now()
        async with self._store.reading() as uow:
            wholes = await uow.stock.load(skus, now)
        found = [(look(wholes[sku], wholes[sku].state, policy, now)) for sku in skus if sku in wholes]
        return [sku_view(one, policy, self._abilities, now) for one in found]
