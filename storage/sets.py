"""Sets of values as parameters: the one place that knows how the two databases take them.

A set goes to the database as one parameter (arrays on PostgreSQL, a JSON text on SQLite), so that a statement is the same
text whatever the size of the set: no limit on parameters, and prepared statements are used again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Double,
    FromClause,
    Text,
    bindparam,
    column,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.sql.elements import ColumnClause
from sqlalchemy.types import Boolean, TypeEngine

from storage.tables.columns import Document, ExactDecimal, Instant, Millionths, to_micros

Columns = Mapping[str, TypeEngine[Any]]
_NUMBERS = (BigInteger, Instant, Millionths)


def one_of(
    postgres: bool, what: ColumnElement[Any], name: str | None, values: Collection[Any] = ()
) -> ColumnElement[bool]:
    """``what`` is one of a set of texts or whole numbers: of the parameter ``name``, or of ``values`` if that is None."""
    if postgres:
        kind: TypeEngine[Any] = BigInteger() if isinstance(what.type, BigInteger) else Text()
        return what == func.any(_bind(name, keys_wire(postgres, values), ARRAY(kind)))
    document = _bind(name, keys_wire(postgres, values), Text())
    return what.in_(select(func.json_each(document).table_valued(column("value")).c.value))


def keys_wire(postgres: bool, values: Collection[Any]) -> Any:
    """A set of keys as its parameter."""
    return list(values) if postgres else json.dumps(list(values))


def table_of(postgres: bool, columns: Columns, name: str | None, rows: Iterable[Sequence[Any]] = ()) -> FromClause:
    """A table of rows, in the order of ``columns``: those of the parameter ``name``, or ``rows`` if that is None."""
    wires = rows_wire(postgres, columns, name or "", rows)
    return _arrays(columns, name, wires) if postgres else _documents(columns, name, wires)


def rows_wire(postgres: bool, columns: Columns, name: str, rows: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """Rows as their parameters: an array per column, or one document."""
    bound = row_wires(columns, rows)
    if postgres:
        return {f"{name}_{place}": [row[place] for row in bound] for place in range(len(columns))}
    return {name: json.dumps(bound, ensure_ascii=False)}


def row_wires(columns: Columns, rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Rows as the driver takes them, in the order of ``columns``."""
    binders = [_binder(kind) for kind in columns.values()]
    return [[None if value is None else bind(value) for bind, value in zip(binders, row, strict=True)] for row in rows]


def _bind(name: str | None, value: Any, kind: TypeEngine[Any]) -> BindParameter[Any]:
    return bindparam(None, value, type_=kind, unique=True) if name is None else bindparam(name, type_=kind)


def _binder(kind: TypeEngine[Any]) -> Callable[[Any], Any]:
    """How a value of a column type travels inside a set."""
    if isinstance(kind, Instant):
        return to_micros
    if isinstance(kind, Millionths):
        return lambda value: int((cast("Decimal", value) * 1_000_000).to_integral_value())
    if isinstance(kind, ExactDecimal):
        return str
    if isinstance(kind, Document):
        return lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return lambda value: value


def _wire_type(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(kind, Boolean):
        return Boolean()
    if isinstance(kind, Double):
        return Double()
    return BigInteger() if isinstance(kind, _NUMBERS) or kind.python_type is int else Text()


def _arrays(columns: Columns, name: str | None, wires: Mapping[str, Any]) -> FromClause:
    arrays = [
        _bind(None if name is None else wire, wires[wire], ARRAY(_wire_type(kind)))
        for wire, kind in zip(wires, columns.values(), strict=True)
    ]
    names: list[ColumnClause[Any]] = [column(one, _wire_type(kind)) for one, kind in columns.items()]
    given = func.unnest(*arrays).table_valued(*names).render_derived()
    typed = [
        (sql_cast(given.c[one], JSONB) if isinstance(kind, Document) else type_coerce(given.c[one], kind)).label(one)
        for one, kind in columns.items()
    ]
    return select(*typed).subquery()


def _documents(columns: Columns, name: str | None, wires: Mapping[str, Any]) -> FromClause:
    [document] = wires.values()
    each = func.json_each(_bind(name, document, Text())).table_valued(column("value", Text))
    typed = [
        type_coerce(func.json_extract(each.c.value, literal_column(f"'$[{place}]'")), kind).label(one)
        for place, (one, kind) in enumerate(columns.items())
    ]
    return select(*typed).select_from(each).subquery()
