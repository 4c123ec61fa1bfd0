"""Variables are checked as the platform does it: one error per variable, listing every problem inside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    OperationDefinitionNode,
    StringValueNode,
    ValidationRule,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
    is_scalar_type,
    print_ast,
    type_from_ast,
)

Path = tuple[str | int, ...]
_GLOBAL_ID = re.compile(r"^gid://shopify/[A-Za-z]+/\S+$")


@dataclass(frozen=True, slots=True)
class Problem:
    path: Path
    explanation: str

    def shown(self) -> dict[str, object]:
        """As in ``extensions.problems``; a bad id is explained twice, as recorded."""
        plain: dict[str, object] = {"path": list(self.path), "explanation": self.explanation}
        bad_id = self.explanation.startswith("Invalid global id")
        return plain | {"message": self.explanation} if bad_id else plain


class LiteralIds(ValidationRule):
    """Refuses an id written into the document that is no global id."""

    def enter_string_value(self, node: StringValueNode, *_: object) -> None:
        kind = self.context.get_input_type()
        if kind is not None and get_named_type(kind).name == "ID" and not _GLOBAL_ID.match(node.value):
            more = {"code": "argumentLiteralsIncompatible", "typeName": "CoercionError"}
            self.report_error(GraphQLError(f"Invalid global id '{node.value}'", nodes=node, extensions=more))


def variable_errors(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, object]
) -> list[GraphQLError]:
    """One error for each variable that does not fit its declared type."""
    errors: list[GraphQLError] = []
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        kind = type_from_ast(schema, definition.type)
        if kind is None or (name not in variables and definition.default_value is not None):
            continue
        value = variables.get(name)
        if value is None and not is_non_null_type(kind):
            continue
        found = list(_problems(kind, value, ()))  # type: ignore[arg-type]
        if not found:
            continue
        listed = ", ".join(f"{'.'.join(map(str, one.path))} ({one.explanation})" for one in found if one.path)
        tail = f" for {listed}" if listed else ""
        errors.append(
            GraphQLError(
                f"Variable ${name} of type {print_ast(definition.type)} was provided invalid value{tail}",
                nodes=definition,
                extensions={
                    "code": "INVALID_VARIABLE",
                    "value": value,
                    "problems": [one.shown() for one in found],
                },
            )
        )
    return errors


def _problems(kind: GraphQLInputType, value: object, path: Path) -> Iterator[Problem]:
    if is_non_null_type(kind):
        if value is None:
            yield Problem(path, "Expected value to not be null")
            return
        kind = kind.of_type
    if value is None:
        return
    if is_list_type(kind):
        for index, row in enumerate(value if isinstance(value, list) else [value]):
            yield from _problems(kind.of_type, row, (*path, index))
    elif is_input_object_type(kind):
        if not isinstance(value, dict):
            yield Problem(path, f"Expected {value!r} to be a key-value object.")
            return
        for key in value:
            if key not in kind.fields:
                yield Problem((*path, key), f"Field is not defined on {kind.name}")
        for key, field in kind.fields.items():
            if key in value or is_required_input_field(field):
                yield from _problems(field.type, value.get(key), (*path, key))
    elif is_enum_type(kind):
        if value not in kind.values:
            yield Problem(path, f'Expected "{value}" to be one of: {", ".join(kind.values)}')
    elif is_scalar_type(kind):
        yield from _scalar_problems(kind.name, value, path)


def _scalar_problems(name: str, value: object, path: Path) -> Iterator[Problem]:
    if name == "ID" and not (isinstance(value, str) and _GLOBAL_ID.match(value)):
        yield Problem(path, f"Invalid global id '{value}'")
    fits = {
        "Int": isinstance(value, int) and not isinstance(value, bool) and -(2**31) <= value < 2**31,
        "Boolean": isinstance(value, bool),
        "String": isinstance(value, str),
    }
    if not fits.get(name, True):
        yield Problem(path, f"Could not coerce value {value!r} to {name}")
