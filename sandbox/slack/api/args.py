"""The arguments of one Web API call, whatever way they came: query, form or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from sandbox.slack.errors import ApiError
from sandbox.slack.model import Json


@dataclass(frozen=True, slots=True)
class Args:
    """Arguments by name; the getters raise ApiError `invalid_arguments` with Slack's wording."""

    values: Mapping[str, object]

    def has(self, name: str) -> bool:
        """Whether it was given, even as an empty list."""
        return self.values.get(name) is not None

    def text(self, name: str) -> str | None:
        """A string, or None when absent or empty."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ApiError("invalid_arguments", f"[ERROR] must be a string [json-pointer:/{name}]")
        return str(value)

    def required(self, name: str) -> str:
        """A string that must be there."""
        value = self.text(name)
        if value is None:
            raise ApiError("invalid_arguments", f"[ERROR] missing required field: {name}")
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number between `low` and `high`."""
        value = self.text(name)
        if value is None:
            return default
        if not value.lstrip("-").isdigit():
            raise ApiError("invalid_arguments", f"[ERROR] must be an integer [json-pointer:/{name}]")
        if not low <= int(value) <= high:
            message = f"[ERROR] must be between {low} and {high} [json-pointer:/{name}]"
            raise ApiError("invalid_arguments", message)
        return int(value)

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean, in any of the spellings that forms use."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        return str(value).lower() in ("1", "true")

    def json(self, name: str, otherwise: str = "invalid_arguments") -> object:
        """A JSON value, given as such or as its text; None when absent."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            parsed: object = json.loads(value)
        except ValueError:
            raise ApiError(otherwise, f"[ERROR] must be valid JSON [json-pointer:/{name}]") from None
        return parsed

    def names(self, name: str) -> list[str]:
        """A comma-separated list, or a JSON array, of strings."""
        value = self.values.get(name)
        if isinstance(value, list):
            return [str(v) for v in value]
        return [part.strip() for part in str(value or "").split(",") if part.strip()]


async def read_args(request: web.Request) -> Args:
    """All arguments of a request; the body wins over the query. Raises ApiError for a body that cannot be read."""
    values: Json = dict(request.query)
    if request.content_type == "application/json":
        body = await request.text()
        if body:
            try:
                parsed = json.loads(body)
            except ValueError:
                raise ApiError("invalid_json") from None
            if not isinstance(parsed, dict):
                raise ApiError("json_not_object")
            values |= parsed
    elif request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        values |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    elif request.can_read_body and await request.read():
        raise ApiError("invalid_post_type")
    return Args(values)
