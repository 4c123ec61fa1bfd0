"""Bulk operations: a query over the whole catalogue, run aside, read as JSON lines.

Root nodes and nested nodes are lines of their own; a nested one names its parent in ``__parentId``.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from graphql import DocumentNode, FieldNode, GraphQLError, OperationDefinitionNode, parse, validate
from graphql.language import Visitor, visit

from sandbox.shopify.api.context import Info, Resolvers, UserError, context, number
from sandbox.shopify.api.idempotency import Payload
from sandbox.shopify.shop import Clock, Json, Shop
from sandbox.shopify.state import gid

AT_ONCE = 5
_RUNNING = ("CREATED", "RUNNING", "CANCELING")


@dataclass(slots=True, eq=False)
class BulkOperation:
    id: int
    query: str
    created_at: datetime
    status: str = "CREATED"
    completed_at: datetime | None = None
    error_code: str | None = None
    object_count: int = 0
    root_object_count: int = 0
    file: bytes = b""
    name: str = ""


class BulkOperations:
    """The bulk operations of one shop. ``seconds`` is how long one takes; it reads the shop at its end."""

    def __init__(self, shop: Shop, clock: Clock, run: Callable[[DocumentNode], Json], seconds: float) -> None:
        self.shop = shop
        self.clock = clock
        self.run = run
        self.seconds = seconds
        self.base_url = ""
        self.operations: dict[int, BulkOperation] = {}

    def begin(self, query: str) -> BulkOperation:
        made = BulkOperation(self.shop.new_id("BulkOperation"), query, self.clock())
        self.operations[made.id] = made
        asyncio.get_running_loop().call_later(self.seconds, self._finish, made)
        return made

    def running(self) -> list[BulkOperation]:
        return [one for one in self.operations.values() if one.status in _RUNNING]

    def file_named(self, name: str) -> bytes | None:
        for one in self.operations.values():
            if one.name and secrets.compare_digest(one.name, name):
                return one.file
        return None

    def _finish(self, one: BulkOperation) -> None:
        if one.status == "CANCELING":
            one.status = "CANCELED"
        else:
            self._read(one)
        moment = self.shop.moment()
        one.completed_at = moment.at
        self.shop.announce("bulk_operations/finish", moment, lambda: _finish_body(self.shop, one))

    def _read(self, one: BulkOperation) -> None:
        try:
            data = self.run(parse(one.query))
        except GraphQLError as denied:
            one.status = "FAILED"
            code = (denied.extensions or {}).get("code")
            one.error_code = "ACCESS_DENIED" if code == "ACCESS_DENIED" else "INTERNAL_SERVER_ERROR"
            return
        lines = [line for value in data.values() for line in _lines(cast(Json, value), None)]
        one.root_object_count = sum("__parentId" not in line for line in lines)
        one.object_count = len(lines)
        one.file = b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)
        one.name = secrets.token_urlsafe(16)
        one.status = "COMPLETED"


def _finish_body(shop: Shop, one: BulkOperation) -> Json:
    return {
        "admin_graphql_api_id": gid("BulkOperation", one.id),
        "completed_at": None if one.completed_at is None else shop.local(one.completed_at),
        "created_at": shop.local(one.created_at),
        "error_code": None if one.error_code is None else one.error_code.lower(),
        "status": one.status.lower(),
        "type": "query",
    }


def _lines(page: Json, parent: str | None) -> Iterator[Json]:
    """The nodes of one connection, each followed by the nodes of its own connections."""
    for node in _rows(page):
        own = {key: value for key, value in node.items() if not _is_page(value)}
        yield own if parent is None else own | {"__parentId": parent}
        for value in node.values():
            if _is_page(value):
                yield from _lines(cast(Json, value), str(node.get("id")))


def _is_page(value: object) -> bool:
    return isinstance(value, dict) and ("edges" in value or "nodes" in value)


def _rows(page: Json) -> list[Json]:
    if isinstance(nodes := page.get("nodes"), list):
        return nodes
    edges = page.get("edges")
    return [edge["node"] for edge in edges] if isinstance(edges, list) else []


class _Connections(Visitor):
    """Counts the connections of a document, and how deep they are nested."""

    def __init__(self) -> None:
        super().__init__()
        self.count = self.depth = self.deepest = 0

    def enter_field(self, node: FieldNode, *_: object) -> None:
        if _holds_rows(node):
            self.count += 1
            self.depth += 1
            self.deepest = max(self.deepest, self.depth)

    def leave_field(self, node: FieldNode, *_: object) -> None:
        if _holds_rows(node):
            self.depth -= 1


def _holds_rows(node: FieldNode) -> bool:
    inner = node.selection_set.selections if node.selection_set is not None else ()
    return any(isinstance(one, FieldNode) and one.name.value in ("edges", "nodes") for one in inner)


def run_query(_: object, info: Info, query: str, groupObjects: bool = False) -> Payload:
    ctx = context(info)
    if (why := _refusal(info, query)) is not None:
        return {"bulkOperation": None, "userErrors": [UserError(["query"], why, "INVALID")]}
    if len(running := ctx.bulk.running()) >= AT_ONCE:
        ids = ", ".join(f"gid://shopify/BulkOperation/{one.id}" for one in running)
        why = f"A bulk query operation for this app and shop is already in progress: {ids}."
        return {"bulkOperation": None, "userErrors": [UserError(None, why, "OPERATION_IN_PROGRESS")]}
    return {"bulkOperation": ctx.bulk.begin(query), "userErrors": []}


def _refusal(info: Info, query: str) -> str | None:
    try:
        document = parse(query)
    except GraphQLError as broken:
        if not query.strip():
            return "Invalid bulk query: syntax error, unexpected end of file"
        return f"Invalid bulk query: {broken.message}"
    if not any(isinstance(one, OperationDefinitionNode) for one in document.definitions):
        return "Invalid bulk query: no operation"
    if errors := validate(info.schema, document):
        return f"Invalid bulk query: {errors[0].message}"
    found = _Connections()
    visit(document, found)
    if not found.count:
        return "Bulk queries must contain at least one connection."
    if found.count > 5:
        return "Bulk queries cannot contain more than 5 connections."
    if found.deepest > 3:
        return "Bulk queries cannot contain connections with a nesting depth greater than 2."
    return None


def cancel(_: object, info: Info, id: str) -> Payload:
    found = operation(None, info, id)
    if found is None:
        return {"bulkOperation": None, "userErrors": [UserError(["id"], "Bulk operation does not exist")]}
    if found.status not in _RUNNING:
        why = f"A bulk operation cannot be canceled when it is {found.status.lower()}"
        return {"bulkOperation": found, "userErrors": [UserError(None, why)]}
    found.status = "CANCELING"
    return {"bulkOperation": found, "userErrors": []}


def operation(_: object, info: Info, id: str) -> BulkOperation | None:
    return context(info).bulk.operations.get(number(id, "BulkOperation") or 0)


def url(one: BulkOperation, info: Info) -> str | None:
    return f"{context(info).bulk.base_url}/bulk/{one.name}.jsonl" if one.name and one.file else None


QUERY: Final[Resolvers] = {"bulkOperation": operation}
MUTATION: Final[Resolvers] = {"bulkOperationRunQuery": run_query, "bulkOperationCancel": cancel}
TYPES: Final[Mapping[str, Resolvers]] = {
    "BulkOperation": {
        "type": lambda one, info: "QUERY",
        "objectCount": lambda one, info: str(one.object_count),
        "rootObjectCount": lambda one, info: str(one.root_object_count),
        "fileSize": lambda one, info: str(len(one.file)) if one.name else None,
        "url": url,
        "partialDataUrl": lambda one, info: None,
    }
}
