"""Dataclasses to JSON and back, by their types. Written once: every body that is stored as a document goes through here.

Times are RFC 3339 text in UTC, spans whole microseconds, decimals and enums their own text, tuples lists. A field that
equals its default is left out; on reading, an unknown field is passed over and a missing one takes its default, so that
versions of the product that differ by a field can share a database during an upgrade.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache, lru_cache
from typing import Any, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
import pydantic_core

T = TypeVar("T")
Json = Any
"""What JSON text is read as: None, bool, int, float, str, list, dict."""

_Codec = tuple[Callable[[Any], Json], Callable[[Json], Any]]


def to_text(document: Json) -> str:
    """The JSON text of a document, as the json module writes it without blanks and in a tenth of its time; whole numbers of any
    size stay exact. Raises PydanticSerializationError for text that is no Unicode."""
    return pydantic_core.to_json(document).decode()


def from_text(text: str | bytes) -> Json:
    """The document of a JSON text; whole numbers of any size are exact. Raises ValueError."""
    return pydantic_core.from_json(text)


def to_json(value: object) -> Json:
    """The document of a dataclass instance."""
    return _of(type(value))[0](value)


def from_json(cls: type[T], document: Json) -> T:
    """The instance of ``cls`` behind a document that :func:`to_json` made.

    msgspec reads most types in one call; what it does not take as it stands is read field by field.
    """
    decoded: T = _of(cls)[1](document)
    return decoded


@cache
def _read_whole(hint: Any) -> bool:
    """Whether msgspec reads documents of this type as they are written here. It takes spans for text (ISO 8601)."""
    if isinstance(hint, NewType):
        return _read_whole(hint.__supertype__)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        hints = get_type_hints(hint)
        return all(_read_whole(hints[field.name]) for field in dataclasses.fields(hint))
    return hint is not timedelta and all(_read_whole(one) for one in get_args(hint) if one is not Ellipsis)


def list_to_json(values: tuple[Any, ...], of: type) -> Json:
    """A list of documents, one per instance."""
    encode = _of(of)[0]
    return [encode(value) for value in values]


def list_from_json(of: type[T], document: Json) -> tuple[T, ...]:
    """The instances behind a list of documents."""
    decode = _of(of)[1]
    return tuple(decode(one) for one in document)


def _of(hint: Any) -> _Codec:
    return _codec(hint)


def _same(value: Any) -> Any:
    return value


@lru_cache(maxsize=4096)
def instant_to_text(instant: datetime) -> str:
    """RFC 3339 in UTC with microseconds. ValueError for a naive datetime."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant!r} has no time zone; pass an aware datetime")
    return (instant if instant.tzinfo is UTC else instant.astimezone(UTC)).isoformat(timespec="microseconds")


_TICK = timedelta(microseconds=1)

_PLAIN: dict[Any, _Codec] = {
    str: (str, _same),
    int: (_same, _same),
    bool: (_same, _same),
    float: (_same, float),
    Decimal: (str, Decimal),
    datetime: (instant_to_text, datetime.fromisoformat),
    timedelta: (lambda span: span // _TICK, lambda ticks: ticks * _TICK),
}


@cache
def _codec(hint: Any) -> _Codec:
    """How values of a type are written and read. TypeError for a type that no stored body may hold."""
    while isinstance(hint, NewType):
        hint = hint.__supertype__
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _optional(hint)
    if origin is tuple:
        return _tuple(get_args(hint))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return (lambda value: value.value), hint
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _dataclass(hint)
    raise TypeError(f"{hint!r} cannot be stored as a document; use text, numbers, decimals, aware times or dataclasses")


def _optional(hint: Any) -> _Codec:
    inner = [arg for arg in get_args(hint) if arg is not type(None)]
    if len(inner) != 1:
        raise TypeError(f"{hint!r} is a union; a stored field is of one type, or None")
    encode, decode = _codec(inner[0])
    return (
        lambda value: None if value is None else encode(value),
        lambda document: None if document is None else decode(document),
    )


def _tuple(args: tuple[Any, ...]) -> _Codec:
    if len(args) == 2 and args[1] is Ellipsis:
        encode, decode = _codec(args[0])
        return (
            lambda values: [encode(value) for value in values],
            lambda document: tuple([decode(one) for one in document]),
        )
    codecs = [_codec(arg) for arg in args]
    return (
        lambda values: [codec[0](value) for codec, value in zip(codecs, values, strict=True)],
        lambda document: tuple([codec[1](one) for codec, one in zip(codecs, document, strict=True)]),
    )


_REQUIRED = object()


def _dataclass(cls: type) -> _Codec:
    """Fields that are the same in both worlds are taken over as they are, without a call for each."""
    hints = get_type_hints(cls)
    codecs = {field.name: _codec(hints[field.name]) for field in dataclasses.fields(cls)}
    decoders = [(name, decode) for name, (_, decode) in codecs.items() if decode is not _same]
    names = codecs.keys()

    def decode(document: Json) -> Any:
        held = (
            dict(document) if names >= document.keys() else {name: document[name] for name in names & document.keys()}
        )
        for name, decode_field in decoders:
            if name in held:
                held[name] = decode_field(held[name])
        return cls(**held)

    return _encoder(cls, codecs), _whole_first(cls, decode) if _read_whole(cls) else decode


def _whole_first(cls: type, by_field: Callable[[Json], Any]) -> Callable[[Json], Any]:
    def decode(document: Json) -> Any:
        try:
            return msgspec.convert(document, cls)
        except msgspec.ValidationError:
            return by_field(document)

    return decode


def _encoder(cls: type, codecs: Mapping[str, _Codec]) -> Callable[[Any], Json]:
    """A function written out for the fields of this class, in half the time of a loop over them."""
    names: dict[str, Any] = {}
    always, others = [], []
    for field in dataclasses.fields(cls):
        one, encode, default = field.name, codecs[field.name][0], _default(field)
        names[f"write_{one}"] = encode
        if default is _REQUIRED:
            always.append(f"{one!r}: " + (f"value.{one}" if encode is _same else f"write_{one}(value.{one})"))
            continue
        names[f"default_{one}"], names[f"type_{one}"] = default, type(default)
        others += [
            f"    held = value.{one}",
            f"    if held is not default_{one} and (held != default_{one} or type(held) is not type_{one}):",
            f"        document[{one!r}] = " + ("held" if encode is _same else f"write_{one}(held)"),
        ]
    source = "\n".join(
        ["def encode(value):", f"    document = {{{', '.join(always)}}}", *others, "    return document"]
    )
    exec(source, names)  # noqa: S102 - the names are those of our own fields
    made: Callable[[Any], Json] = names["encode"]
    return made


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return _REQUIRED
