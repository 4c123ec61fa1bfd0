"""The OpenAPI 3.1 document of the events API, built from the models that read requests and write answers."""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import version
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from bot.web.event_answers import EventsAnswer
from bot.web.event_requests import MOST_ON_WIRE, MOST_UNPACKED
from bot.web.events import PATH as EVENTS_PATH
from bot.web.problems import PROBLEM_JSON, TITLES, ProblemBody
from sync.connectors.events_api.batch import MOST_EVENTS, Shape
from sync.connectors.events_api.cloudevents import CloudEvent
from sync.connectors.events_api.models import EventBatch

PATH = "/api/v1/openapi.json"

_ABOUT = f"""Tell Countersign what happened to stock and orders.

Every event is recorded once by its own `id`, whatever the order and however often it is sent; a bad event does not stop its
neighbours. Send at most {MOST_EVENTS} events and {MOST_ON_WIRE // 1024} KiB per request ({MOST_UNPACKED // 1024} KiB unpacked).

After 409, 429, 500, 503, a time-out or a lost connection send the same bytes again under the same Idempotency-Key, waiting
longer each time. After 400, 401, 403, 405, 413, 415 and 422 do not repeat unchanged. After 200 and 207 you are done: read
`results`. Counts are whole numbers: `2.0` is refused."""

_EXAMPLE = {
    "events": [
        {
            "id": "wms-88121",
            "type": "stock.counted",
            "occurred_at": "2026-11-24T02:00:00-05:00",
            "sku": "RE-130",
            "location": "WH1",
            "on_hand": 11,
            "reserved": 1,
        }
    ]
}


def openapi_route() -> web.RouteDef:
    """``GET /api/v1/openapi.json``; open to everybody, since it holds nothing of the shop."""
    return web.get(PATH, _serve)


@cache
def openapi_document() -> dict[str, Any]:
    """The whole document (JSON, OpenAPI 3.1)."""
    models: list[type[BaseModel]] = [EventBatch, CloudEvent, EventsAnswer, ProblemBody]
    _, definitions = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Countersign events", "version": version("countersign"), "description": _ABOUT},
        "paths": {EVENTS_PATH: {"post": _operation()}},
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "webhookSignature": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "webhook-signature",
                    "description": "Standard Webhooks: with webhook-id and webhook-timestamp, over id.timestamp.body.",
                },
            },
        },
    }


def _operation() -> dict[str, Any]:
    return {
        "operationId": "postEvents",
        "summary": "Record events",
        "security": [{"bearer": []}, {"webhookSignature": []}],
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "Required with a bearer token; the same for every try of one request. "
                "A signed request uses its webhook-id.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                Shape.OURS.value: {"schema": _ref("EventBatch"), "example": _EXAMPLE},
                Shape.CLOUD_EVENT.value: {"schema": _ref("CloudEvent")},
                Shape.CLOUD_EVENTS.value: {
                    "schema": {
                        "type": "array",
                        "items": _ref("CloudEvent"),
                        "minItems": 1,
                        "maxItems": MOST_EVENTS,
                    }
                },
            },
        },
        "responses": {
            "200": _recorded("Every event is recorded, now or before."),
            "207": _recorded("Some events were kept, conflict or are invalid: read `results`."),
            **_refusals(),
        },
    }


def _recorded(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "headers": {
            "X-Request-Id": {"schema": {"type": "string"}},
            "Idempotent-Replayed": {
                "description": "`true` when this is the stored answer of the first request with the key.",
                "schema": {"type": "string", "const": "true"},
            },
        },
        "content": {"application/json": {"schema": _ref("EventsAnswer")}},
    }


def _refusals() -> dict[str, Any]:
    """Every whole-request error, by status."""
    by_status: dict[int, list[str]] = {}
    for slug, (status, _) in TITLES.items():
        by_status.setdefault(status, []).append(slug)
    return {
        str(status): {
            "description": "; ".join(f"`{slug}`: {TITLES[slug][1]}" for slug in slugs),
            "headers": _headers(status),
            "content": {
                PROBLEM_JSON: {
                    "schema": {
                        "allOf": [_ref("ProblemBody")],
                        "properties": {"type": {"enum": [f"/problems/{slug}" for slug in slugs]}},
                    }
                }
            },
        }
        for status, slugs in sorted(by_status.items())
    }


def _headers(status: int) -> dict[str, Any]:
    named = {401: "WWW-Authenticate", 405: "Allow", 409: "Retry-After", 429: "Retry-After", 503: "Retry-After"}
    headers = ["X-Request-Id", *([named[status]] if status in named else [])]
    return {name: {"schema": {"type": "string"}} for name in headers}


def _ref(model: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model}"}


async def _serve(_request: web.Request) -> web.Response:
    return web.Response(body=json.dumps(openapi_document(), indent=1).encode(), content_type="application/json")
