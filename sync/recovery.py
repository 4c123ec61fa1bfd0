"""A proof read as the story of a recovery: what changed, which event, who approved, what the channel was told, what is seen.

It is read from the chain alone, so that an auditor with an export reads the same story as the people in Slack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sync.model.proof import ChainedEntry, Entry

OPENINGS = frozenset({"opened", "reopened"})
ENDINGS = frozenset({"resolved", "cleared"})
TOLD_CHANNEL = frozenset({"paused", "resumed", "capped", "uncapped"})


@dataclass(frozen=True, slots=True)
class Recovery:
    """The newest life of an exception, as sentences; empty where nothing of the kind happened (yet).

    ``event``: the id and time of the event that changed the count. ``seen``: what customers see in the end. ``cause``: why it
    happened, ``unknown`` where nobody knows.
    """

    changed: str
    event: str
    counted: tuple[str, ...]
    approved: tuple[str, ...]
    channel: tuple[str, ...]
    seen: str
    cause: str
    end: str


def recovery(entries: Sequence[ChainedEntry]) -> Recovery:
    """Read the story of the newest life of a chain."""
    life = _newest_life([one.entry for one in entries])
    opening = next((one for one in life if one.kind in OPENINGS), None)
    ending = next((one for one in reversed(life) if one.kind in ENDINGS), None)
    figures = dict(opening.figures) if opening is not None else {}
    final = dict(ending.figures) if ending is not None else {}
    named = next((dict(one.figures).get("cause", "") for one in reversed(life) if one.kind == "cause_named"), "")
    asked = next((dict(one.figures).get("cause", "") for one in reversed(life) if one.kind == "correction_asked"), "")
    read = [one for one in life if one.kind == "read_back"]
    return Recovery(
        changed=opening.sentence.partition(": ")[2] if opening is not None else "",
        event=_event(figures),
        counted=tuple(one.sentence for one in life if one.kind == "counted"),
        approved=tuple(one.sentence for one in life if one.kind == "correction_approved"),
        channel=tuple(one.sentence for one in life if one.kind in TOLD_CHANNEL or one in read),
        seen=final.get("customers_see", "") or (read[-1].sentence if read else ""),
        cause=final.get("cause", "") or named or asked,
        end=ending.sentence if ending is not None else "",
    )


def _newest_life(entries: Sequence[Entry]) -> Sequence[Entry]:
    begins = [nth for nth, one in enumerate(entries) if one.kind in OPENINGS]
    return entries[begins[-1] :] if begins else entries


def _event(figures: dict[str, str]) -> str:
    event, at = figures.get("event", ""), figures.get("event_at", "")
    return f"{event}, {at[:16].replace('T', ' ')} UTC" if event and at else event


def story(told: Recovery) -> list[tuple[str, str]]:
    """What it says, with a heading for each, in the order in which people ask."""
    ended = bool(told.end)
    return [
        ("What changed", told.changed),
        ("Count event", told.event or "none: only time passed"),
        *([("Counted", " ".join(told.counted))] if told.counted else []),
        ("Approved", " ".join(told.approved) or "nothing needed an approval"),
        (
            "Channel update",
            " ".join(told.channel) or "by itself: quantities follow the counts, nobody stopped a listing",
        ),
        *([("Cause", told.cause)] if told.cause else []),
        ("Customers see", told.seen or ("not read back" if ended else "not settled yet")),
        ("End", told.end or "still open"),
    ]
