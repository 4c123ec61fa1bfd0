"""A shop that sells a vendor's goods, seen through the core alone: facts in, exceptions out, on a clock that is put forward."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from storage.store import SqlStore
from sync.connectors.base import Inbound, Parsed
from sync.model.exceptions import ExceptionClass
from sync.model.facts import Count, FactBody, FactDraft, FactKind, ItemRef, ListingStated
from sync.model.ids import SkuId, SystemId
from sync.model.money import Money
from sync.model.stock import Sku
from sync.model.time import AsOf
from sync.path.decider import Decider
from sync.path.recorder import record_group
from sync.path.recording import GroupItem
from sync.policy.holder import PolicyInForce
from sync.policy.schema import Policy

SHOP, ACME, WMS = SystemId("shop"), SystemId("acme"), SystemId("wms")
FRESH_FOR = timedelta(hours=1)
SETTLES_IN = timedelta(seconds=10)
GROUP = 2_000
"""Facts recorded in one transaction."""


class ForwardClock:
    """The wall clock, put forward at will."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        """The present instant, UTC."""
        return datetime.now(UTC) + self._ahead

    def forward(self, by: timedelta) -> None:
        """Let so much time pass at once."""
        self._ahead += by


def rules(mode: str = "shadow") -> Policy:
    """The document, read."""
    return Policy.model_validate(document("shopify", "csv_feed", mode))


def document(channel: str, source: str, mode: str = "shadow") -> dict[str, Any]:
    """One shop in shadow (or ``guard``: watched and paused), so that nothing is lowered by itself; Acme's feed decides for its
    goods, the WMS for the others. ``channel`` and ``source`` are the kinds of systems."""
    sells: dict[str, object] = {"locations": ["acme-dc", "reno"]}
    return {
        "company": "Storm Shop",
        "currency": "USD",
        "systems": {
            str(SHOP): {
                "kind": channel,
                "name": "Shop",
                "mode": mode,
                "channel": sells if mode == "guard" else {**sells, "publish_to": "reno"},
                "settles_in": "10 s",
            },
            str(ACME): {
                "kind": source,
                "name": "Acme",
                "source": {"trust": "vendor", "fresh_for": "1 h"},
                "settles_in": "10 s",
            },
            str(WMS): {"kind": source, "name": "WMS", "source": {"trust": "physical"}, "settles_in": "10 s"},
        },
        "locations": {
            "acme-dc": {
                "name": "Acme DC",
                "deciders": [str(ACME)],
                "known_as": {str(SHOP): "acme-dc", str(ACME): "acme-dc"},
            },
            "reno": {"name": "Reno", "deciders": [str(WMS)], "known_as": {str(SHOP): "reno", str(WMS): "reno"}},
        },
        "people": {"dana": {"name": "Dana", "slack": "U0DANA"}, "kim": {"name": "Kim", "slack": "U0KIM"}},
        "queues": {
            "marketplaces": {"name": "Marketplaces", "channel": "inv-marketplaces", "lead": "dana"},
            "dropship": {"name": "Dropship", "channel": "inv-dropship", "lead": "dana"},
            "corrections": {"name": "Corrections", "channel": "inv-finance", "approvers": ["dana", "kim"]},
        },
        "classes": {ExceptionClass.STALE_FEED.value: {"queue": "dropship"}},
        "default_queue": "marketplaces",
        "corrections": {"queue": "corrections"},
        "ops_lead": "kim",
        "identity": {"catalogue": [str(SHOP)]},
        "digest": {"channel": "inv-ops"},
        "not_automated": ["Everything: the shop is in shadow"],
    }


@dataclass(slots=True)
class World:
    """The shop, its goods and its time."""

    store: SqlStore
    policy: PolicyInForce
    clock: ForwardClock
    decider: Decider
    batches: Iterator[int] = field(default_factory=lambda: iter(range(10**9)))

    async def stock(self, skus: Sequence[SkuId], source: SystemId, units: int = 5) -> None:
        """Goods that the source counts and the shop shows, in equal numbers."""
        async with self.store.unit_of_work() as uow:
            await uow.systems.ensure([SHOP, ACME, WMS], self.clock.now())
            priced = [
                Sku(sku, f"Thing {sku}", price=Money(Decimal(20 + nth % 80), "USD")) for nth, sku in enumerate(skus)
            ]
            await uow.catalogue.add_skus(priced)
        place = "acme-dc" if source == ACME else "reno"
        await self.tell(source, skus, lambda sku: Count(on_hand=units), FactKind.COUNTED, place)
        await self.tell(SHOP, skus, lambda sku: Count(available=units), FactKind.LEVEL_SEEN, place)
        external = {sku: ListingStated(external=(("variant", sku), ("item", sku)), buyable=True) for sku in skus}
        await self.tell(SHOP, skus, lambda sku: external[sku], FactKind.LISTING_SEEN, None)

    async def counts(self, skus: Sequence[SkuId], source: SystemId, units: int) -> None:
        """The source counts anew."""
        place = "acme-dc" if source == ACME else "reno"
        await self.tell(source, skus, lambda sku: Count(on_hand=units), FactKind.COUNTED, place)

    async def tell(
        self,
        system: SystemId,
        skus: Sequence[SkuId],
        body: Callable[[SkuId], FactBody],
        kind: FactKind,
        place: str | None,
    ) -> None:
        """Record one fact per SKU, as one delivery per group."""
        now = self.clock.now()
        for first in range(0, len(skus), GROUP):
            drafts = [
                FactDraft(
                    kind=kind,
                    key=f"{kind}:{sku}:{now.isoformat()}",
                    as_of=AsOf(now, now),
                    item=ItemRef("sku", sku),
                    place=place,
                    body=body(sku),
                )
                for sku in skus[first : first + GROUP]
            ]
            key = f"{system}-{next(self.batches)}-{secrets.token_hex(4)}"
            parsed = Parsed(key=key, facts=tuple(drafts), content_at=now, rows=len(drafts))
            inbound = Inbound(system=system, door="file", body=key.encode(), received_at=now)
            async with self.store.unit_of_work() as uow:
                await record_group(uow, [GroupItem(inbound, parsed)], self.policy.current, now)

    async def settled(self) -> None:
        """Decide, let what was found settle, and decide again."""
        await self.decider.run_due()
        self.clock.forward(SETTLES_IN + timedelta(seconds=1))
        await self.decider.run_due()


def world_on(store: SqlStore, clock: ForwardClock, mode: str = "shadow") -> World:
    """A world on an open, migrated store."""
    policy = PolicyInForce(rules(mode))
    return World(store, policy, clock, Decider(store, policy, clock))
