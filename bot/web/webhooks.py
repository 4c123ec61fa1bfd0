"""The vendors' door: a good signature is answered 200 once the bytes are durable, whatever they hold."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from aiohttp import web

from sync.connectors.base import Connector, Inbound
from sync.errors import BadSignature
from sync.model.ids import SystemId
from sync.path.recorder import Recorder
from sync.ports import Clock

MOST_BYTES = 8 * 1024 * 1024
MOST_WAITING = 2_000
"""Deliveries in hand at once; beyond, the sender is told to come again before memory grows."""

MOST_IN_HAND = 64 * 1024 * 1024
"""Bytes of deliveries in hand at once, for the same reason."""

_log = structlog.get_logger(__name__)


class WebhookDoor:
    """POST /hooks/{system}: verify over the raw bytes, record, answer."""

    def __init__(self, connectors: Mapping[SystemId, Connector], recorder: Recorder, clock: Clock) -> None:
        self._connectors = connectors
        self._recorder = recorder
        self._clock = clock
        self._in_hand = 0
        self._bytes = 0

    def routes(self) -> list[web.RouteDef]:
        """The door's route."""
        return [web.post("/hooks/{system}", self.receive)]

    async def receive(self, request: web.Request) -> web.Response:
        """401: no good signature. 404: no such system. 413: too large. 503: we cannot keep it now. Else 200."""
        system = SystemId(request.match_info["system"])
        connector = self._connectors.get(system)
        if connector is None or not connector.abilities.receives_webhooks:
            return web.json_response({"error": f"no webhooks are taken for {system}"}, status=404)
        size = request.content_length if request.content_length is not None else MOST_BYTES
        if self._in_hand >= MOST_WAITING or self._bytes + size > MOST_IN_HAND:
            return web.json_response({"error": "too many deliveries in hand"}, status=503, headers={"Retry-After": "5"})
        self._in_hand += 1
        self._bytes += size
        try:
            return await self._record(request, system, connector)
        finally:
            self._in_hand -= 1
            self._bytes -= size

    async def _record(self, request: web.Request, system: SystemId, connector: Connector) -> web.Response:
        body = await request.read()
        inbound = Inbound(
            system=system,
            door="webhook",
            body=body,
            received_at=self._clock.now(),
            headers={name.lower(): value for name, value in request.headers.items()},
        )
        try:
            receipt = await self._recorder.receive(inbound, connector)
        except BadSignature as error:
            _log.warning("webhook_refused", system=system, why=str(error))
            return web.json_response({"error": "signature does not fit"}, status=401)
        except Exception as error:  # noqa: BLE001 - not durable, so the sender must keep it and come again
            _log.exception("webhook_not_kept", system=system, error=str(error))
            return web.json_response({"error": "not kept, send again"}, status=503, headers={"Retry-After": "5"})
        return web.json_response({"delivery": receipt.delivery, "new": receipt.new})
