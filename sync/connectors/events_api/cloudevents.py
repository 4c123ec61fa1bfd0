"""CloudEvents 1.0.2 to our events: structured, batched and binary (attributes in ``ce-`` headers)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field

from sync.connectors.events_api.facts import Unfit
from sync.connectors.events_api.strict_json import Json
from sync.model.ids import SystemId

PREFIX = "countersign."
_ATTRIBUTES = {"id": "id", "type": "type", "time": "occurred_at"}
_OWN = ("id", "type", "occurred_at", "sequence")


class CloudEvent(BaseModel):
    """A CloudEvent in structured mode, as it is documented; :func:`from_cloud_event` reads it. Extensions may be beside."""

    model_config = ConfigDict(extra="allow", frozen=True)

    specversion: Literal["1.0"]
    id: Annotated[str, Field(pattern=r"^[ -~]{1,255}$")]
    source: Annotated[str, Field(description="The system of the credential, or a URI that ends in /<system>.")]
    type: Annotated[str, Field(description="An event type; a prefix countersign. is dropped.")]
    time: Annotated[
        str, Field(description="When it happened: required here.", json_schema_extra={"format": "date-time"})
    ]
    subject: Annotated[str | None, Field(description="sku@location, when data has no sku.")] = None
    sequence: int | str | None = None
    data: Annotated[dict[str, Any], Field(description="The remaining fields of the event.")]


def attributes_of(headers: Mapping[str, str]) -> dict[str, str]:
    """The attributes of binary mode by name; ``headers`` have lower-case names."""
    return {name[3:]: unquote(value) for name, value in headers.items() if name.startswith("ce-")}


def from_cloud_event(event: Mapping[str, Json], system: SystemId) -> dict[str, Json]:
    """Our event out of a CloudEvent. Raises Unfit naming the attribute that does not fit."""
    if event.get("specversion") != "1.0":
        raise Unfit("specversion", "specversion must be 1.0")
    _check_source(event.get("source"), system)
    if "data_base64" in event:
        raise Unfit("data_base64", "send data as JSON, not data_base64")
    data = event.get("data", {})
    if not isinstance(data, dict):
        raise Unfit("data", "data must be an object with the fields of the event")
    taken = next((name for name in _OWN if name in data), None)
    if taken is not None:
        raise Unfit("data", f"{taken} belongs into the CloudEvent's own attributes")
    ours: dict[str, Json] = dict(data)
    for theirs, name in _ATTRIBUTES.items():
        if theirs in event:
            ours[name] = event[theirs]
    kind = ours.get("type")
    if isinstance(kind, str):
        ours["type"] = kind.removeprefix(PREFIX)
    if "sequence" in event:
        ours["sequence"] = _sequence(event["sequence"])
    _read_subject(event.get("subject"), ours)
    return ours


def attribute_for(field: str) -> str:
    """Where a field of ours stands in a structured CloudEvent, as a JSON pointer without its first slash."""
    theirs = {ours: attribute for attribute, ours in _ATTRIBUTES.items()}
    attributes = {*_ATTRIBUTES, "sequence", "specversion", "source", "subject", "data", "data_base64", ""}
    return theirs.get(field) or (field if field in attributes else f"data/{field}")


def _check_source(source: Json, system: SystemId) -> None:
    """``source`` names the system itself, or is a URI whose last part does."""
    if not isinstance(source, str) or source.rstrip("/").rpartition("/")[2] != system:
        raise Unfit("source", f"source must name the credential's system: {system}, or a URI that ends in /{system}")


def _sequence(value: Json) -> Json:
    """The CloudEvents extension is a string by its own specification; ours is an integer."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19:
        return int(value)
    return value


def _read_subject(subject: Json, ours: dict[str, Json]) -> None:
    if not isinstance(subject, str) or "sku" in ours:
        return
    sku, _, location = subject.rpartition("@")
    ours["sku"] = sku or location
    if sku and "location" not in ours:
        ours["location"] = location
