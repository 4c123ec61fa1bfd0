"""The warehouse of the replay: it posts its opening counts and its adjustments to the product's own events API."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import aiohttp

from bench.replay.story import Adjustment, Story

PLACE = "Store"
"""The place as the warehouse names it."""

AT_ONCE = 1_000
"""Events in one request at most (the API's own limit)."""


class NotTaken(Exception):
    """The events API did not take what the warehouse sent; the message holds its answer."""


class Warehouse:
    """A sender with a bearer token. ``duplicate`` is the share of requests it sends twice: by turns under the same
    Idempotency-Key (a retry) and under a new one (another export of the same events)."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str, *, duplicate: float) -> None:
        """``url`` is the product's address; ``duplicate`` is 0 to 1."""
        self._session = session
        self._url = f"{url}/api/v1/events"
        self._token = token
        self._duplicate = duplicate
        self._owed = 0.0
        self.requests = 0
        self.events = 0
        self.repeated = 0

    async def open_with(self, story: Story) -> None:
        """The opening count of every SKU, spelt as the file spells it. Raises NotTaken."""
        counted = [
            {
                "type": "stock.counted",
                "id": f"opening:{good.sku}",
                "occurred_at": story.opened_at.isoformat(),
                "sku": good.spelt,
                "location": PLACE,
                "on_hand": good.opening,
            }
            for good in story.goods
        ]
        for begin in range(0, len(counted), AT_ONCE):
            await self._tell(counted[begin : begin + AT_ONCE], f"opening-{begin}")

    async def adjust(self, one: Adjustment) -> None:
        """Units written off (or found). Raises NotTaken."""
        event: dict[str, object] = {
            "type": "stock.changed",
            "id": f"adjustment:{one.id}",
            "occurred_at": one.at.isoformat(),
            "sku": one.code,
            "location": PLACE,
            "on_hand_delta": one.units,
        }
        await self._tell([event], f"adjustment-{one.id}")

    async def _tell(self, events: Sequence[dict[str, object]], key: str) -> None:
        await self._post(events, key)
        self._owed += self._duplicate
        if self._owed >= 1:
            self._owed -= 1
            self.repeated += len(events)
            await self._post(events, key if self.repeated % 2 else f"{key}-again")

    async def _post(self, events: Sequence[dict[str, object]], key: str) -> None:
        """Post until every event is recorded (200); a sender waits when it is told to."""
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": key}
        while True:
            self.requests += 1
            async with self._session.post(self._url, json={"events": list(events)}, headers=headers) as answer:
                if answer.status in (429, 503):
                    await asyncio.sleep(float(answer.headers["Retry-After"]))
                    continue
                if answer.status != 200:
                    raise NotTaken(f"{key}: HTTP {answer.status}, {(await answer.text())[:500]}")
                self.events += len(events)
                return
