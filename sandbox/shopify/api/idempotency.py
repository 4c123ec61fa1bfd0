"""``@idempotent(key:)``: the first result under a key is given back, and a key belongs to its arguments."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from graphql import get_directive_values

from sandbox.shopify.api.context import Info, UserError, context, fault

Payload = dict[str, object]


@dataclass(slots=True)
class _Kept:
    fingerprint: str
    payload: Payload


class Idempotency:
    """The keys one shop has seen. They are kept for as long as the stand-in runs."""

    def __init__(self) -> None:
        self.kept: dict[str, _Kept] = {}
        self.failed: set[str] = set()
        self.running: set[str] = set()
        self._own: set[str] = set()

    def once(self, info: Info, arguments: object, empty: Payload, run: Callable[[], Payload]) -> Payload:
        """Run a mutation under the key of its field, or give back what it gave before.

        ``empty`` is the payload with nothing done, for the idempotency refusals.
        """
        key = key_of(info)
        if key is None:
            raise fault("The @idempotent directive is required for this mutation but was not provided.", "BAD_REQUEST")
        if not key.strip():
            raise fault("The idempotency key can't be blank.", "BAD_REQUEST")
        fingerprint = json.dumps([info.field_name, arguments], sort_keys=True, default=str)
        if key in self.running and key not in self._own:
            return empty | {"userErrors": [_CONCURRENT]}
        if (kept := self.kept.get(key)) is not None:
            return kept.payload if kept.fingerprint == fingerprint else empty | {"userErrors": [_MISMATCH]}
        if key in self.failed:
            return empty | {"userErrors": [_FAILED]}
        payload = run()
        self.kept[key] = _Kept(fingerprint, payload)
        return payload

    def claim(self, keys: set[str]) -> set[str]:
        """Mark keys as running and return those that were free: the caller's own to release."""
        free = keys - self.running
        self.running |= free
        return free

    def release(self, keys: set[str]) -> None:
        self.running -= keys

    def enter(self, own: set[str]) -> None:
        """The request that claimed these keys is about to execute."""
        self._own = own


_CONCURRENT = UserError(
    None, "This request is currently in progress, please try again.", "IDEMPOTENCY_CONCURRENT_REQUEST"
)
_MISMATCH = UserError(
    None,
    "The same idempotency key cannot be used with different operation parameters.",
    "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
)
_FAILED = UserError(
    None,
    "A previous request with this idempotency key failed. Retry with a new idempotency key.",
    "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED",
)


def key_of(info: Info) -> str | None:
    directive = info.schema.get_directive("idempotent")
    if directive is None:
        raise LookupError("admin.graphql lost its @idempotent directive")
    values = get_directive_values(directive, info.field_nodes[0], info.variable_values)
    return None if values is None else str(values["key"])


def idempotency(info: Info) -> Idempotency:
    return context(info).idempotency
