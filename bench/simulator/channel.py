"""A simulated channel behind the connector protocol: what the product writes and reads there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from sandbox.simulator.network import Event
from sandbox.simulator.storefront import ChannelDown, LevelChanged, Storefront
from sandbox.simulator.world import World
from sync.connectors.base import (
    Abilities,
    Answer,
    Fault,
    Inbound,
    Lack,
    ListingRef,
    Parsed,
    Seen,
    SetDoors,
    SetQuantity,
)
from sync.connectors.events_api.facts import meaning_of
from sync.connectors.events_api.models import EVENT
from sync.connectors.events_api.sender import Sender
from sync.errors import BadInput, TryAgain
from sync.model.facts import FactDraft, FactKind, ItemRef, ListingStated
from sync.model.ids import SystemId
from sync.model.time import AsOf

PRICE = Decimal("25.00")
COST = Decimal("11.00")
ASKS_TO_WAIT = timedelta(seconds=30)
"""What a channel that is down asks for: `Retry-After`."""


class SimulatedChannel:
    """Webhooks of the channel come through the events API; this is the other way. An API that is down refuses one kind of
    channel as a whole, and the other write by write."""

    abilities = Abilities(
        receives_webhooks=True, snapshots=True, publishes=True, guarded_writes=True, reads_back=True, reads_orders=True
    )

    def __init__(self, front: Storefront, world: World, now: Callable[[], datetime], *, fault: Fault) -> None:
        """``fault``: how a refusal of this channel's API reads."""
        self.system = SystemId(front.name)
        self.writes = self.lost_races = self.refused = 0
        self._front = front
        self._world = world
        self._now = now
        self._fault = fault
        self._live: dict[str, bool] = {}

    def parse(self, inbound: Inbound) -> Parsed:
        """Nothing comes through this door: raises BadInput."""
        raise BadInput(f"{inbound.system} sends its webhooks to the events API")

    async def snapshot(self, since: datetime | None = None) -> AsyncIterator[Parsed]:
        """All listings and all that was ever told, or what changed."""
        begun = self._now()
        second = 0.0 if since is None else (since - self._world.began) / timedelta(seconds=1)
        try:
            events = self._front.changes_since(second)
            listings = [self._listing(sku) for sku in self._front.shelves if self._told_anew(sku)]
        except ChannelDown as error:
            raise TryAgain(str(error)) from error
        self._world.hear(events)
        drafts = [*listings, *(draft for event in events for draft in self._drafts(event))]
        yield Parsed(key=f"read:{begun.isoformat()}", facts=tuple(drafts), rows=len(drafts), topic="read/changes")

    def _drafts(self, event: Event) -> Sequence[FactDraft]:
        """As the events API reads it, so that what comes both ways is one fact."""
        return meaning_of(EVENT.validate_python(event), Sender(self.system)).drafts

    def _told_anew(self, sku: str) -> bool:
        live = self._front.read(sku).live
        return self._live.get(sku) is not live

    def _listing(self, sku: str) -> FactDraft:
        live = self._live[sku] = self._front.read(sku).live
        at = AsOf.at(self._now())
        return FactDraft(
            kind=FactKind.LISTING_SEEN,
            key=f"listing:{sku}@{at.start.isoformat()}",
            as_of=at,
            item=ItemRef("sku", sku),
            place=None,
            body=ListingStated(
                external=(("item", f"{self.system}-{sku}"),),
                title=f"Good {sku}",
                price=PRICE,
                currency="USD",
                unit_cost=COST,
                tracked=True,
                sells_below_zero=False,
                buyable=live,
            ),
        )

    async def set_quantity(self, write: SetQuantity) -> Answer:
        """Guarded, as every write is that names no number to expect: it expects what is there."""
        begun = self._now()
        self.writes += 1
        try:
            self._front.write(write.listing.sku, write.units, write.expected)
        except LevelChanged as error:
            self.lost_races += 1
            return Answer(False, AsOf(begun, self._now()), Fault.STALE_GUARD, str(error))
        except ChannelDown as error:
            self.refused += 1
            return Answer(False, AsOf(begun, self._now()), self._fault, str(error), retry_after=ASKS_TO_WAIT)
        return Answer(True, AsOf(begun, self._now()))

    async def set_doors(self, write: SetDoors) -> Answer:
        """Nobody pauses here: the channel says that it cannot."""
        return Answer(
            False, AsOf.at(self._now()), Fault.VALUE, f"{self.system} takes {write.listing.sku} off sale itself"
        )

    async def read_back(self, listing: ListingRef, places: Sequence[str]) -> Seen:
        """What customers see. Raises TryAgain while the API is down."""
        begun = self._now()
        try:
            shelf = self._front.read(listing.sku)
        except ChannelDown as error:
            raise TryAgain(str(error), ASKS_TO_WAIT) from error
        levels = ((self._front.place, shelf.level),)
        return Seen(
            AsOf(begun, self._now()),
            live=shelf.live,
            units=shelf.level,
            levels=levels,
            tracked=True,
            sells_below_zero=False,
        )

    async def lacking(self, callback_url: str | None) -> Sequence[Lack]:
        """Nothing."""
        return ()

    async def close(self) -> None:
        """Nothing is held."""
