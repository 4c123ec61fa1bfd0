"""The subset of the schema that the stand-in speaks is the platform's own."""

from __future__ import annotations

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    is_required_argument,
    is_required_input_field,
    parse,
    validate,
)
from graphql.utilities.print_schema import print_input_value
from shopify_client import CONTRACTS

from sandbox.shopify.api.schema import build

ADMIN = CONTRACTS / "admin-2026-10.graphql"
STOREFRONTS = CONTRACTS.parent / "storefronts.md"


@pytest.fixture(scope="module")
def real() -> GraphQLSchema:
    if not ADMIN.exists():
        pytest.skip(f"NOT CHECKED: the platform's schema {ADMIN.name} is not here")
    return build_schema(ADMIN.read_text(), assume_valid=True)


def _differences(own: GraphQLSchema, real: GraphQLSchema) -> list[str]:
    found: list[str] = []
    for name, kind in own.type_map.items():
        if name.startswith("__"):
            continue
        other = real.type_map.get(name)
        if other is None or type(other) is not type(kind):
            found.append(f"{name} is {other!r} there")
        elif isinstance(kind, GraphQLEnumType):
            found += [f"{name}.{value}" for value in kind.values if value not in other.values]
        elif isinstance(kind, GraphQLInputObjectType):
            found += _input_differences(name, kind, other)
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            found += _field_differences(name, kind, other)
    return found


def _input_differences(name: str, kind: GraphQLInputObjectType, other: GraphQLInputObjectType) -> list[str]:
    found = [f"{name} lacks required {key}" for key, field in other.fields.items()
             if is_required_input_field(field) and key not in kind.fields]  # fmt: skip
    for key, field in kind.fields.items():
        if key not in other.fields or str(other.fields[key].type) != str(field.type):
            found.append(f"{name}.{key}: {field.type}")
    return found


def _field_differences(
    name: str, kind: GraphQLObjectType | GraphQLInterfaceType, other: GraphQLObjectType | GraphQLInterfaceType
) -> list[str]:
    missing = {one.name for one in kind.interfaces} - {one.name for one in other.interfaces}
    found = [f"{name} implements {one}" for one in missing]
    for key, field in kind.fields.items():
        theirs = other.fields.get(key)
        if theirs is None or str(theirs.type) != str(field.type):
            found.append(f"{name}.{key}: {field.type}, there {None if theirs is None else theirs.type}")
            continue
        for argument, definition in field.args.items():
            known = theirs.args.get(argument)
            if known is None or print_input_value("x", known) != print_input_value("x", definition):
                found.append(f"{name}.{key}({argument}: {definition.type})")
        found += [f"{name}.{key} lacks required {one}" for one, definition in theirs.args.items()
                  if is_required_argument(definition) and one not in field.args]  # fmt: skip
    return found


def test_every_type_field_argument_and_value_is_the_platforms(real: GraphQLSchema) -> None:
    own = build()
    assert _differences(own, real) == []
    theirs = real.get_directive("idempotent")
    ours = own.get_directive("idempotent")
    assert theirs is not None
    assert ours is not None
    assert (ours.locations, {k: str(v.type) for k, v in ours.args.items()}) == (
        theirs.locations,
        {k: str(v.type) for k, v in theirs.args.items()},
    )


def test_a_difference_would_be_seen(real: GraphQLSchema) -> None:
    """The check above can fail: each kind of drift is named."""
    drifted = build_schema(
        "type QueryRoot { shop: Shop location(id: ID!): Location invented: Int } type Shop { name: String! }"
        "type Location { id: ID! } schema { query: QueryRoot } enum ProductStatus { SOLD }"
    )
    names = "\n".join(_differences(drifted, real))
    for drift in ("QueryRoot.shop", "QueryRoot.location(id", "QueryRoot.invented", "ProductStatus.SOLD"):
        assert drift in names


def test_every_admin_document_of_the_contract_validates_here() -> None:
    if not STOREFRONTS.exists():
        pytest.skip("NOT CHECKED: the contract's documents are not here")
    blocks = STOREFRONTS.read_text().split("```graphql\n# admin\n")[1:]
    documents = [block.split("```")[0] for block in blocks]
    assert len(documents) >= 12
    for document in documents:
        assert validate(build(), parse(document)) == [], document
