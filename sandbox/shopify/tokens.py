"""Access tokens of the app: one that never expires, and those from the client credentials grant."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

ALL_SCOPES = (
    "read_all_orders",
    "read_fulfillments",
    "read_inventory",
    "read_locations",
    "read_merchant_managed_fulfillment_orders",
    "read_orders",
    "read_products",
    "read_publications",
    "write_inventory",
    "write_merchant_managed_fulfillment_orders",
    "write_products",
    "write_publications",
)


@dataclass(slots=True)
class Tokens:
    """Which tokens are good, and what the app may do. Lifetimes are seconds of ``tick``."""

    client_id: str
    client_secret: str
    static: str
    lifetime: int = 86_399
    scopes: set[str] = field(default_factory=lambda: set(ALL_SCOPES))
    tick: Callable[[], float] = time.monotonic
    _granted: dict[str, float] = field(default_factory=dict)
    _static_works: bool = True

    def grant(self, client_id: str, client_secret: str) -> str | None:
        """A fresh token, or None when the credentials are wrong."""
        id_fits = secrets.compare_digest(client_id.encode(), self.client_id.encode())
        secret_fits = secrets.compare_digest(client_secret.encode(), self.client_secret.encode())
        if not (id_fits and secret_fits):
            return None
        token = "shpca_" + secrets.token_hex(16)
        self._granted[token] = self.tick() + self.lifetime
        return token

    def accepts(self, token: str) -> bool:
        if secrets.compare_digest(token.encode(), self.static.encode()):
            return self._static_works
        return self._granted.get(token, 0.0) > self.tick()

    def expire(self) -> None:
        """Every granted token is void from now on; a new one may be asked for."""
        self._granted.clear()

    def revoke(self) -> None:
        """The merchant removed the app: the static token is void, too."""
        self._granted.clear()
        self._static_works = False

    def restore(self) -> None:
        """The app is installed again."""
        self._static_works = True

    def remove_scope(self, scope: str) -> None:
        self.scopes.discard(scope)

    def add_scope(self, scope: str) -> None:
        self.scopes.add(scope)

    def allows(self, scope: str) -> bool:
        """``write_x`` includes ``read_x``, as on the platform."""
        return scope in self.scopes or scope.replace("read_", "write_", 1) in self.scopes
