"""Sentences that carry people's words end with one mark, whatever people typed."""

from __future__ import annotations

import pytest

from sync.sentences import one_stop


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Dana paused it: recount first", "Dana paused it: recount first."),
        ("Dana paused it: recount first.", "Dana paused it: recount first."),
        ("Dana paused it: recount first..", "Dana paused it: recount first."),
        ("Dana paused it: really? ", "Dana paused it: really?"),
        ("Dana paused it: wait…", "Dana paused it: wait…"),
        ("Last fix: “carton found.”", "Last fix: “carton found.”"),
        ("Dana paused it: see “note”", "Dana paused it: see “note”."),
    ],
)
def test_one_mark_ends_a_sentence(typed: str, told: str) -> None:
    assert one_stop(typed) == told
