"""Socket Mode: tickets, up to ten WebSockets, envelopes in turn, acknowledgements.

Protocol: docs.slack.dev, "Using Socket Mode".
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import secrets
import uuid
from dataclasses import dataclass, field

import structlog
from aiohttp import WSMsgType, web

from sandbox.slack.errors import AppDidNotRespondError
from sandbox.slack.model import Json

log = structlog.get_logger(__name__)

MOST_CONNECTIONS = 10
TICKET_LIFE = 60.0


@dataclass(slots=True, eq=False)
class _Connection:
    socket: web.WebSocketResponse
    leaving: bool = False


@dataclass(slots=True)
class SocketHub:
    """All WebSockets of the app. `base` is the ws:// address of the API's own port."""

    app_id: str
    base: str = ""
    _tickets: dict[str, float] = field(default_factory=dict)
    _connections: list[_Connection] = field(default_factory=list)
    _turn: itertools.count[int] = field(default_factory=itertools.count)
    _pending: dict[str, asyncio.Future[Json | None]] = field(default_factory=dict)
    _connected: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def count(self) -> int:
        """How many sockets take envelopes now."""
        return len(self._usable())

    async def connected(self, timeout: float = 10.0) -> None:
        """Wait until the app holds at least one socket."""
        async with asyncio.timeout(timeout):
            await self._connected.wait()

    def open_url(self) -> str:
        """The address of one new connection, usable once."""
        now = asyncio.get_running_loop().time()
        self._tickets = {t: until for t, until in self._tickets.items() if until > now}
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = now + TICKET_LIFE
        return f"{self.base}/link/?ticket={ticket}&app_id={self.app_id}"

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one WebSocket until it ends."""
        until = self._tickets.pop(request.query.get("ticket", ""), 0.0)
        if until < asyncio.get_running_loop().time():
            raise web.HTTPForbidden(text="this ticket is unknown, used or too old: call apps.connections.open")
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        if self.count >= MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        connection = _Connection(socket)
        self._connections.append(connection)
        await socket.send_json(self._hello())
        self._connected.set()
        log.info("socket_opened", connections=self.count)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledged(message.data)
        finally:
            self._connections.remove(connection)
            if not self._usable():
                self._connected.clear()
            log.info("socket_closed", connections=self.count)
        return socket

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": self.count,
            "connection_info": {"app_id": self.app_id},
            "debug_info": {"host": "sandbox", "build_number": 1, "approximate_connection_time": 18060},
        }

    def _usable(self) -> list[_Connection]:
        return [c for c in self._connections if not c.leaving and not c.socket.closed]

    def _acknowledged(self, text: str) -> None:
        try:
            answer = json.loads(text)
            envelope_id, payload = answer["envelope_id"], answer.get("payload")
        except (ValueError, KeyError, TypeError, AttributeError):
            log.warning("socket_message_not_understood", text=text[:200])
            return
        future = self._pending.pop(envelope_id, None)
        if future is not None and not future.done():
            future.set_result(payload or None)

    async def send(
        self, kind: str, payload: Json, *, answers: bool, timeout: float, retry: tuple[int, str] | None = None
    ) -> Json | None:
        """Give one envelope to the next socket in turn and return the payload of its acknowledgement.

        Raises AppDidNotRespondError when nothing is connected or nothing came within `timeout` seconds.
        """
        usable = self._usable()
        if not usable:
            raise AppDidNotRespondError("no socket is connected")
        connection = usable[next(self._turn) % len(usable)]
        envelope: Json = {
            "envelope_id": str(uuid.uuid4()),
            "type": kind,
            "accepts_response_payload": answers,
            "payload": payload,
        }
        if retry is not None:
            envelope |= {"retry_attempt": retry[0], "retry_reason": retry[1]}
        elif kind == "events_api":
            envelope |= {"retry_attempt": 0, "retry_reason": ""}
        future: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        self._pending[envelope["envelope_id"]] = future
        try:
            async with asyncio.timeout(timeout):
                await connection.socket.send_json(envelope)
                return await future
        except TimeoutError:
            raise AppDidNotRespondError(f"not acknowledged within {timeout} s") from None
        except ConnectionError as error:
            raise AppDidNotRespondError(f"the socket broke: {error}") from error
        finally:
            self._pending.pop(envelope["envelope_id"], None)

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Tell every socket to make room for a new one, as Slack does every few hours."""
        for connection in self._usable():
            connection.leaving = True
            with contextlib.suppress(ConnectionError):
                await connection.socket.send_json({"type": "disconnect", "reason": reason})
        if not self._usable():
            self._connected.clear()

    async def drop(self) -> None:
        """Close all sockets at once."""
        for connection in list(self._connections):
            await connection.socket.close()
