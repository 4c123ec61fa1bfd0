"""One request body to items: each event alone, its facts or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pydantic import ValidationError

from sync.connectors.base import Parsed, Problem
from sync.connectors.events_api.cloudevents import attribute_for, attributes_of, from_cloud_event
from sync.connectors.events_api.facts import Meaning, Unfit, meaning_of
from sync.connectors.events_api.models import EVENT
from sync.connectors.events_api.sender import Sender
from sync.connectors.events_api.strict_json import Json, NumberText, read_json, write_json
from sync.errors import BadInput
from sync.model.facts import FactDraft, FactKind

MOST_EVENTS = 1000
MOST_EVENT_BYTES = 64 * 1024
_CUT = 500


class InvalidRequest(BadInput):
    """The body is JSON, but no batch of events. ``pointer`` (RFC 6901) says where."""

    def __init__(self, why: str, pointer: str) -> None:
        super().__init__(why)
        self.pointer = pointer


class Shape(Enum):
    """How events are wrapped: our batch, one CloudEvent, an array of them, or one with its attributes in headers."""

    OURS = "application/json"
    CLOUD_EVENT = "application/cloudevents+json"
    CLOUD_EVENTS = "application/cloudevents-batch+json"
    BINARY = "ce-"


@dataclass(frozen=True, slots=True)
class EventItem:
    """One event of a request, in the order sent.

    ``id`` None: it has no usable one. Either ``drafts`` or ``problem``; the first draft's key is that of the event itself,
    further drafts (the other leg of a transfer) stand or fall with it. ``note`` is told though the event is used.
    ``pointer`` is where the event stands in the body; :meth:`pointer_to` where one of its fields does.
    """

    index: int
    id: str | None
    drafts: tuple[FactDraft, ...] = ()
    problem: Problem | None = None
    note: Problem | None = None
    pointer: str = ""
    shape: Shape = Shape.OURS

    def pointer_to(self, field: str) -> str:
        """JSON pointer (RFC 6901) to a field of ours (``sku``, ``location``, ``id``) in the body as it was sent."""
        return _pointer(self.pointer, field, self.shape)


@dataclass(frozen=True, slots=True)
class EventBatchRead:
    """All items of a request."""

    items: tuple[EventItem, ...]

    def parsed(self, key: str) -> Parsed:
        """The request as a delivery: all facts and everything that could not be used."""
        facts = tuple(draft for item in self.items for draft in item.drafts)
        statements = [fact.as_of.start for fact in facts if fact.kind in (FactKind.COUNTED, FactKind.LEVEL_SEEN)]
        problems = tuple(told for item in self.items for told in (item.problem, item.note) if told is not None)
        return Parsed(
            key=key,
            facts=facts,
            problems=problems,
            content_at=max(statements, default=None),
            rows=len(self.items),
            topic="events",
        )


def shape_of(headers: Mapping[str, str]) -> Shape:
    """The wrapping by media type and ``ce-`` headers; ``headers`` have lower-case names. ValueError on other types."""
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    shape = Shape(media)
    if shape is Shape.OURS and any(name.startswith("ce-") for name in headers):
        return Shape.BINARY
    return shape


def read_batch(body: bytes, headers: Mapping[str, str], sender: Sender) -> EventBatchRead:
    """Judge every event of a (decompressed) body. Raises MalformedJson and InvalidRequest for the request as a whole."""
    shape = shape_of(headers)
    value = read_json(body)
    oversized = len(body) > MOST_EVENT_BYTES
    events = list(_unwrap(value, shape, headers))
    return EventBatchRead(
        tuple(_item(index, raw, shape, sender, measure=oversized) for index, raw in enumerate(events))
    )


def _unwrap(value: Json, shape: Shape, headers: Mapping[str, str]) -> Iterator[Json]:
    if shape is Shape.OURS:
        if not isinstance(value, dict) or "events" not in value:
            raise InvalidRequest('The body must be {"events": […]}.', "")
        unknown = next((name for name in value if name != "events"), None)
        if unknown is not None:
            raise InvalidRequest(f"{unknown[:100]!r} is not known beside events.", f"/{_escaped(unknown[:100])}")
        yield from _array(value["events"], "/events")
    elif shape is Shape.CLOUD_EVENTS:
        yield from _array(value, "")
    elif not isinstance(value, dict):
        raise InvalidRequest("The body must be one CloudEvent: an object.", "")
    elif shape is Shape.BINARY:
        yield {**attributes_of(headers), "data": value}
    else:
        yield value


def _array(value: Json, pointer: str) -> list[Json]:
    if not isinstance(value, list):
        raise InvalidRequest("The events must be an array.", pointer)
    if not value:
        raise InvalidRequest("There is no event in it.", pointer)
    if len(value) > MOST_EVENTS:
        raise InvalidRequest(f"It holds {len(value)} events; {MOST_EVENTS} are allowed. Send more requests.", pointer)
    return value


def _item(index: int, raw: Json, shape: Shape, sender: Sender, *, measure: bool) -> EventItem:
    base = {Shape.OURS: f"/events/{index}", Shape.CLOUD_EVENTS: f"/{index}"}.get(shape, "")
    event_id = _id_of(raw)
    try:
        meaning = _meaning(raw, shape, sender, measure=measure)
    except Unfit as unfit:
        pointer = _pointer(base, unfit.field, shape)
        problem = Problem(pointer, _sentence(str(unfit)), write_json(raw)[:_CUT], "value")
        return EventItem(index, event_id, problem=problem, pointer=base, shape=shape)
    note = None
    if meaning.repeated:
        why = "The clock change makes this hour twice; it was read as the first. Send times with their offset."
        note = Problem(_pointer(base, meaning.repeated, shape), why, kind="value")
    return EventItem(index, event_id, meaning.drafts, note=note, pointer=base, shape=shape)


def _meaning(raw: Json, shape: Shape, sender: Sender, *, measure: bool) -> Meaning:
    if not isinstance(raw, dict):
        raise Unfit("", "an event must be an object")
    if measure and len(write_json(raw)) > MOST_EVENT_BYTES and _bytes_of(raw) > MOST_EVENT_BYTES:
        raise Unfit("", f"it is larger than {MOST_EVENT_BYTES // 1024} KiB")
    ours = raw if shape is Shape.OURS else from_cloud_event(raw, sender.system)
    try:
        event = EVENT.validate_python(ours)
    except ValidationError as error:
        raise _unfit(error) from error
    return meaning_of(event, sender)


def _pointer(base: str, field: str, shape: Shape) -> str:
    """Where a field of an event stands in the body; attributes of binary mode stand in no body."""
    if shape is not Shape.OURS:
        field = attribute_for(field)
    if shape is Shape.BINARY:
        field = field.removeprefix("data/") if field.startswith("data/") else ""
    return f"{base}/{field}" if field else base


def _unfit(error: ValidationError) -> Unfit:
    """The first fault of a model, in words for the sender."""
    fault = error.errors(include_url=False)[0]
    at = [str(part) for part in fault["loc"]]
    kind: str = fault["type"]
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return Unfit("type", "type must be one of the event types, for example stock.counted")
    field = "/".join(_escaped(part) for part in at[1:])
    return Unfit(field, _advice(kind, fault["msg"], fault["input"]))


def _advice(kind: str, message: str, given: Any) -> str:
    if kind == "extra_forbidden":
        return "this field is not known here; what is yours alone goes into data"
    if kind == "missing":
        return "this field is required"
    if kind == "int_type":
        if isinstance(given, NumberText):
            return f"write a whole number without fraction or exponent, not {given.text[:40]}"
        return "write a whole number, without quotes"
    return message.removeprefix("Value error, ")


def _id_of(raw: Json) -> str | None:
    """The id to answer with, when there is one that can be repeated."""
    given = raw.get("id") if isinstance(raw, dict) else None
    if isinstance(given, str) and 0 < len(given) <= 255 and given.isascii() and given.isprintable():
        return given
    return None


def _bytes_of(raw: Json) -> int:
    """The size of the event as compact UTF-8; a sender's own blanks do not count."""
    return len(write_json(raw, ascii_only=False).encode("utf-8", "surrogatepass"))


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"
