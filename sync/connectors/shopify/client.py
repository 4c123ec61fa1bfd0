"""Asking the Admin API: one request, one answer, and what each kind of failure means.

Failures come in four forms: no answer, an HTTP status, top-level ``errors`` under HTTP 200 (throttling among them), and
``userErrors`` inside the data. The first three are told apart here; ``userErrors`` are the business of who asked.
Every answer says what the account may still spend (``extensions.cost``), which feeds the lane.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sync.connectors.base import Answer, Fault
from sync.connectors.http import CallFailed, Reply, Web
from sync.connectors.shopify.documents import Document, document
from sync.connectors.shopify.tokens import Tokens
from sync.errors import BadInput, TryAgain
from sync.model.time import AsOf

API_VERSION = "2026-10"
"""Pinned: the platform serves each version for about a year."""

_log = structlog.get_logger(__name__)

_SHOP_REFUSES = {
    401: "Shopify refused the access token. Install the app again, or check its credentials.",
    402: "The shop is frozen (HTTP 402): its owner has a bill to pay at Shopify.",
    403: "Shopify forbids this app to act on this shop (HTTP 403).",
    404: "There is no such shop at Shopify (HTTP 404). Check its address in policy.",
    423: "The shop is locked (HTTP 423). Its owner must contact Shopify.",
}


class _Throttle(BaseModel):
    available: float = Field(alias="currentlyAvailable")
    rate: float = Field(alias="restoreRate")


class _Cost(BaseModel):
    requested: float | None = Field(default=None, alias="requestedQueryCost")
    throttle: _Throttle = Field(alias="throttleStatus")


class _Extensions(BaseModel):
    cost: _Cost | None = None


class _ErrorExtensions(BaseModel):
    code: str = ""
    access: str = Field(default="", alias="requiredAccess")


class _Error(BaseModel):
    message: str
    path: list[str | int] | None = None
    extensions: _ErrorExtensions = Field(default_factory=_ErrorExtensions)


class _Envelope(BaseModel):
    model_config = ConfigDict(extra="ignore")

    data: dict[str, object] | None = None
    errors: list[_Error] = Field(default_factory=list)
    extensions: _Extensions = Field(default_factory=_Extensions)


@dataclass(frozen=True, slots=True)
class Told:
    """What the API said to one request. ``fault`` None: ``data`` is whole. ``denied`` are the fields it refused to show."""

    at: AsOf
    data: Mapping[str, object] = field(default_factory=dict)
    fault: Fault | None = None
    text: str = ""
    retry_after: timedelta | None = None
    budget: float | None = None
    refill_per_second: float | None = None
    denied: tuple[str, ...] = ()

    def part(self, name: str) -> Mapping[str, object]:
        """One object inside the data; empty where it is null."""
        found = self.data.get(name)
        return found if isinstance(found, Mapping) else {}

    def answer(
        self,
        *,
        done: bool = False,
        fault: Fault | None = None,
        text: str = "",
        retry_after: timedelta | None = None,
        doors_closed: tuple[str, ...] = (),
        seen_units: int | None = None,
    ) -> Answer:
        """The outcome for the lane; without arguments the failure of the request itself."""
        return Answer(
            done=done,
            at=self.at,
            fault=None if done else fault or self.fault,
            text=text or self.text,
            doors_closed=doors_closed,
            retry_after=retry_after or self.retry_after,
            budget=self.budget,
            refill_per_second=self.refill_per_second,
            seen_units=seen_units,
        )

    def or_raise(self) -> Told:
        """Itself when it is whole. Raises TryAgain with the platform's words."""
        if self.fault is not None:
            raise TryAgain(self.text, self.retry_after)
        return self


class Client:
    """The Admin API of one shop."""

    def __init__(self, web: Web, base_url: str, tokens: Tokens) -> None:
        self._web = web
        self._url = f"{base_url.rstrip('/')}/admin/api/{API_VERSION}/graphql.json"
        self._tokens = tokens

    def instant(self) -> AsOf:
        """Now, for outcomes that needed no request."""
        return self._web.instant()

    async def ask(self, name: str, **variables: object) -> Told:
        """Send the document ``name``. Never raises for what the platform or the network does."""
        asked = document(name)
        try:
            token = await self._tokens.token()
            reply = await self._post(asked, variables, token)
            if reply.status == 401 and self._tokens.refused(token):
                reply = await self._post(asked, variables, await self._tokens.token())
        except CallFailed as failed:
            return self._lost(asked, failed)
        except BadInput as refused:
            return Told(self.instant(), fault=Fault.CONNECTION, text=str(refused))
        return self._read(asked, reply)

    async def _post(self, asked: Document, variables: Mapping[str, object], token: str) -> Reply:
        return await self._web.post(
            self._url,
            headers={"X-Shopify-Access-Token": token, "Content-Type": "application/json", "Accept": "application/json"},
            body={"query": asked.text, "variables": dict(variables), "operationName": asked.name},
        )

    def _lost(self, asked: Document, failed: CallFailed) -> Told:
        """No answer: a mutation may have been done, unless it can never have arrived."""
        fault = failed.fault
        if asked.mutation and fault in (Fault.INTERMITTENT, Fault.PARSE, Fault.TOO_LARGE):
            fault = Fault.UNKNOWN_OUTCOME
        return Told(self.instant(), fault=fault, text=str(failed))

    def _read(self, asked: Document, reply: Reply) -> Told:
        served = reply.headers.get("x-shopify-api-version", API_VERSION)
        if served != API_VERSION:
            _log.warning("shopify_version_moved", asked=API_VERSION, served=served)
        lost = Fault.UNKNOWN_OUTCOME if asked.mutation else Fault.INTERMITTENT
        if reply.status in _SHOP_REFUSES:
            return Told(reply.at, fault=Fault.PERMISSION, text=_SHOP_REFUSES[reply.status])
        if reply.status in (429, 430):
            text = f"Shopify asks us to wait (HTTP {reply.status})."
            return Told(reply.at, fault=Fault.RATE_LIMIT, text=text, retry_after=_retry_after(reply))
        if reply.status >= 500:
            return Told(
                reply.at, fault=lost, text=f"Shopify failed (HTTP {reply.status}).", retry_after=_retry_after(reply)
            )
        if reply.status != 200:
            return Told(reply.at, fault=Fault.VALUE, text=f"Shopify does not take this request (HTTP {reply.status}).")
        try:
            envelope = _Envelope.model_validate(json.loads(reply.body))
        except (ValueError, ValidationError):
            text = "Shopify answered something that is no GraphQL."
            return Told(reply.at, fault=Fault.UNKNOWN_OUTCOME if asked.mutation else Fault.PARSE, text=text)
        return _told(envelope, reply.at, lost)


def _told(envelope: _Envelope, at: AsOf, lost: Fault) -> Told:
    """An envelope with its errors judged; throttling says how long to wait for the budget to suffice."""
    cost = envelope.extensions.cost
    budget, rate = (cost.throttle.available, cost.throttle.rate) if cost is not None else (None, None)
    fault, text, wait = None, "", None
    if envelope.errors:
        first = envelope.errors[0]
        fault, text = _judge(first, lost), first.message
        if fault is Fault.RATE_LIMIT:
            text = "Shopify asks us to wait: too many requests for this shop at the moment."
            if cost is not None and cost.requested is not None and cost.throttle.rate > 0:
                missing = max(0.0, cost.requested - cost.throttle.available)
                wait = timedelta(seconds=missing / cost.throttle.rate)
    elif envelope.data is None:
        fault, text = lost, "Shopify answered without data and without a reason."
    denied = tuple(
        ".".join(str(step) for step in one.path or ())
        for one in envelope.errors
        if one.extensions.code == "ACCESS_DENIED"
    )
    return Told(at, envelope.data or {}, fault, text, wait, budget, rate, denied)


def _judge(error: _Error, lost: Fault) -> Fault:
    """Top-level error codes. What is not known is our request's fault: sending it again would not help."""
    code = error.extensions.code.upper()
    if code == "THROTTLED":
        return Fault.RATE_LIMIT
    if code == "ACCESS_DENIED":
        return Fault.PERMISSION
    if code == "MAX_COST_EXCEEDED":
        return Fault.TOO_LARGE
    if code in ("INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE"):
        return lost
    return Fault.VALUE


def _retry_after(reply: Reply) -> timedelta | None:
    text = reply.headers.get("retry-after", "")
    try:
        return timedelta(seconds=max(0.0, float(text)))
    except (ValueError, OverflowError):
        return None
