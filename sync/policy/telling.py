"""A fault of the schema in words of the business: what is wrong, and how to mend it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from sync.policy.faults import Path, in_two

_SECRET = re.compile(r"secret|token|password|passwd|authori[sz]ation|api_?key|signing", re.IGNORECASE)
_LIKE = {"^[A-Z]{3}$": "USD", r"^([01]\d|2[0-3]):[0-5]\d$": "08:00"}
_A_NAME = "shopify-us: small letters, digits and hyphens, 63 at most"
_BOUNDS = {"greater_than_equal": "ge", "greater_than": "gt", "less_than_equal": "le", "less_than": "lt"}


def told(
    detail: ErrorDetails, path: Path, model: type[BaseModel], *, above: str = "", commented: bool = False
) -> tuple[str, str]:
    """The message and the mend of one fault. ``path`` is counted from ``model``, which stands in the section ``above``;
    ``commented``: only a comment was written."""
    kind, given = detail["type"], detail["input"]
    if kind == "missing":
        section = str(path[-2]) if len(path) > 1 else above
        return "is missing", f"Add `{path[-1]}:` " + (
            f"below `{section}:`." if section else "to the file, at its left margin."
        )
    if kind == "extra_forbidden":
        return _unknown(path, model)
    if given is None:
        mend = "What follows # is a comment: put it into quotes, or leave the # out." if commented else ""
        return "is empty", mend or "Write a value after the colon, or take the line out."
    if kind == "value_error":
        return in_two(str(detail["ctx"]["error"]))
    if isinstance(given, dict | list):
        return _of_the_wrong_shape(kind, given)
    return _wrong_value(detail, str(given))


def nearest(word: str, known: Iterable[str]) -> str:
    """What a name that is not known may have meant, as a mend."""
    names = list(known)
    near = difflib.get_close_matches(word, names, n=1)
    if near:
        return f"Did you mean {near[0]}?"
    return f"Known here: {', '.join(names)}." if names else ""


def _unknown(path: Path, model: type[BaseModel]) -> tuple[str, str]:
    name = str(path[-1])
    if _SECRET.search(name):
        mend = "Take it out of this file: secrets stand in the environment (docs/install.md, Secrets of systems)."
        return "a policy holds no secret", mend
    where = _model_at(path[:-1], model)
    known = list(where.model_fields) if where is not None else []
    return "there is no such setting", nearest(name, known) or "Take it out: nothing can be set here."


def _of_the_wrong_shape(kind: str, given: dict[str, Any] | list[Any]) -> tuple[str, str]:
    if kind in ("too_short", "missing"):
        return "is empty", "Name at least one."
    found = "a list" if isinstance(given, list) else "a group of settings"
    if kind in ("tuple_type", "list_type"):
        return f"is {found}, not a list", "Write a list such as [a, b]."
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return f"is {found}, not a group of settings", "Write settings below it, indented by two spaces."
    return f"is {found}, not one value", "Write one value after the colon."


def _wrong_value(detail: ErrorDetails, given: str) -> tuple[str, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    match kind:
        case "enum" | "literal_error":
            return _not_among(given, str(context.get("expected")))
        case "string_pattern_mismatch":
            return f"{given!r} does not fit", f"Write it like {_LIKE.get(str(context.get('pattern')), _A_NAME)}."
        case "string_too_short" | "string_too_long":
            return f"{given!r} has {len(given)} characters", _length(context)
        case "bool_type" | "bool_parsing":
            return f"{given!r} is neither true nor false", "Write true or false."
        case "tuple_type" | "list_type":
            return f"{given!r} is not a list", f"Write it in brackets: [{given}]."
        case "dict_type" | "model_type" | "model_attributes_type":
            return f"{given!r} is not a group of settings", "Write settings below it, indented by two spaces."
        case _ if kind in _BOUNDS:
            return _out_of_range(given, _BOUNDS[kind], context[_BOUNDS[kind]])
        case _ if kind.startswith("int_"):
            return f"{given!r} is not a whole number", "Write digits only, like 12."
        case _ if kind.startswith("decimal_") or kind == "finite_number":
            return f"{given!r} is not a number", _number(given)
        case _ if kind.startswith("date_"):
            return f"{given!r} is not a day", "Write it like 2026-12-24."
        case _:
            return in_two(detail["msg"])


def _not_among(given: str, expected: str) -> tuple[str, str]:
    names = [single or double for single, double in re.findall(r"""'([^']+)'|"([^"]+)\"""", expected)]
    marks = any(not name.isidentifier() for name in names)
    words = ", ".join(repr(name) if marks else name for name in names)
    near = difflib.get_close_matches(given.casefold(), names, n=1) if len(names) > 4 else []
    return f"{given!r} is not one of {words}", f"Did you mean {near[0]}?" if near else "Write one of these."


def _length(context: dict[str, Any]) -> str:
    if context.get("max_length") == 1 or context.get("min_length") == 1:
        return (
            'Write one character; a tab is "\\t" in double quotes.'
            if "max_length" in context
            else "Write at least one."
        )
    return f"Write {context.get('min_length', context.get('max_length'))} characters."


def _out_of_range(given: str, bound: str, limit: Any) -> tuple[str, str]:
    value = f"{limit:,}"
    told_bound = {
        "ge": f"{value} or more",
        "gt": f"more than {value}",
        "le": f"{value} or less",
        "lt": f"less than {value}",
    }
    share = " Shares are between 0 and 1: 0.4 is 40 %." if bound == "le" and limit == 1 else ""
    too = "too small" if bound in ("ge", "gt") else "too large"
    return f"{given!r} is {too}", f"Write {told_bound[bound]}.{share}"


def _number(given: str) -> str:
    if given.endswith("%"):
        return "Write the number alone; where a share is asked for, 0.4 is 40 %."
    return "Write digits with a point before the decimals and no other mark, like 1250.50."


def _model_at(path: Path, model: type[BaseModel]) -> type[BaseModel] | None:
    """The section of the schema that a path leads to."""
    at: Any = model
    for part in path:
        if isinstance(at, type) and issubclass(at, BaseModel):
            field = at.model_fields.get(str(part))
            at = field.annotation if field is not None else None
            at = at if get_origin(at) is dict else _model_in(at)
        else:
            at = _model_in(at)
    return at if isinstance(at, type) and issubclass(at, BaseModel) else None


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The section inside ``dict[Name, Section]`` or ``Section | None``."""
    options = (annotation, *reversed(get_args(annotation)))
    return next((one for one in options if isinstance(one, type) and issubclass(one, BaseModel)), None)
