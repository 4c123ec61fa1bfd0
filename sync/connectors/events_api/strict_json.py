"""JSON read strictly: UTF-8, no NaN, no name twice in one object, at most 32 levels deep, numbers as they were written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import NoReturn

from sync.errors import BadInput

DEEPEST = 32
_LONGEST_INTEGER = 24


class MalformedJson(BadInput):
    """The body is not the JSON that is read here. The message says what and where; mend the sender."""


@dataclass(frozen=True, slots=True)
class NumberText:
    """A JSON number with a fraction, an exponent or too many digits, as it was written. It is never a count."""

    text: str


Json = None | bool | int | str | NumberText | list["Json"] | dict[str, "Json"]


def read_json(body: bytes) -> Json:
    """The value in a body. Integers become int, every other number :class:`NumberText`. Raises MalformedJson."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedJson(f"The body is not UTF-8: byte {error.start + 1} does not fit.") from error
    try:
        value: Json = json.loads(
            text,
            parse_constant=_no_constant,
            parse_float=NumberText,
            parse_int=_integer,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        raise MalformedJson(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error
    except RecursionError as error:
        raise MalformedJson(_TOO_DEEP) from error
    if _depth_exceeds(value, DEEPEST):
        raise MalformedJson(_TOO_DEEP)
    return value


def write_json(value: Json, *, sort: bool = False, ascii_only: bool = True) -> str:
    """Compact JSON text of a value that was read here; a NumberText is written as an object of its text."""
    return json.dumps(value, ensure_ascii=ascii_only, separators=(",", ":"), sort_keys=sort, default=_number)


def _number(value: object) -> dict[str, str]:
    if isinstance(value, NumberText):
        return {"number": value.text}
    raise TypeError(f"JSON holds no {type(value).__name__}")


_TOO_DEEP = f"The body is nested deeper than {DEEPEST} levels."


def _no_constant(name: str) -> NoReturn:
    raise MalformedJson(f"{name} is not a JSON number.")


def _integer(text: str) -> int | NumberText:
    return int(text) if len(text) <= _LONGEST_INTEGER else NumberText(text)


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise MalformedJson(f"The name {twice[:100]!r} stands twice in one object.")
    return found


def _depth_exceeds(value: Json, limit: int) -> bool:
    """Level by level, so that nothing here can run out of stack."""
    level: list[Json] = [value]
    for _ in range(limit + 1):
        inner: list[Json] = []
        for one in level:
            if isinstance(one, dict):
                inner.extend(one.values())
            elif isinstance(one, list):
                inner.extend(one)
        containers = [one for one in level if isinstance(one, dict | list)]
        if not containers:
            return False
        level = inner
    return True
