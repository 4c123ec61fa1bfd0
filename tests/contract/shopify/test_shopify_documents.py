"""Every document we send fits the platform's own schema, and the stand-in's."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate

from sandbox.shopify.api.execution import schema as stand_in_schema
from sync.connectors.shopify.documents import document, names

CONTRACT = Path(__file__).resolve().parents[4] / "shared" / "contracts" / "shopify" / "admin-2026-10.graphql"


@cache
def platform_schema() -> GraphQLSchema:
    return build_schema(CONTRACT.read_text(), assume_valid=True)


@pytest.mark.parametrize("name", names())
def test_a_document_fits_the_platforms_schema(name: str) -> None:
    if not CONTRACT.exists():
        pytest.skip("NOT CHECKED: the platform's schema is not beside this repository")
    assert validate(platform_schema(), parse(document(name).text)) == []


@pytest.mark.parametrize("name", names())
def test_a_document_fits_the_stand_ins_schema(name: str) -> None:
    assert validate(stand_in_schema(), parse(document(name).text)) == []


@pytest.mark.parametrize("name", names())
def test_a_document_holds_one_operation_that_bears_its_name(name: str) -> None:
    operations = [one for one in parse(document(name).text).definitions if isinstance(one, OperationDefinitionNode)]
    assert [one.name.value for one in operations if one.name] == [name]
    assert document(name).mutation is (operations[0].operation.value == "mutation")


def test_no_document_asks_for_people() -> None:
    forbidden = ("customer", "email", "phone", "Address", "firstName", "lastName", "note", "tags")
    for name in names():
        for word in forbidden:
            assert word not in document(name).text, name
