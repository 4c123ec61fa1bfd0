"""A proof reads as a story: what changed, the count event, who approved, the channel's update, what customers see, and why."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.cli.proof import recovered
from sync.model.proof import ChainedEntry, Entry
from sync.recovery import recovery

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def chain(*entries: tuple[str, str, dict[str, str]]) -> tuple[ChainedEntry, ...]:
    made = []
    for nth, (kind, sentence, figures) in enumerate(entries, 1):
        entry = Entry(kind, NOON, "countersign", sentence, tuple(figures.items()))
        made.append(ChainedEntry("exception:EX-1", nth, entry, "", f"{nth:064d}"))
    return tuple(made)


OPENED = (
    "opened",
    "Opened: WMS counts 16 → 9 units at Reno (−7).",
    {"event": "wms:cc-88213", "event_at": "2026-11-24T14:02:00+00:00"},
)
WHOLE = chain(
    OPENED,
    ("taken", "Dana took it, 24 min after it opened.", {}),
    ("paused", "Dana paused Amazon US: recount.", {}),
    ("read_back", "Amazon US shows 0 to customers. Read back after 48 s.", {}),
    ("counted", "Sam counted 9 units at Reno, blind.", {}),
    ("correction_asked", "Dana asked for a correction.", {"cause": "unknown"}),
    ("correction_approved", "Lee approved: claim matches.", {}),
    ("resumed", "Dana resumed Amazon US: carton found.", {}),
    ("cause_named", "Dana named the cause: short-shipped.", {"cause": "short-shipped"}),
    (
        "resolved",
        "Resolved as fixed: carton found",
        {"cause": "short-shipped", "customers_see": "Amazon US: Customers see 9 units, read back 15:33 UTC"},
    ),
)


def test_a_whole_recovery_is_told_in_the_order_in_which_people_ask() -> None:
    assert recovered(WHOLE).splitlines() == [
        "What changed    WMS counts 16 → 9 units at Reno (−7).",
        "Count event     wms:cc-88213, 2026-11-24 14:02 UTC",
        "Counted         Sam counted 9 units at Reno, blind.",
        "Approved        Lee approved: claim matches.",
        "Channel update  Dana paused Amazon US: recount. Amazon US shows 0 to customers. Read back after 48 s. "
        "Dana resumed Amazon US: carton found.",
        "Cause           short-shipped",
        "Customers see   Amazon US: Customers see 9 units, read back 15:33 UTC",
        "End             Resolved as fixed: carton found",
    ]


def test_what_is_not_there_is_said() -> None:
    told = recovered(chain(("opened", "Opened: WMS is silent.", {})))
    assert "Count event     none: only time passed" in told
    assert "Approved        nothing needed an approval" in told
    assert "Channel update  by itself: quantities follow the counts, nobody stopped a listing" in told
    assert "Customers see   not settled yet" in told
    assert "End             still open" in told


def test_a_repair_whose_cause_nobody_named_says_so() -> None:
    told = recovery(chain(OPENED, ("correction_asked", "Dana asked.", {"cause": "unknown"})))
    assert told.cause == "unknown"


def test_only_the_newest_life_is_told() -> None:
    again = ("reopened", "Open again. Last fix: Dana, “carton found”. Now: WMS counts 4 units.", {})
    story = recovery((*WHOLE, *chain(again)))
    assert (story.approved, story.cause, story.end) == ((), "", "")
