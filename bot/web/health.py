"""Health, on its own address, loopback by default: no SKU, no name."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

from aiohttp import web

from bot.loops import Loop
from sync.catching_up import behind
from sync.policy.holder import PolicyInForce
from sync.ports import Clock, Store


class Health:
    """GET /health: whether the loops run and the database answers."""

    def __init__(self, store: Store, policy: PolicyInForce, clock: Clock, loops: Sequence[Loop]) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._loops = loops
        self._started = time.monotonic()

    def routes(self) -> list[web.RouteDef]:
        """The routes of the health address."""
        return [web.get("/health", self.answer)]

    async def answer(self, _request: web.Request) -> web.Response:
        """200 when the database answers and no loop is failing; 503 otherwise, with which. ``unread``: how many systems must be
        read again before they may be raised, by reason."""
        loops = {
            loop.name: {
                "failures": loop.failures,
                "seconds_since_success": None
                if loop.last_success is None
                else round(time.monotonic() - loop.last_success, 1),
                "error": loop.last_error.split(":")[0],
            }
            for loop in self._loops
        }
        async with self._store.reading() as uow:
            totals = dict(await uow.views.totals())
            readings = await uow.systems.readings()
        found = (behind(reading, self._policy.current, self._clock.now()) for reading in readings.values())
        unread = Counter(str(why) for why in found if why is not None)
        ok = all(loop.failures == 0 for loop in self._loops)
        up = round(time.monotonic() - self._started, 1)
        body = {"ok": ok, "up_seconds": up, "loops": loops, "totals": totals, "unread": unread}
        return web.json_response(body, status=200 if ok else 503)
