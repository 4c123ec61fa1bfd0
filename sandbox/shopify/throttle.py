"""The cost bucket of the Admin API: every query has a price, the bucket refills by the second.

Prices follow recorded answers: a mutation 10, an object 1, scalars, user errors and counts nothing, a connection of n
2 + 2 ln(n) x (1 + what one node costs). That gives 13 for 250 flat nodes, 20 for 100 nodes with one object, 13 for
a set of one row, all as recorded.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    NamedTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_interface_type,
    is_list_type,
    is_object_type,
)

_FREE = frozenset({"Count", "PageInfo", "MoneyV2", "MoneyBag", "InventoryQuantity"})
_MUTATION = 10
MAX_QUERY_COST = 1000


@dataclass(slots=True)
class Bucket:
    """Points left for one app on one shop. ``restore_rate`` is points a second."""

    maximum: float = 2000.0
    restore_rate: float = 100.0
    tick: Callable[[], float] = time.monotonic
    _level: float | None = None
    _at: float = 0.0

    @property
    def available(self) -> float:
        now = self.tick()
        if self._level is None:
            self._level, self._at = self.maximum, now
        self._level = min(self.maximum, self._level + (now - self._at) * self.restore_rate)
        self._at = now
        return self._level

    def take(self, points: float) -> None:
        self._level = self.available - points

    def drain(self) -> None:
        """Empty it, as a greedy second process of the same app would."""
        self._level, self._at = 0.0, self.tick()

    def status(self) -> dict[str, int]:
        return {
            "maximumAvailable": int(self.maximum),
            "currentlyAvailable": int(self.available),
            "restoreRate": int(self.restore_rate),
        }


class Pricing:
    """The price of one operation of a document, as asked and as answered."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, object]) -> None:
        self.schema = schema
        self.variables = variables
        self.fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }

    def requested(self, operation: OperationDefinitionNode) -> int:
        """The price before it runs: connections at their asked size."""
        return self._operation(operation, None, known=False)

    def actual(self, operation: OperationDefinitionNode, data: object) -> int:
        """The price of what came back: connections at their real size, nothing for nulls."""
        return self._operation(operation, data, known=True)

    def _operation(self, operation: OperationDefinitionNode, data: object, *, known: bool) -> int:
        if operation.operation is not OperationType.MUTATION:
            root = self.schema.query_type
            return 0 if root is None else round(self._selection(operation.selection_set, root, data, known))
        root = self.schema.mutation_type
        price = 0.0
        for field, owner in self._fields(operation.selection_set, root):
            definition = _definition(owner, field.name.value)
            price += _MUTATION
            if definition is not None:
                payload = get_named_type(definition.type)
                price += self._selection(field.selection_set, payload, _pick(data, field), known)
        return round(price)

    def _selection(
        self, selection: SelectionSetNode | None, kind: GraphQLNamedType, data: object, known: bool
    ) -> float:
        return sum(
            self._field(field, owner, _pick(data, field), known) for field, owner in self._fields(selection, kind)
        )

    def _field(self, field: FieldNode, owner: GraphQLNamedType, data: object, known: bool) -> float:
        definition = _definition(owner, field.name.value)
        if definition is None or field.selection_set is None or (known and not data):
            return 0.0
        kind = get_named_type(definition.type)
        if kind.name in _FREE or kind.name.endswith("UserError"):
            return 0.0
        if kind.name.endswith("Connection"):
            return self._connection(field, kind, data, known)
        listed = is_list_type(get_nullable_type(definition.type))
        inside = self._selection(field.selection_set, kind, _first(data) if listed else data, known)
        return inside if listed else 1.0 + inside

    def _connection(self, field: FieldNode, kind: GraphQLNamedType, data: object, known: bool) -> float:
        """What the rows cost; with an answer, the first row speaks for all."""
        node = 0.0
        for inner, _ in self._fields(field.selection_set, kind):
            definition = _definition(kind, inner.name.value)
            if inner.name.value not in ("nodes", "edges") or definition is None:
                continue
            row = _first(_pick(data, inner))
            rows = self._selection(inner.selection_set, get_named_type(definition.type), row, known)
            node = max(node, rows - (1.0 if inner.name.value == "edges" else 0.0))
        size = _size(data) if known else self._asked(field)
        rows_factor = 0.0 if size == 0 else max(1.0, 2.0 * math.log(size))
        return 2.0 + rows_factor * (1.0 + max(node, 0.0))

    def _fields(
        self, selection: SelectionSetNode | None, kind: GraphQLNamedType | None
    ) -> Iterator[tuple[FieldNode, GraphQLNamedType]]:
        """All fields with the type that owns them, through fragments."""
        if selection is None or kind is None:
            return
        for node in selection.selections:
            if isinstance(node, FieldNode):
                yield node, kind
            elif isinstance(node, InlineFragmentNode):
                yield from self._fields(node.selection_set, self._narrowed(node.type_condition, kind))
            elif isinstance(node, FragmentSpreadNode) and (fragment := self.fragments.get(node.name.value)):
                yield from self._fields(fragment.selection_set, self._narrowed(fragment.type_condition, kind))

    def _narrowed(self, condition: NamedTypeNode | None, kind: GraphQLNamedType | None) -> GraphQLNamedType | None:
        return kind if condition is None else self.schema.type_map.get(condition.name.value)

    def _asked(self, field: FieldNode) -> int:
        for argument in field.arguments or ():
            if argument.name.value not in ("first", "last"):
                continue
            if isinstance(argument.value, IntValueNode):
                return int(argument.value.value)
            if isinstance(argument.value, VariableNode):
                value = self.variables.get(argument.value.name.value)
                if isinstance(value, int):
                    return value
        return 1


def _definition(kind: GraphQLNamedType, name: str) -> GraphQLField | None:
    if is_object_type(kind) or is_interface_type(kind):
        found: GraphQLField | None = kind.fields.get(name)
        return found
    return None


def _pick(data: object, field: FieldNode) -> object:
    if not isinstance(data, dict):
        return None
    return data.get(field.alias.value if field.alias else field.name.value)


def _first(rows: object) -> object:
    return rows[0] if isinstance(rows, list) and rows else None


def _size(data: object) -> int:
    rows = data.get("nodes") or data.get("edges") if isinstance(data, dict) else None
    return len(rows) if isinstance(rows, list) else 0
