"""The events API behind the connector protocol: verified batches in, nothing out. The sender reads our answer instead."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime

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
    SetHold,
    SetQuantity,
)
from sync.connectors.events_api.batch import read_batch, shape_of
from sync.connectors.events_api.sender import sender_of
from sync.errors import BadInput
from sync.model.ids import SystemId
from sync.model.time import AsOf
from sync.policy.system_rules import System

_NOT_WRITTEN = "A system that sends events cannot be written; ask a person."


class EventsApiConnector:
    """One system that posts events. The web door verifies who it is before :meth:`parse` sees a body."""

    abilities = Abilities()

    def __init__(
        self,
        system_id: SystemId,
        system: System,
        *,
        credentials: Sequence[str] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``credentials`` are the names of the variables that its sender may be known by; those that are set."""
        self.system = system_id
        self._credentials = credentials
        self._sender = sender_of(system_id, system)
        self._now = now

    def parse(self, inbound: Inbound) -> Parsed:
        """Facts of a verified, decompressed body of door ``events``; the key is its Idempotency-Key. Raises BadInput when
        it is no batch at all."""
        headers = inbound.headers if inbound.headers.get("content-type") else {"content-type": "application/json"}
        try:
            shape_of(headers)
        except ValueError as error:
            raise BadInput(f"{inbound.headers.get('content-type')!r} is not a media type of events.") from error
        read = read_batch(inbound.body, headers, self._sender)
        key = headers.get("idempotency-key") or headers.get("webhook-id") or hashlib.sha256(inbound.body).hexdigest()
        return read.parsed(key)

    async def snapshot(self, since: datetime | None = None) -> AsyncIterator[Parsed]:
        """The sender cannot be asked. Yields nothing."""
        del since
        nothing: tuple[Parsed, ...] = ()
        for page in nothing:
            yield page

    async def set_quantity(self, write: SetQuantity) -> Answer:
        """Not possible: a task for a person."""
        del write
        return Answer(done=False, at=AsOf.at(self._now()), fault=Fault.MISSING, text=_NOT_WRITTEN)

    async def set_doors(self, write: SetDoors) -> Answer:
        """Not possible: a task for a person."""
        del write
        return Answer(done=False, at=AsOf.at(self._now()), fault=Fault.MISSING, text=_NOT_WRITTEN)

    async def set_hold(self, write: SetHold) -> Answer:
        """Not possible: a task for a person."""
        del write
        return Answer(done=False, at=AsOf.at(self._now()), fault=Fault.MISSING, text=_NOT_WRITTEN)

    async def read_back(self, listing: ListingRef, places: Sequence[str]) -> Seen:
        """Not possible: the sender's next events show what changed. Raises BadInput."""
        del places
        raise BadInput(f"{self.system} sends events and cannot be asked; its next event tells about {listing.sku}.")

    async def lacking(self, callback_url: str | None) -> Sequence[Lack]:
        """Whether anybody can prove to be this system."""
        del callback_url
        if self._credentials:
            return ()
        stem = self.system.upper().replace("-", "_")
        mend = f"Set {stem}_TOKEN (any long random text) or {stem}_SIGNING_KEYS, and give it to the sender."
        return [Lack("its sender has neither token nor signing key, so all it sends is refused", mend)]

    async def close(self) -> None:
        """Nothing is held."""
