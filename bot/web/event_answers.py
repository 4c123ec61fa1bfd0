"""What the events API answers for each event, in the order sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from sync.connectors.events_api.batch import EventBatchRead, EventItem


class Outcome(StrEnum):
    """What became of one event. Every outcome is final: there is none that needs the same event again."""

    RECORDED = "recorded"
    DUPLICATE = "duplicate"
    KEPT = "kept"
    CONFLICT = "conflict"
    INVALID = "invalid"


STATUS = {
    Outcome.RECORDED: 201,
    Outcome.DUPLICATE: 200,
    Outcome.KEPT: 202,
    Outcome.CONFLICT: 409,
    Outcome.INVALID: 422,
}


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """The outcome of one item. ``unknown`` names the field that maps to nothing when it was kept: ``sku``, ``location``
    or ``to_location``; ``why`` says why it is invalid where the item itself does not."""

    outcome: Outcome
    unknown: Literal["", "sku", "location", "to_location"] = ""
    why: str = ""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ItemError(_Body):
    """Why an event was not simply recorded, and where (RFC 6901) the cause stands in the request."""

    type: Literal["unknown-sku", "unknown-location", "event-id-reused", "invalid-event"]
    title: str
    pointer: str


class ItemResult(_Body):
    """One event; ``id`` is left out when the event had none that can be repeated."""

    index: int
    id: str | None = None
    status: Literal[200, 201, 202, 409, 422]
    outcome: Outcome
    error: ItemError | None = None


class Summary(_Body):
    """How many events came to which outcome."""

    recorded: int = 0
    duplicate: int = 0
    kept: int = 0
    conflict: int = 0
    invalid: int = 0


class EventsAnswer(_Body):
    """The answer to a batch: 200 when every event is recorded or a duplicate, else 207."""

    request_id: str
    summary: Summary
    results: list[ItemResult]


def answer_for(batch: EventBatchRead, outcomes: Sequence[ItemOutcome], request_id: str) -> tuple[int, bytes]:
    """Status and body for outcomes in the order of the items."""
    results = [_result(item, outcome) for item, outcome in zip(batch.items, outcomes, strict=True)]
    tally = {outcome.value: sum(one.outcome is outcome for one in outcomes) for outcome in Outcome}
    answer = EventsAnswer(request_id=request_id, summary=Summary(**tally), results=results)
    fine = all(one.outcome in (Outcome.RECORDED, Outcome.DUPLICATE) for one in outcomes)
    return (200 if fine else 207), answer.model_dump_json(exclude_none=True).encode()


def _result(item: EventItem, outcome: ItemOutcome) -> ItemResult:
    return ItemResult.model_validate(
        {
            "index": item.index,
            "id": item.id,
            "status": STATUS[outcome.outcome],
            "outcome": outcome.outcome,
            "error": _error(item, outcome),
        }
    )


def _error(item: EventItem, outcome: ItemOutcome) -> ItemError | None:
    if outcome.outcome is Outcome.INVALID:
        why = item.problem.why if item.problem is not None else outcome.why or "It cannot be used."
        where = item.problem.where if item.problem is not None else item.pointer
        return ItemError(type="invalid-event", title=why, pointer=where)
    if outcome.outcome is Outcome.CONFLICT:
        title = f"Event {item.id} was recorded with other content; the first one counts. Send a new id."
        return ItemError(type="event-id-reused", title=title, pointer=item.pointer_to("id"))
    if outcome.outcome is not Outcome.KEPT:
        return None
    first = item.drafts[0]
    if outcome.unknown == "sku" or not outcome.unknown:
        code = first.item.value if first.item is not None else ""
        return ItemError(type="unknown-sku", title=f"No SKU is mapped to {code}", pointer=item.pointer_to("sku"))
    place = item.drafts[-1].place if outcome.unknown == "to_location" else first.place
    return ItemError(
        type="unknown-location",
        title=f"No location is mapped to {place}",
        pointer=item.pointer_to(outcome.unknown),
    )
