"""A whole storm paused at once: in bounded memory, taken at once, told in a handful of messages."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.bulk.run import act

EXCEPTIONS = 1_000
"""``python -m bench.bulk`` does it with 10,000."""


@pytest.mark.slow
async def test_a_thousand_listings_are_paused_in_bounded_memory_and_few_messages(tmp_path: Path) -> None:
    acted = await act("sqlite", f"sqlite:///{tmp_path / 'bulk.db'}", EXCEPTIONS)
    assert acted.done == EXCEPTIONS
    assert acted.messages <= 8, "how it goes, three requests for a decision, the storm, and the silent feed itself"
    assert acted.grown < 64
