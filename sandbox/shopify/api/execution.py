"""From the bytes of a GraphQL request to the answer, without the network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    execute,
    get_directive_values,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)
from graphql.execution.values import VariableValues, get_variable_values

from sandbox.shopify.api.context import Context
from sandbox.shopify.api.schema import build
from sandbox.shopify.api.variables import LiteralIds, variable_errors
from sandbox.shopify.shop import Json
from sandbox.shopify.throttle import Pricing


class NotGraphQL(ValueError):
    """The request body is no JSON object with a ``query``."""


@dataclass(frozen=True, slots=True)
class Request:
    """A parsed request. ``errors`` are those found before anything runs; then ``operation`` may be None."""

    query: str
    variables: Mapping[str, object]
    operation_name: str | None
    document: DocumentNode | None
    operation: OperationDefinitionNode | None
    errors: list[GraphQLError]

    @property
    def name(self) -> str:
        if self.operation is not None and self.operation.name is not None:
            return self.operation.name.value
        return self.operation_name or ""

    @property
    def root_fields(self) -> tuple[str, ...]:
        if self.operation is None:
            return ()
        return tuple(one.name.value for one in self.operation.selection_set.selections if isinstance(one, FieldNode))

    @property
    def is_mutation(self) -> bool:
        return self.operation is not None and self.operation.operation is OperationType.MUTATION


@lru_cache(maxsize=1)
def schema() -> GraphQLSchema:
    """The one schema all stand-ins of this process share; records come with the context."""
    return build()


@lru_cache(maxsize=512)
def _checked(query: str) -> tuple[DocumentNode | None, tuple[GraphQLError, ...]]:
    try:
        document = parse(query)
    except GraphQLError as broken:
        return None, (broken,)
    return document, tuple(validate(schema(), document, (*specified_rules, LiteralIds)))


def read(raw: bytes) -> Request:
    """Parse and validate a request body. Raises NotGraphQL when it is none."""
    try:
        body = json.loads(raw)
    except ValueError as broken:
        raise NotGraphQL(f"the body is no JSON: {broken}") from broken
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        raise NotGraphQL("the body must be a JSON object with a query")
    variables = body.get("variables") or {}
    if not isinstance(variables, dict):
        raise NotGraphQL("variables must be a JSON object")
    name = body.get("operationName") or None
    document, found = _checked(body["query"])
    operation = None if document is None else get_operation_ast(document, name)
    errors = [_shaped(one) for one in found]
    if not errors and operation is None:
        errors = [GraphQLError("An operation name is required", extensions={"code": "BAD_REQUEST"})]
    if not errors and operation is not None:
        errors = variable_errors(schema(), operation, variables)
    return Request(body["query"], variables, name, document, operation, errors)


_UNKNOWN_FIELD = "Cannot query field '"


def _shaped(error: GraphQLError) -> GraphQLError:
    """The platform's words for the one validation error that version drift causes."""
    if not error.message.startswith(_UNKNOWN_FIELD):
        return error
    parts = error.message.split("'")
    field, kind = parts[1], parts[3]
    return GraphQLError(
        f"Field '{field}' doesn't exist on type '{kind}'",
        nodes=error.nodes,
        extensions={"code": "undefinedField", "typeName": kind, "fieldName": field},
    )


def pricing(request: Request) -> tuple[Pricing, OperationDefinitionNode]:
    """The price list of a request that may run."""
    if request.document is None or request.operation is None:
        raise ValueError("a request with errors has no price")
    return Pricing(schema(), request.document, request.variables), request.operation


def run(request: Request, context: Context) -> ExecutionResult:
    """Execute on the shop's records; synchronous, so nothing else happens meanwhile."""
    if request.document is None:
        raise ValueError("a request with errors cannot run")
    result = execute(
        schema(),
        request.document,
        context_value=context,
        variable_values=dict(request.variables),
        operation_name=request.operation_name,
    )
    if not isinstance(result, ExecutionResult):
        raise TypeError("a resolver returned something to await; resolvers of the stand-in are synchronous")
    return result


def run_bulk(document: DocumentNode, context: Context) -> Json:
    """Execute a bulk operation's query with all rows in one page. Raises its first error."""
    result = execute(schema(), document, context_value=context)
    if not isinstance(result, ExecutionResult):
        raise TypeError("a resolver returned something to await; resolvers of the stand-in are synchronous")
    if result.errors:
        raise result.errors[0]
    return dict(result.data or {})


def idempotency_keys(request: Request) -> set[str]:
    """The keys on the root fields of a mutation."""
    directive = schema().get_directive("idempotent")
    keys: set[str] = set()
    if directive is None or request.operation is None or not request.is_mutation:
        return keys
    values = get_variable_values(schema(), request.operation.variable_definitions or (), dict(request.variables))
    if not isinstance(values, VariableValues):
        return keys
    for node in request.operation.selection_set.selections:
        found = get_directive_values(directive, node, values)
        if found is not None:
            keys.add(str(found["key"]))
    return keys
