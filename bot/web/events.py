"""``POST /api/v1/events``: our own API, whole requests idempotent by key, single events by their id.

Checks run in the order of the contract and the first that fails answers: who, may they, method, media, size, (signature),
rate, key, known key, JSON, shape. Then the batch is recorded, with the answer stored in the same transaction.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from aiohttp import web

from bot.web.event_answers import ItemOutcome, Outcome, answer_for
from bot.web.event_requests import (
    NotUnpacked,
    check_media,
    encoding_of,
    fingerprint,
    idempotency_key,
    lower,
    read_body,
    unpack,
)
from bot.web.problems import Refusal, new_request_id
from bot.web.rates import Rate, Rates
from sync.connectors.base import Inbound, Problem
from sync.connectors.events_api.batch import EventBatchRead, InvalidRequest, Shape, read_batch
from sync.connectors.events_api.sender import Sender
from sync.connectors.events_api.signature import Signed, fits, read_signed
from sync.connectors.events_api.strict_json import MalformedJson
from sync.errors import AlreadyHandled, BadSignature, TryAgain
from sync.ports import Clock

PATH = "/api/v1/events"
KEYS_KEPT = timedelta(days=7)
"""An Idempotency-Key older than this is new again; its events come back as duplicates."""

SIGNED_WAITS = timedelta(seconds=5)
MOST_RECORDING = 64
"""Requests being recorded at once; beyond, senders are told to come again before memory grows."""

DEFAULT_RATE = Rate(per_second=50, burst=200)
KEPT_BYTES = 64 * 1024
KEPT_REFUSALS = Rate(per_second=100 / 3600, burst=100)
"""Refused bodies that are kept per system: a hundred an hour, then only counted."""

_WHO = "Send a valid bearer token, or a fresh Standard Webhooks signature."
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Credential:
    """Who a token or a signing key speaks for. ``allowed`` False: known, but disabled or not for posting events.
    ``signing_keys``: ``whsec_…`` (shared) and ``whpk_…`` (the sender's public one)."""

    sender: Sender
    allowed: bool = True
    signing_keys: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Claim:
    """What an Idempotency-Key is bound to: ``scope`` is (system, method, path) as one text."""

    scope: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it is sent, and sent again byte for byte."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Remembered:
    """The stored answer of a key, with what it is bound to and when it was first used."""

    fingerprint: str
    answered: Answered
    created_at: datetime


class EventDoor(Protocol):
    """What the endpoint needs from storage. Every method raises TryAgain when the database is away, or the product is
    shutting down, or a queue is full: the sender is answered 503 and nothing has happened."""

    async def credential(self, token_sha256: str) -> Credential | None:
        """The credential whose bearer token has this SHA-256 (lower-case hex), also when it is not allowed; else None."""

    async def signers(self) -> Sequence[Credential]:
        """Every credential with signing keys, also those not allowed. A signed request does not name its sender: the
        endpoint tries each."""

    async def remembered(self, scope: str, key: str) -> Remembered | None:
        """The committed answer of a key, whatever its age; None when there is none."""

    async def record(
        self,
        sender: Sender,
        inbound: Inbound,
        batch: EventBatchRead,
        claim: Claim,
        answer: Callable[[Sequence[ItemOutcome]], Answered],
    ) -> Answered:
        """Record a batch and its answer in ONE transaction, and return the answer once both are durable.

        Within the transaction: (1) claim (scope, key); a row older than :data:`KEYS_KEPT` is replaced, a younger one, or one
        that another process is writing, raises AlreadyHandled and nothing is recorded. (2) Record the delivery
        (``inbound.body`` is the unpacked JSON) and the facts of every item without a problem. An item's further drafts are
        recorded only when its first draft was not a conflict. (3) Call ``answer`` with one outcome per item, in order:
        INVALID for an item with a problem (kept raw, shown), CONFLICT when its first draft's key exists with other content,
        DUPLICATE when all its drafts exist with the same content, KEPT (with ``unknown``) when something maps to nothing,
        else RECORDED. (4) Store what it returns under the claim.

        An event that breaks us alone is INVALID, and its neighbours are recorded. Any other error of ours before the commit
        propagates (500; nothing is stored, so a retry runs again). What fails while
        deciding, after the commit, is not the sender's business and must not be raised here.
        """

    async def keep(self, inbound: Inbound, problem: Problem) -> None:
        """Keep an authenticated body (cut to 64 KiB) that was refused whole, so that people can see what a sender does."""


@dataclass(slots=True)
class _Running:
    fingerprint: str
    done: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class _Request:
    """An authenticated request whose body is read."""

    sender: Sender
    shape: Shape
    raw: bytes
    inbound: Inbound
    unpacked: bytes | None
    signed: bool
    request_id: str


class EventsEndpoint:
    """The handler of the path. ``rate`` bounds each system alone."""

    def __init__(self, door: EventDoor, clock: Clock, *, rate: Rate = DEFAULT_RATE) -> None:
        self._door = door
        self._clock = clock
        self._rates = Rates(rate)
        self._refusals = Rates(KEPT_REFUSALS)
        self._running: dict[tuple[str, str], _Running] = {}
        self._recording = 0
        self.waiting = 0
        """Signed copies that wait for their first one."""

    def routes(self) -> list[web.RouteDef]:
        """The route: every method, since who asks is checked before how."""
        return [web.route("*", PATH, self.receive)]

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Answer one request. Never raises for what senders do."""
        request_id = new_request_id(self._clock.now())
        try:
            response = await self._receive(request, request_id)
        except Refusal as refusal:
            _log.info("events_refused", request=request_id, slug=refusal.slug, detail=refusal.detail)
            response = refusal.response(request_id)
        except TryAgain as error:
            _log.warning("events_not_taken", request=request_id, why=str(error))
            response = _unavailable(str(error), error.after).response(request_id)
        except ConnectionError:
            raise
        except Exception:  # noqa: BLE001 - the boundary: recorded in the log, answered 500, nothing was committed
            _log.exception("events_broke", request=request_id)
            detail = "Send the same request again with the same Idempotency-Key."
            response = Refusal("internal", detail).response(request_id)
        response.headers["X-Request-Id"] = request_id
        return response

    async def _receive(self, request: web.Request, request_id: str) -> web.Response:
        bearer, signed = await self._who(request)
        if bearer is not None:
            _check_allowed(bearer)
        if request.method != "POST":
            raise Refusal("method-not-allowed", "Post events to this address.", headers={"Allow": "POST"})
        shape = check_media(request)
        raw = await read_body(request)
        problem: NotUnpacked | None = None
        try:
            unpacked = unpack(raw) if encoding_of(request) == "gzip" else raw
        except NotUnpacked as error:
            unpacked, problem = None, error
        sender = (bearer or await self._signer(signed, raw)).sender
        wait = self._rates.take(sender.system, self._clock.now())
        if wait is not None:
            raise Refusal("too-many-requests", "Slow down; send larger batches.", retry_after=wait)
        body = unpacked if unpacked is not None else raw
        inbound = Inbound(sender.system, "events", body, self._clock.now(), lower(request))
        read = _Request(sender, shape, raw, inbound, unpacked, signed is not None, request_id)
        try:
            key = idempotency_key(request, signed=read.signed)
            return await self._once(read, key, problem)
        except Refusal as refusal:
            if refusal.status in (400, 422):
                await self._keep(inbound, refusal)
            raise

    # -- who -----------------------------------------------------------------------------------------------------------

    async def _who(self, request: web.Request) -> tuple[Credential | None, Signed | None]:
        """The bearer's credential, or the headers of a signature that is checked once the body is there."""
        given = request.headers.getall("Authorization", [])
        if given:
            scheme, _, token = given[0].partition(" ")
            if len(given) > 1 or scheme.lower() != "bearer" or not token.strip():
                raise _unauthorized()
            digest = hashlib.sha256(token.strip().encode("utf-8", "surrogateescape")).hexdigest()
            credential = await self._door.credential(digest)
            if credential is None:
                raise _unauthorized()
            return credential, None
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        values = [request.headers.getall(name, []) for name in names]
        if any(len(one) != 1 for one in values):
            raise _unauthorized()
        try:
            return None, read_signed(values[0][0], values[1][0], values[2][0], self._clock.now())
        except BadSignature as error:
            raise _unauthorized() from error

    async def _signer(self, signed: Signed | None, raw: bytes) -> Credential:
        if signed is not None:
            for credential in await self._door.signers():
                if fits(signed, raw, credential.signing_keys):
                    _check_allowed(credential)
                    return credential
        raise _unauthorized()

    # -- once ----------------------------------------------------------------------------------------------------------

    async def _once(self, read: _Request, key: str, problem: NotUnpacked | None) -> web.Response:
        """Run the request unless its key is known or running."""
        scope = f"{read.sender.system} POST {PATH}"
        claim = Claim(scope, key, fingerprint(read.raw, read.shape, read.inbound.headers))
        deadline = asyncio.get_running_loop().time() + SIGNED_WAITS.total_seconds()
        async with self._alone(claim, read, deadline):
            known = await self._known(claim)
            if known is not None:
                return _replay(known, claim)
            if problem is not None:
                raise Refusal("malformed-json", str(problem))
            batch = self._batch(read)
            try:
                answered = await self._record(read, batch, claim)
            except AlreadyHandled:
                return await self._elsewhere(claim, read, deadline)
        return _response(answered)

    @asynccontextmanager
    async def _alone(self, claim: Claim, read: _Request, deadline: float) -> AsyncIterator[None]:
        """Hold a key within this process."""
        at = (claim.scope, claim.key)
        while (running := self._running.get(at)) is not None:
            if running.fingerprint != claim.fingerprint:
                raise _reused("It is still running.")
            if not read.signed:
                raise _in_progress()
            await self._wait(running, deadline)
        mine = self._running[at] = _Running(claim.fingerprint)
        try:
            yield
        finally:
            del self._running[at]
            mine.done.set()

    async def _wait(self, running: _Running, deadline: float) -> None:
        """Webhook senders count a 409 as a failure, so the second copy waits for the first."""
        self.waiting += 1
        try:
            async with asyncio.timeout_at(deadline):
                await running.done.wait()
        except TimeoutError as error:
            raise _unavailable("The first copy of this message is still being recorded.") from error
        finally:
            self.waiting -= 1

    async def _elsewhere(self, claim: Claim, read: _Request, deadline: float) -> web.Response:
        """Another process has the key: answer as it did, or say that it is running."""
        while True:
            known = await self._known(claim)
            if known is not None:
                return _replay(known, claim)
            if not read.signed:
                raise _in_progress()
            if asyncio.get_running_loop().time() >= deadline:
                raise _unavailable("The first copy of this message is still being recorded.")
            await asyncio.sleep(0.1)

    async def _known(self, claim: Claim) -> Remembered | None:
        """The stored answer of a key that is not yet new again."""
        known = await self._door.remembered(claim.scope, claim.key)
        return known if known is not None and self._clock.now() - known.created_at < KEYS_KEPT else None

    def _batch(self, read: _Request) -> EventBatchRead:
        if read.shape is Shape.BINARY and read.signed:
            raise Refusal("invalid-request", "A signature does not cover ce- headers; send structured CloudEvents.", "")
        try:
            return read_batch(read.inbound.body, read.inbound.headers, read.sender)
        except MalformedJson as error:
            raise Refusal("malformed-json", str(error)) from error
        except InvalidRequest as error:
            raise Refusal("invalid-request", str(error), error.pointer) from error

    async def _record(self, read: _Request, batch: EventBatchRead, claim: Claim) -> Answered:
        if self._recording >= MOST_RECORDING:
            raise TryAgain("Too many requests are being recorded.")

        def answer(outcomes: Sequence[ItemOutcome]) -> Answered:
            status, body = answer_for(batch, outcomes, read.request_id)
            return Answered(status, "application/json", body)

        self._recording += 1
        try:
            return await self._door.record(read.sender, read.inbound, batch, claim, answer)
        finally:
            self._recording -= 1

    async def _keep(self, inbound: Inbound, refusal: Refusal) -> None:
        if self._refusals.take(inbound.system, self._clock.now()) is not None:
            _log.warning("refused_body_counted_only", system=inbound.system, slug=refusal.slug)
            return
        cut = Inbound(inbound.system, inbound.door, inbound.body[:KEPT_BYTES], inbound.received_at, inbound.headers)
        try:
            await self._door.keep(cut, Problem(refusal.pointer or "", f"{refusal.slug}: {refusal.detail}"))
        except TryAgain as error:
            _log.warning("refused_body_not_kept", system=inbound.system, slug=refusal.slug, why=str(error))


def _check_allowed(credential: Credential) -> None:
    if not credential.allowed:
        raise Refusal("forbidden", "It is disabled, or policy does not let its system post events.")


def _replay(known: Remembered, claim: Claim) -> web.Response:
    if known.fingerprint != claim.fingerprint:
        raise _reused(f"First used {known.created_at.isoformat(timespec='seconds')}.")
    response = _response(known.answered)
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _response(answered: Answered) -> web.Response:
    return web.Response(status=answered.status, body=answered.body, content_type=answered.content_type)


def _unauthorized() -> Refusal:
    return Refusal("unauthorized", _WHO, headers={"WWW-Authenticate": "Bearer"})


def _reused(when: str) -> Refusal:
    return Refusal("idempotency-key-reused", f"{when} Send a new key for a new request.")


def _in_progress() -> Refusal:
    return Refusal("request-in-progress", "Ask again with the same key.", retry_after=timedelta(seconds=1))


def _unavailable(detail: str, after: timedelta | None = None) -> Refusal:
    return Refusal("unavailable", detail, retry_after=after or timedelta(seconds=5))


__all__ = [
    "PATH",
    "Answered",
    "Claim",
    "Credential",
    "EventDoor",
    "EventsEndpoint",
    "ItemOutcome",
    "Outcome",
    "Remembered",
]
