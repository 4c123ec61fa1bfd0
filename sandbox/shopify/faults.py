"""What can go wrong at the Admin API, switched on and off while it runs.

``operation`` in these methods is an operation's name as the client gives it (``SetQuantity``) or a root field
(``inventorySetQuantities``); None means any.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class When(StrEnum):
    """Whether the shop did what was asked before the answer got lost."""

    BEFORE_APPLYING = "before_applying"
    AFTER_APPLYING = "after_applying"


class How(StrEnum):
    STATUS = "status"
    HANG = "hang"
    DISCONNECT = "disconnect"
    THROTTLE = "throttle"
    BREAK = "break"


@dataclass(slots=True)
class Fault:
    """One planned failure. ``left`` is how often it still strikes, None is without end."""

    how: How
    when: When = When.BEFORE_APPLYING
    status: int = 500
    operation: str | None = None
    left: int | None = 1
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class SkuRefusal:
    code: str
    message: str


@dataclass(slots=True)
class _Swallow:
    sku: str | None
    until: float
    only_quantities: bool


class Faults:
    """The failures planned for one shop. Deterministic under its seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._planned: list[Fault] = []
        self._refused_skus: dict[str, SkuRefusal] = {}
        self._swallows: list[_Swallow] = []
        self.locked_with: int | None = None
        self.latency: Callable[[], float] | None = None
        self.slow_apply: float = 0.0

    def fail_next(
        self,
        n: int = 1,
        status: int = 502,
        *,
        operation: str | None = None,
        when: When = When.BEFORE_APPLYING,
    ) -> None:
        """The next ``n`` requests get this status."""
        self._planned.append(Fault(How.STATUS, when, status, operation, n))

    def fail_share(
        self,
        share: float,
        status: int = 500,
        *,
        operation: str | None = None,
        when: When = When.BEFORE_APPLYING,
    ) -> None:
        """This share of requests gets this status until ``clear``."""
        self._planned.append(Fault(How.STATUS, when, status, operation, None, share))

    def time_out_next(self, n: int = 1, *, operation: str | None = None, when: When = When.BEFORE_APPLYING) -> None:
        """The next ``n`` requests are never answered; the client has to give up."""
        self._planned.append(Fault(How.HANG, when, operation=operation, left=n))

    def disconnect_next(self, n: int = 1, *, operation: str | None = None, when: When = When.AFTER_APPLYING) -> None:
        """The connection of the next ``n`` requests is closed without an answer."""
        self._planned.append(Fault(How.DISCONNECT, when, operation=operation, left=n))

    def break_next(self, n: int = 1, *, operation: str | None = None) -> None:
        """500 in the middle of applying: nothing is applied, and idempotency keys count as failed."""
        self._planned.append(Fault(How.BREAK, operation=operation, left=n))

    def throttle_next(self, n: int | None = 1, *, operation: str | None = None) -> None:
        """THROTTLED for the next ``n`` requests whatever the bucket holds; None until ``clear``."""
        self._planned.append(Fault(How.THROTTLE, operation=operation, left=n))

    def lock(self, status: int = 423) -> None:
        """The whole shop answers 423 (locked) or 402 (frozen for an unpaid bill) until ``unlock``."""
        self.locked_with = status

    def unlock(self) -> None:
        self.locked_with = None

    def refuse_sku(self, sku: str, code: str = "NON_MUTABLE_INVENTORY_ITEM", message: str | None = None) -> None:
        """Quantity mutations of this SKU get this user error until ``accept_sku``."""
        text = message or "The specified inventory item is not allowed to be adjusted via API."
        self._refused_skus[sku] = SkuRefusal(code, text)

    def accept_sku(self, sku: str) -> None:
        self._refused_skus.pop(sku, None)

    def refusal_of(self, sku: str | None) -> SkuRefusal | None:
        return None if sku is None else self._refused_skus.get(sku)

    def swallow(
        self, sku: str | None = None, *, seconds: float = float("inf"), mutations: Literal["all", "quantities"] = "all"
    ) -> None:
        """Mutations (all, or of quantities) answer success and change nothing, for one SKU or all, for so long."""
        self._swallows.append(_Swallow(sku, time.monotonic() + seconds, mutations == "quantities"))

    def swallows(self, *skus: str | None, quantities: bool = False) -> bool:
        """Whether a mutation of these SKUs is dropped now; ``quantities``: it sets or adjusts quantities."""
        now = time.monotonic()
        self._swallows = [one for one in self._swallows if one.until > now]
        return any(
            (one.sku is None or one.sku in skus) and (quantities or not one.only_quantities) for one in self._swallows
        )

    def slow(self, seconds: float | Callable[[], float]) -> None:
        """Every request takes this much longer; 0 ends it."""
        if callable(seconds):
            self.latency = seconds
        else:
            self.latency = (lambda: seconds) if seconds else None

    def slow_to_apply(self, seconds: float) -> None:
        """Mutations hold their idempotency key for so long before they apply; 0 ends it."""
        self.slow_apply = seconds

    def strike(self, names: frozenset[str]) -> Fault | None:
        """The failure that hits this request, if any; uses it up."""
        for fault in self._planned:
            if fault.operation is not None and fault.operation not in names:
                continue
            if fault.share < 1.0 and self._random.random() >= fault.share:
                continue
            if fault.left is not None:
                fault.left -= 1
                if fault.left <= 0:
                    self._planned.remove(fault)
            return fault
        return None

    def to_come(self) -> int:
        """How many of the planned failures have not struck yet; one of a name that nobody calls never does."""
        return sum(fault.left for fault in self._planned if fault.left is not None)

    def clear(self) -> None:
        """All is well again."""
        self._planned.clear()
        self._refused_skus.clear()
        self._swallows.clear()
        self.locked_with = None
        self.latency = None
        self.slow_apply = 0.0
