"""Sets of values as parameters: the one place that knows how the two databases take them.

A set goes to the database as one parameter, a JSON text, so that a statement is the same text whatever the size of the
set: no limit on parameters, and prepared statements are used again. PostgreSQL would take an array per column as well; its
driver then looks at every value twice, which costs eight times as much here and saves the server nothing.
"""

from __future__ import annotations

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
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Boolean, TypeEngine

from storage.codecs import to_text
from storage.tables.columns import Document, ExactDecimal, Instant, Millionths, to_micros

Columns = Mapping[str, TypeEngine[Any]]
_NUMBERS = (BigInteger, Instant, Millionths)


def one_of(
    postgres: bool, what: ColumnElement[Any], name: str | None, values: Collection[Any] = ()
) -> ColumnElement[bool]:
    """``what`` is one of a set of texts or whole numbers: of the parameter ``name``, or of ``values`` if that is None."""
    document = _bind(name, keys_wire(values))
    if not postgres:
        return what.in_(select(func.json_each(document).table_valued(column("value")).c.value))
    given = func.jsonb_array_elements_text(sql_cast(document, JSONB)).table_valued(column("value", Text)).c.value
    keys = select(sql_cast(given, BigInteger) if isinstance(what.type, BigInteger) else given).scalar_subquery()
    return what == func.any(func.array(keys))


def keys_wire(values: Collection[Any]) -> str:
    """A set of keys as its parameter."""
    return to_text(list(values))


def table_of(postgres: bool, columns: Columns, name: str | None, rows: Iterable[Sequence[Any]] = ()) -> FromClause:
    """A table of rows, in the order of ``columns``: those of the parameter ``name``, or ``rows`` if that is None."""
    document = _bind(name, rows_wire(postgres, columns, rows))
    return _from_jsonb(columns, document) if postgres else _from_text(columns, document)


def rows_wire(postgres: bool, columns: Columns, rows: Iterable[Sequence[Any]]) -> str:
    """Rows as their parameter: PostgreSQL takes documents as parts of it, SQLite keeps the text of each."""
    return to_text(row_wires(columns, rows, nested=postgres))


def row_wires(columns: Columns, rows: Iterable[Sequence[Any]], *, nested: bool = False) -> list[list[Any]]:
    """Rows as a driver takes them, in the order of ``columns``; documents as their texts, or ``nested`` as they are."""
    wired = [list(row) for row in rows]
    for place, kind in enumerate(columns.values()):
        bind = _binder(kind, nested)
        if bind is None:
            continue
        for row in wired:
            value = row[place]
            if value is not None:
                row[place] = bind(value)
    return wired


def _bind(name: str | None, value: str) -> BindParameter[Any]:
    return bindparam(None, value, type_=Text(), unique=True) if name is None else bindparam(name, type_=Text())


def _binder(kind: TypeEngine[Any], nested: bool) -> Callable[[Any], Any] | None:
    """How a value of a column type travels, None: as it is."""
    if isinstance(kind, Instant):
        return to_micros
    if isinstance(kind, Millionths):
        return lambda value: int((cast("Decimal", value) * 1_000_000).to_integral_value())
    if isinstance(kind, ExactDecimal):
        return str
    return to_text if isinstance(kind, Document) and not nested else None


def _from_jsonb(columns: Columns, document: BindParameter[Any]) -> FromClause:
    rows = select(func.jsonb_array_elements(sql_cast(document, JSONB))).scalar_subquery()
    # As an array the planner takes the rows for few and asks indexes for them; as they come it takes them for a hundred.
    each = func.unnest(func.array(rows)).table_valued(column("value", JSONB)).render_derived().c.value
    typed = [_of_jsonb(each, place, kind).label(one) for place, (one, kind) in enumerate(columns.items())]
    return select(*typed).subquery()


def _of_jsonb(row: ColumnElement[Any], place: int, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    """A value of a row. The JSON null is no document, but the absence of one."""
    if isinstance(kind, Document):
        return func.nullif(row.op("->")(literal_column(str(place))), literal_column("'null'::jsonb"), type_=JSONB())
    text = row.op("->>", return_type=Text())(literal_column(str(place)))
    wire = _wire_type(kind)
    return type_coerce(text if isinstance(wire, Text) else sql_cast(text, wire), kind)


def _wire_type(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(kind, Boolean):
        return Boolean()
    if isinstance(kind, Double):
        return Double()
    return BigInteger() if isinstance(kind, _NUMBERS) or kind.python_type is int else Text()


def _from_text(columns: Columns, document: BindParameter[Any]) -> FromClause:
    each = func.json_each(document).table_valued(column("value", Text))
    typed = [
        type_coerce(func.json_extract(each.c.value, literal_column(f"'$[{place}]'")), kind).label(one)
        for place, (one, kind) in enumerate(columns.items())
    ]
    return select(*typed).select_from(each).subquery()
