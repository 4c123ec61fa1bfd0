"""The document that describes the events API is valid, complete, and says what the endpoint does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import ClientSession, web
from events_client import Client
from events_in_sqlite import a_body, an_event
from jsonschema import Draft202012Validator

from bot.web.event_answers import EventsAnswer
from bot.web.openapi import openapi_document, openapi_route
from bot.web.problems import TITLES
from sync.connectors.events_api.models import EVENT


def operation() -> dict[str, Any]:
    found: dict[str, Any] = openapi_document()["paths"]["/api/v1/events"]["post"]
    return found


def schemas() -> dict[str, Any]:
    found: dict[str, Any] = openapi_document()["components"]["schemas"]
    return found


def validator(name: str) -> Draft202012Validator:
    """Validates against one schema of the document, with its references."""
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas()}})


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


async def test_the_document_is_served_as_json() -> None:
    app = web.Application()
    app.add_routes([openapi_route()])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with (
            ClientSession() as session,
            session.get(f"http://127.0.0.1:{runner.addresses[0][1]}/api/v1/openapi.json") as answer,
        ):
            assert (answer.status, answer.content_type) == (200, "application/json")
            assert await answer.json() == openapi_document()
    finally:
        await runner.cleanup()


def test_it_is_openapi_3_1_and_every_reference_leads_somewhere() -> None:
    document = openapi_document()
    assert document["openapi"].startswith("3.1.")
    assert {"title", "version"} <= document["info"].keys()
    assert {reference.rpartition("/")[2] for reference in references(document)} <= schemas().keys()


def test_every_schema_is_json_schema() -> None:
    for schema in schemas().values():
        Draft202012Validator.check_schema(schema)


def test_every_event_type_has_its_schema() -> None:
    types = {
        schema["properties"]["type"]["const"]
        for schema in schemas().values()
        if "occurred_at" in schema.get("properties", {})
    }
    assert types == {
        "stock.counted",
        "level.seen",
        "stock.changed",
        "stock.received",
        "stock.transferred",
        "return.received",
        "order.line",
        "order.cancelled",
        "order.shipped",
        "order.acknowledged",
        "stock.acknowledged",
        "catalog.recipe",
    }


def test_every_error_answer_is_listed_with_its_problems() -> None:
    answers = operation()["responses"]
    listed = {
        (int(status), problem.removeprefix("/problems/"))
        for status, answer in answers.items()
        if "application/problem+json" in answer["content"]
        for problem in answer["content"]["application/problem+json"]["schema"]["properties"]["type"]["enum"]
    }
    assert listed == {(status, slug) for slug, (status, _) in TITLES.items()}
    assert {"200", "207"} <= answers.keys()


def test_the_example_is_a_batch_that_is_taken() -> None:
    example = operation()["requestBody"]["content"]["application/json"]["example"]
    assert validator("EventBatch").is_valid(example)
    for event in example["events"]:
        EVENT.validate_python(event)


@pytest.mark.parametrize(
    ("event", "fits"),
    [
        (an_event(), True),
        (an_event(on_hand="11"), False),
        (an_event(on_hand=10**9 + 1), False),
        (an_event(colour="red"), False),
        (an_event(id="é"), False),
        (an_event(type="stock.changed", on_hand=..., on_hand_delta=0), False),
        (an_event(type="stock.transferred", on_hand=..., on_hand_delta=-4, to_location="WH2"), True),
        (an_event(type="stock.transferred", on_hand=..., on_hand_delta=4, to_location="WH2"), False),
    ],
)
def test_the_schema_judges_as_the_endpoint_does(event: dict[str, Any], fits: bool) -> None:
    assert validator("EventBatch").is_valid({"events": [event]}) is fits
    try:
        EVENT.validate_python(event)
        taken = True
    except ValueError:
        taken = False
    assert taken is fits


async def test_answers_and_problems_are_as_described(client: Client) -> None:
    answer = await client.post(a_body(an_event(), an_event(id="2", sku="NOPE"), an_event(id="3", on_hand=True)))
    assert validator("EventsAnswer").is_valid(answer.json)
    assert EventsAnswer.model_validate_json(answer.body).summary.kept == 1
    problem = await client.post(b"{", key="k-2")
    assert validator("ProblemBody").is_valid(problem.json)
