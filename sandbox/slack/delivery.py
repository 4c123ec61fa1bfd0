"""What Slack sends to the app: over a socket, or signed to its request URL; events with retries.

Signature: docs.slack.dev, "Verifying requests from Slack" (v0). Retries: "Events API".
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from urllib.parse import urlencode

import aiohttp
import structlog

from sandbox.slack.errors import AppDidNotRespondError
from sandbox.slack.model import Json
from sandbox.slack.sockets import SocketHub
from sandbox.slack.state import State

log = structlog.get_logger(__name__)

KEPT = 50
"""Payloads that can be delivered again."""

DEFAULT_EVENTS = frozenset(
    {
        "app_home_opened",
        "app_mention",
        "member_joined_channel",
        "member_left_channel",
        "channel_archive",
        "channel_unarchive",
        "channel_rename",
        "channel_deleted",
        "group_archive",
        "group_rename",
        "group_deleted",
        "group_left",
        "subteam_created",
        "subteam_members_changed",
        "subteam_updated",
        "tokens_revoked",
        "app_uninstalled",
    }
)


@dataclass(slots=True)
class Delivery:
    """The way from the workspace to the app.

    `request_url` switches from Socket Mode to signed HTTP. `ack_timeout` is how long Slack waits for an answer.
    `retry_delays` are the seconds before each further attempt at an event that was not acknowledged.
    """

    state: State
    sockets: SocketHub
    signing_secret: str
    request_url: str | None = None
    ack_timeout: float = 3.0
    retry_delays: tuple[float, ...] = (1.0, 60.0, 300.0)
    events: frozenset[str] = DEFAULT_EVENTS
    verification_token: str = field(default_factory=lambda: secrets.token_hex(12))
    sent: deque[tuple[str, Json, bool]] = field(default_factory=lambda: deque(maxlen=KEPT))
    """The newest payloads, with their kind and whether an answer is wanted, for `redeliver`."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Stop retries and close the connection to the app."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def in_background(self, work: Coroutine[object, object, None]) -> None:
        """Run something that nobody waits for, until `close`."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("background_work_failed", exc_info=fault)

    # -- one delivery

    async def interaction(self, payload: Json, *, answers: bool = False) -> Json | None:
        """Send an interaction; the payload of its acknowledgement. Raises AppDidNotRespondError."""
        return await self._send("interactive", payload, answers=answers)

    async def command(self, payload: Json) -> Json | None:
        """Send a slash command; the message of its acknowledgement, if any. Raises AppDidNotRespondError."""
        return await self._send("slash_commands", payload, answers=True)

    async def redeliver(self, nth: int = -1) -> Json | None:
        """Send a payload once more, as Slack does that heard no yes: in another envelope, or with its retry headers.

        Raises AppDidNotRespondError."""
        kind, payload, answers = self.sent[nth]
        reason = "http_timeout" if self.request_url is not None else "timeout"
        return await self._send(kind, payload, answers=answers, retry=(1, reason))

    async def _send(
        self, kind: str, payload: Json, *, answers: bool, retry: tuple[int, str] | None = None
    ) -> Json | None:
        self.sent.append((kind, payload, answers))
        if self.request_url is None:
            return await self.sockets.send(kind, payload, answers=answers, timeout=self.ack_timeout, retry=retry)
        return await self._post(kind, payload, retry)

    async def _post(self, kind: str, payload: Json, retry: tuple[int, str] | None) -> Json | None:
        if kind == "interactive":
            body, content_type = urlencode({"payload": json.dumps(payload)}), "application/x-www-form-urlencoded"
        elif kind == "slash_commands":
            body, content_type = urlencode(payload), "application/x-www-form-urlencoded"
        else:
            body, content_type = json.dumps(payload), "application/json"
        headers = {"Content-Type": content_type, **sign(self.signing_secret, body)}
        if retry is not None:
            headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        if self._session is None:
            self._session = aiohttp.ClientSession()
        limit = aiohttp.ClientTimeout(total=self.ack_timeout)
        try:
            async with self._session.post(
                self.request_url or "", data=body.encode(), headers=headers, timeout=limit
            ) as answer:
                text = await answer.text()
                if answer.status != 200:
                    raise AppDidNotRespondError(f"the app answered {answer.status}: {text[:200]}")
                if not text:
                    return None
                if answer.content_type == "application/json":
                    parsed: Json = json.loads(text)
                    return parsed or None
                return {"text": text}
        except (aiohttp.ClientError, TimeoutError) as error:
            raise AppDidNotRespondError(f"{self.request_url} did not answer: {error!r}") from error

    async def use_request_url(self, url: str) -> None:
        """Switch to HTTP mode once the app has answered Slack's challenge at `url`."""
        before, self.request_url = self.request_url, url
        challenge = secrets.token_hex(16)
        body = {"type": "url_verification", "challenge": challenge, "token": self.verification_token}
        try:
            answer = await self._post("events_api", body, None)
        except AppDidNotRespondError:
            self.request_url = before
            raise
        if answer is None or challenge not in (answer.get("challenge"), answer.get("text")):
            self.request_url = before
            raise AppDidNotRespondError(f"{url} did not give the challenge back")

    # -- events

    def emit(self, event: Json, *, subscribed: bool | None = None) -> None:
        """Send an event that the app subscribed to, at least once, in the background."""
        if not (event["type"] in self.events if subscribed is None else subscribed):
            return
        envelope: Json = {
            "token": self.verification_token,
            "team_id": self.state.team_id,
            "api_app_id": self.state.app_id,
            "event": {"event_ts": self.state.new_ts(), **event},
            "type": "event_callback",
            "event_id": self.state.new_id("Ev"),
            "event_time": int(self.state.clock()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": self.state.team_id,
                    "user_id": self.state.bot.id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
        }
        self.in_background(self._deliver_event(envelope))

    async def _deliver_event(self, envelope: Json) -> None:
        retry: tuple[int, str] | None = None
        for attempt, delay in enumerate((*self.retry_delays, None), 1):
            try:
                await self._send("events_api", envelope, answers=False, retry=retry)
                return
            except AppDidNotRespondError as error:
                reason = "http_timeout" if self.request_url is not None else "timeout"
                retry = (attempt, reason)
                log.info("event_not_acknowledged", kind=envelope["event"]["type"], why=str(error))
            if delay is not None:
                await asyncio.sleep(delay)


def sign(secret: str, body: str) -> dict[str, str]:
    """Slack's v0 signature headers over a raw body."""
    stamp = str(int(time.time()))
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature(secret, stamp, body)}


def signature(secret: str, stamp: str, body: str) -> str:
    """Slack's v0 signature of a raw body sent at ``stamp``, seconds since 1970."""
    return f"v0={hmac.new(secret.encode(), f'v0:{stamp}:{body}'.encode(), hashlib.sha256).hexdigest()}"
