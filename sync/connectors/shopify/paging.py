"""Page after page, politely: smaller pages when one is too costly, waiting when told to, points left over for writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from pydantic import ValidationError

from sync.connectors.base import Fault
from sync.connectors.shopify.client import Client, Told
from sync.connectors.shopify.shapes import Connection, Shape, digits
from sync.errors import TryAgain

Model = TypeVar("Model", bound=Shape)

CURSOR_REACHES = 20_000
"""Rows after which paging goes on by id: cursors end at 25,000 objects (shopify.dev, usage limits)."""

LEFT_FOR_WRITES = 300.0
"""Points of the account's budget that a reading leaves to whoever has to stop a listing meanwhile."""

LONGEST_WAIT = timedelta(seconds=60)
_PATIENCE = 5


@dataclass(frozen=True, slots=True)
class Pages:
    """What to page through: a document, where its connection is (``location.inventoryLevels``), a search, and the size
    of a page. ``by_id`` is True where rows come in the order of their ids, so that an id can take over from a cursor."""

    document: str
    path: str
    query: str | None
    first: int
    by_id: bool = True


async def pages(client: Client, wanted: Pages, **variables: object) -> AsyncIterator[tuple[Told, list[object]]]:
    """Each page's answer and nodes. Raises TryAgain when one cannot be had after some patience."""
    first, after, query, count = wanted.first, None, wanted.query, 0
    while True:
        told = await patiently(client, wanted.document, first=first, after=after, query=query, **variables)
        if told.fault is Fault.TOO_LARGE and first > 1:
            first //= 2
            continue
        page = _at(told.or_raise().data, wanted.path)
        nodes = nodes_of(page)
        yield told, nodes
        [connection] = models(Connection, [page]) if page else [None]
        if connection is None or not connection.has_next:
            return
        after, count = connection.cursor, count + len(nodes)
        if wanted.by_id and count >= CURSOR_REACHES:
            after, count = None, 0
            query = " AND ".join(part for part in (wanted.query, f"id:>{_id(nodes[-1])}") if part)


async def patiently(client: Client, document: str, **variables: object) -> Told:
    """Ask; wait and ask again when throttled or failing for a moment. The last answer, whatever it is."""
    wait = timedelta(seconds=1)
    for _ in range(_PATIENCE):
        told = await client.ask(document, **variables)
        if told.fault not in (Fault.RATE_LIMIT, Fault.INTERMITTENT, Fault.CONNECTION):
            await _leave_room(told)
            return told
        await asyncio.sleep(min(told.retry_after or wait, LONGEST_WAIT).total_seconds())
        wait *= 2
    return told


async def _leave_room(told: Told) -> None:
    if told.budget is None or not told.refill_per_second or told.budget >= LEFT_FOR_WRITES:
        return
    wait = timedelta(seconds=(LEFT_FOR_WRITES - told.budget) / told.refill_per_second)
    await asyncio.sleep(min(wait, LONGEST_WAIT).total_seconds())


def models(model: type[Model], nodes: Iterable[object]) -> list[Model]:
    """Nodes as models. Raises TryAgain that names the field and shows no value."""
    try:
        return [model.model_validate(node) for node in nodes]
    except ValidationError as error:
        where = "/".join(str(step) for step in error.errors()[0]["loc"])
        raise TryAgain(f"Shopify's answer could not be read: {model.__name__} {where}.") from None


def nodes_of(page: object) -> list[object]:
    """The rows of a connection; none where there is no connection."""
    nodes = page.get("nodes") if isinstance(page, Mapping) else None
    return [one for one in nodes if one is not None] if isinstance(nodes, list) else []


def has_more(node: object, *path: str) -> bool:
    """Whether the connection at this path inside a node goes on after what was read."""
    found = _at(node, ".".join(path))
    info = found.get("pageInfo") if isinstance(found, Mapping) else None
    return bool(info.get("hasNextPage")) if isinstance(info, Mapping) else False


def cut_short(node: object) -> bool:
    """Whether any connection anywhere inside this node goes on after what was read."""
    if isinstance(node, Mapping):
        if node.get("hasNextPage") is True:
            return True
        return any(cut_short(one) for one in node.values())
    return isinstance(node, list) and any(cut_short(one) for one in node)


def _at(node: object, path: str) -> object:
    for step in path.split("."):
        node = node.get(step) if isinstance(node, Mapping) else None
    return node


def _id(node: object) -> str:
    return digits(node.get("id") if isinstance(node, Mapping) else None)
