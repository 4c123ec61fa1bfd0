"""Reading ``policy.yml``: every fault with its line, in words of the business, and how to mend it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sync.errors import BadInput
from sync.policy.schema import Policy

Path = tuple[str | int, ...]
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where, what, and how to mend it."""

    line: int
    column: int
    path: str
    message: str


class PolicyFaulty(BadInput):
    """The policy cannot be taken; each fault names its line and its mend. The last good policy stays in force."""

    def __init__(self, source: str, faults: list[Fault]) -> None:
        self.faults = sorted(faults, key=lambda fault: (fault.line, fault.column, fault.path))
        told = [
            f"{source}:{fault.line}: {fault.path + ': ' if fault.path else ''}{fault.message}" for fault in self.faults
        ]
        super().__init__("\n".join(told))


class _Loader(yaml.SafeLoader):
    """YAML with exact decimals, text where text is meant, and no key twice."""


def _decimal(loader: _Loader, node: yaml.Node) -> Decimal:
    return Decimal(str(loader.construct_scalar(node)).replace("_", ""))  # type: ignore[arg-type]


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: set[Hashable] = set()
    for key, _ in node.value:
        name = loader.construct_object(key)
        if name in seen:
            raise yaml.constructor.ConstructorError(None, None, f"{name!r} stands here twice; keep one", key.start_mark)
        seen.add(name)
    loader.flatten_mapping(node)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:float", _decimal)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
# Dates stay text, and 12:30 stays a time instead of turning into the number 750.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] not in ("timestamp", "int")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(0|[1-9][0-9_]*)$"), list("-+0123456789"))


def read_policy(text: str, source: str = "policy.yml") -> Policy:
    """The policy in ``text``. Raises PolicyFaulty with every fault found."""
    root, document = _parsed(text, source)
    if not isinstance(document, dict):
        raise PolicyFaulty(
            source, [Fault(1, 1, "", "A policy is a list of sections such as `systems:` and `queues:`.")]
        )
    lines = dict(_marks(root))
    try:
        return Policy.model_validate(document)
    except ValidationError as error:
        raise PolicyFaulty(source, list(_faults(error, lines))) from error


def _parsed(text: str, source: str) -> tuple[yaml.Node | None, Any]:
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            return root, loader.construct_document(root) if root is not None else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = f"{error.problem or error.context}. Check the indentation and the colons near this line."
        raise PolicyFaulty(source, [Fault(line, column, "", message)]) from error


def _marks(node: yaml.Node | None, path: Path = ()) -> Iterator[tuple[Path, tuple[int, int]]]:
    """Where each value stands, by its path: (line, column) from 1; for a mapping's entry, where its key stands."""
    if node is None:
        return
    if not path:
        yield path, (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = str(key.value)
            yield (*path, name), (key.start_mark.line + 1, key.start_mark.column + 1)
            yield from _marks(value, (*path, name))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield (*path, index), (value.start_mark.line + 1, value.start_mark.column + 1)
            yield from _marks(value, (*path, index))


def _faults(error: ValidationError, lines: Mapping[Path, tuple[int, int]]) -> Iterator[Fault]:
    for detail in error.errors():
        path = tuple(part for part in detail["loc"] if part != "[key]")
        if not path and detail["type"] == "value_error":
            yield from _contradictions(detail, lines)
            continue
        line, column = _place(path, lines)
        yield Fault(line, column, ".".join(str(part) for part in path), _told(detail, path))


def _contradictions(detail: ErrorDetails, lines: Mapping[Path, tuple[int, int]]) -> Iterator[Fault]:
    """Sections that contradict each other: all of them, each at the line its path begins with."""
    for problem in str(detail["ctx"]["error"]).splitlines():
        where, _, _ = problem.partition(":")
        line, column = _place(tuple(where.split(".")), lines)
        yield Fault(line, column, "", problem)


def _place(path: Path, lines: Mapping[Path, tuple[int, int]]) -> tuple[int, int]:
    """The nearest known place at or above a path."""
    for length in range(len(path), -1, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return (1, 1)


def _told(detail: ErrorDetails, path: Path) -> str:
    given, kind, context = detail["input"], detail["type"], detail.get("ctx", {})
    match kind:
        case "missing":
            return "is missing. Add it."
        case "extra_forbidden":
            return f"there is no such setting.{_nearest(path)}"
        case "enum" | "literal_error":
            return f"{given!r} is not one of {context.get('expected')}. Write one of these."
        case "value_error":
            return f"{context.get('error')}"
        case "string_pattern_mismatch":
            return f"{given!r} does not fit; write it like {_example(str(context.get('pattern')))}."
        case "int_type" | "int_parsing" | "int_from_float":
            return f"{given!r} is not a whole number."
        case "decimal_type" | "decimal_parsing":
            return f"{given!r} is not a number."
        case "greater_than_equal" | "greater_than" | "less_than_equal" | "less_than":
            return f"{given!r} is out of range: {detail['msg'].removeprefix('Input should be ')} is wanted."
        case "too_short":
            return "needs at least one entry."
        case "string_type":
            return f"{given!r} is read as a {type(given).__name__}; put quotes around it."
        case "dict_type" | "model_type" | "model_attributes_type":
            return f"needs settings below it, indented by two spaces, not {given!r}."
        case "tuple_type" | "list_type":
            return f"needs a list such as [a, b], not {given!r}."
        case _:
            return f"{detail['msg']}."


def _example(pattern: str) -> str:
    return {"^[A-Z]{3}$": "USD", r"^([01]\d|2[0-3]):[0-5]\d$": "08:00"}.get(
        pattern, "shopify-us (small letters, digits, hyphens)"
    )


def _nearest(path: Path) -> str:
    """A did-you-mean among the settings that exist where this one stands."""
    model: Any = Policy
    for part in path[:-1]:
        model = _below(model, part)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return ""
    near = difflib.get_close_matches(str(path[-1]), list(model.model_fields), n=1)
    return f" Did you mean {near[0]!r}?" if near else f" Known here: {', '.join(model.model_fields)}."


def _below(model: Any, part: str | int) -> Any:
    """The schema one step down: a field's own model, or the value model of a mapping or of an optional section."""
    if isinstance(model, type) and issubclass(model, BaseModel):
        field = model.model_fields.get(str(part))
        found = field.annotation if field is not None else None
        return _model_in(found) if get_origin(found) is not dict else found
    return _model_in(model)


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    models = (one for one in reversed(get_args(annotation)) if isinstance(one, type) and issubclass(one, BaseModel))
    return next(models, None)


def fill(text: str, environment: Mapping[str, str], source: str = "policy.yml") -> str:
    """The text with each ``${NAME}`` replaced from the environment. Raises PolicyFaulty naming the line of an unknown one."""
    missing: list[Fault] = []

    def value(match: re.Match[str]) -> str:
        found = environment.get(match[1])
        if found is None:
            line = text.count("\n", 0, match.start()) + 1
            message = f"the environment has no {match[1]}. Set it, or write the value here."
            missing.append(Fault(line, match.start() - text.rfind("\n", 0, match.start()), "", message))
            return match[0]
        return found

    filled = _VARIABLE.sub(value, text)
    if missing:
        raise PolicyFaulty(source, missing)
    return filled
