"""Whole-request errors as ``application/problem+json`` (RFC 9457), and the ids that tie an answer to our log."""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aiohttp import web
from pydantic import BaseModel, ConfigDict

PROBLEM_JSON = "application/problem+json"
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

TITLES = {
    "unauthorized": (401, "The request does not prove who sent it"),
    "forbidden": (403, "This credential may not post events"),
    "method-not-allowed": (405, "Only POST is answered here"),
    "unsupported-media-type": (415, "This media type or encoding is not read"),
    "too-large": (413, "The body is too large"),
    "body-too-slow": (408, "The body did not arrive in time"),
    "too-many-requests": (429, "Too many requests from this system"),
    "idempotency-key-missing": (400, "Idempotency-Key is missing"),
    "idempotency-key-invalid": (400, "Idempotency-Key cannot be used"),
    "idempotency-key-reused": (422, "Idempotency-Key was used with another body"),
    "request-in-progress": (409, "The first request with this Idempotency-Key is still running"),
    "malformed-json": (400, "The body is not JSON that is read here"),
    "invalid-request": (400, "The body is no batch of events"),
    "unavailable": (503, "Events cannot be taken now"),
    "internal": (500, "Something broke on our side; nothing was recorded"),
}
"""Every problem of the events API by its slug: status and title."""


class ProblemBody(BaseModel):
    """An error of the request as a whole; nothing of it was recorded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    pointer: str | None = None


@dataclass(slots=True)
class Refusal(Exception):
    """The request is answered with a problem. ``close`` ends the connection, since its body was not read."""

    slug: str
    detail: str
    pointer: str | None = None
    retry_after: timedelta | None = None
    headers: dict[str, str] = field(default_factory=dict)
    close: bool = False

    @property
    def status(self) -> int:
        """HTTP status of the slug."""
        return TITLES[self.slug][0]

    def response(self, request_id: str) -> web.Response:
        """The answer to send."""
        status, title = TITLES[self.slug]
        body = ProblemBody(
            type=f"/problems/{self.slug}",
            title=title,
            status=status,
            detail=self.detail,
            request_id=request_id,
            pointer=self.pointer,
        )
        headers = dict(self.headers)
        if self.retry_after is not None:
            headers["Retry-After"] = str(max(1, math.ceil(self.retry_after.total_seconds())))
        response = web.Response(
            status=status,
            body=body.model_dump_json(exclude_none=True).encode(),
            content_type=PROBLEM_JSON,
            headers=headers,
        )
        if self.close:
            response.force_close()
        return response


def new_request_id(now: datetime) -> str:
    """A ULID: 48 bits of milliseconds and 80 random bits in Crockford's base 32, so that ids sort by time."""
    number = (int(now.timestamp() * 1000) << 80) | secrets.randbits(80)
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))
