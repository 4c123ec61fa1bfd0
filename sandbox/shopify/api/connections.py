"""Paging by key: a cursor names the last row seen, so rows that come or go between pages shift nothing."""

from __future__ import annotations

import base64
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import TypedDict, TypeVar

from sandbox.shopify.api.context import Info, context, fault

Node = TypeVar("Node")
SortKey = tuple[int, ...]
PAGE_LIMIT = 250


class Paging(TypedDict, total=False):
    """The arguments of a connection that are about paging."""

    first: int | None
    after: str | None
    last: int | None
    before: str | None
    reverse: bool


def by_id(node: object) -> SortKey:
    return (getattr(node, "id"),)  # noqa: B009 - any record with an id


def connect(
    info: Info, nodes: Sequence[Node], paging: Paging, key: Callable[[Node], SortKey] = by_id
) -> dict[str, object]:
    """One page of ``nodes``, which must be sorted by ``key``. A bulk operation gets all in one page."""
    rows = list(nodes)
    first, last = paging.get("first"), paging.get("last")
    if context(info).unpaged:
        first = len(rows)
    _check(first, last, info.field_name)
    reverse = paging.get("reverse", False)

    def order(node: Node) -> SortKey:
        return tuple(-part for part in key(node)) if reverse else key(node)

    if reverse:
        rows.reverse()
    low, high = 0, len(rows)
    if (after := paging.get("after")) is not None:
        low = bisect_right(rows, _read(after), key=order)
    if (before := paging.get("before")) is not None:
        high = bisect_left(rows, _read(before), key=order)
    if first is not None:
        start, end = low, min(high, low + first)
    else:
        start, end = max(low, high - (last or 0)), high
    page = rows[start:end]
    cursors = [_write(order(node)) for node in page]
    return {
        "nodes": page,
        "edges": [{"cursor": cursor, "node": node} for cursor, node in zip(cursors, page, strict=True)],
        "pageInfo": {
            "hasNextPage": end < len(rows),
            "hasPreviousPage": start > 0,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }


def _check(first: int | None, last: int | None, field: str) -> None:
    if first is None and last is None:
        raise fault(f"you must provide one of first or last for {field}", "BAD_REQUEST")
    for size in (first, last):
        if size is not None and size < 0:
            raise fault("first and last cannot be negative", "BAD_REQUEST")


def refuse_large_pages(paging: Paging) -> None:
    """At most 250 rows a page, as the platform's limits say."""
    for size in (paging.get("first"), paging.get("last")):
        if size is not None and size > PAGE_LIMIT:
            raise fault(f"a page holds at most {PAGE_LIMIT} rows, {size} were asked", "BAD_REQUEST")


def _write(key: SortKey) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _read(cursor: str) -> SortKey:
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor))
        return tuple(int(part) for part in parts)
    except (ValueError, TypeError) as broken:
        raise fault(f"cursor {cursor!r} is not one of this API", "BAD_REQUEST") from broken
