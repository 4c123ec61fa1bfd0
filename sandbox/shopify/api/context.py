"""What a resolver gets to see, and the small things all resolvers need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from graphql import GraphQLError, GraphQLResolveInfo

from sandbox.shopify.faults import Faults
from sandbox.shopify.shop import Moment, Shop
from sandbox.shopify.tokens import Tokens

if TYPE_CHECKING:
    from sandbox.shopify.api.bulk import BulkOperations
    from sandbox.shopify.api.idempotency import Idempotency

Info = GraphQLResolveInfo
# Field name -> the function that answers it: (source, info, **arguments) -> value.
Resolvers = Mapping[str, Callable[..., object]]


@dataclass(slots=True)
class Context:
    shop: Shop
    tokens: Tokens
    faults: Faults
    idempotency: Idempotency
    bulk: BulkOperations
    moment: Moment
    allow_loopback: bool
    unpaged: bool = False


@dataclass(frozen=True, slots=True)
class UserError:
    """A refusal inside the answer; ``code`` is left out where the schema has none."""

    field: list[str] | None
    message: str
    code: str | None = None


def context(info: Info) -> Context:
    return cast(Context, info.context)


def shop_of(info: Info) -> Shop:
    return context(info).shop


def number(global_id: str, *kinds: str) -> int | None:
    """The number in a global id of one of these kinds, else None."""
    head, _, tail = global_id.partition("gid://shopify/")
    kind, _, rest = tail.partition("/")
    digits = rest.partition("?")[0]
    return int(digits) if not head and kind in kinds and digits.isdecimal() else None


def fault(message: str, code: str, **more: object) -> GraphQLError:
    """A top-level error with the platform's ``extensions.code``."""
    return GraphQLError(message, extensions={"code": code, **more})


# The app that holds the tokens; the writer of every mutation.
APP: dict[str, object] = {
    "id": "gid://shopify/App/900000003",
    "title": "Connected app",
    "handle": "connected-app",
}


def iso(moment: datetime | None) -> str | None:
    """A DateTime scalar: UTC, whole seconds, ``Z``."""
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def counted(count: int) -> dict[str, object]:
    return {"count": count, "precision": "EXACT"}


def money(shop: Shop, amount: object) -> dict[str, object]:
    """MoneyV2: at least one decimal and no idle zeros (``20.0``, ``9.99``), as recorded."""
    whole, _, rest = f"{amount:.2f}".partition(".")
    return {"amount": f"{whole}.{rest.rstrip('0') or '0'}", "currencyCode": shop.currency}


def money_bag(shop: Shop, amount: object) -> dict[str, object]:
    return {"shopMoney": money(shop, amount)}
