"""`countersign metrics`: the same figures for people and for machines, from the database of the settings."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cli.metrics import told as told_by_the_command
from storage.engine import open_store
from sync.errors import BadInput
from sync.measures.grouping import By
from sync.model.exceptions import Life
from tests.databases import MovableClock
from tests.storage.given import DANA, NOW, a_case, later, sku

POLICY = Path("policy.example.yml")


async def given(url: str, policy: str) -> None:
    """Two exceptions; one was taken after 4 minutes and fixed after an hour."""
    store = await open_store(url, clock=MovableClock(NOW))
    async with store.unit_of_work() as uow:
        first, _ = await uow.cases.open([a_case(), a_case(sku(2))])
    async with store.unit_of_work() as uow:
        taken = replace(first, version=2, life=Life.OWNED, owner=DANA, owned_at=later(minutes=4))
        await uow.cases.save([taken])
    async with store.unit_of_work() as uow:
        await uow.cases.save([replace(taken, version=3, life=Life.RESOLVED, ended_at=later(hours=1), outcome="fixed")])
    async with store.reading() as uow:
        whole = await uow.measured.recorded(later(hours=-1), later(days=1), later(days=1), {})
    assert len(whole.episodes) == 2
    await store.take_policy(policy, "test", [], NOW)
    await store.close()


@pytest.fixture
def settings(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop's database, named as it is in the environment."""
    asyncio.run(given(sqlite_url, POLICY.read_text(encoding="utf-8")))
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", sqlite_url)
    for line in POLICY.read_text(encoding="utf-8").split("${")[1:]:
        monkeypatch.setenv(line.split("}")[0].split(":")[0], "given")


@pytest.mark.usefixtures("settings")
def test_the_document_has_every_measure() -> None:
    document = json.loads(told_by_the_command("2026-03-02", "2026-03-03", ["queue", "class"], as_document=True))
    assert document["exceptions"]["opened"] == 2
    assert document["exceptions"]["opened_by_class"] == {"exposure_mismatch": 2}
    assert document["seconds"]["to_owner"] == {"count": 1, "median": 240.0, "p90": 240.0, "longest": 240.0}
    assert document["seconds"]["to_resolution"]["median"] == 3600.0
    assert document["revenue_at_risk"] == {
        "opened": "199",
        "cleared": "99.5",
        "standing": "99.5",
        "standing_before": "0",
    }
    assert document["owners"] == {DANA: {"taken": 1, "ended": 1, "standing": 0, "late": 0}}
    assert document["oversells"] == {"incidents": 0, "per_10000_orders": None}
    assert "28 days before" in document["prevented_oversells"]["compared_with"]
    assert document["by"]["class"]["exposure_mismatch"]["exceptions"]["standing"] == 1
    assert document["by"]["queue"]["marketplaces"]["updates"] is None


@pytest.mark.usefixtures("settings")
def test_the_text_says_the_same() -> None:
    told = told_by_the_command("2026-03-02", "2026-03-03", [By.QUEUE, By.CHANNEL], as_document=False)
    assert "Exceptions opened       2 (exposure_mismatch 2)" in told
    assert "Time to an owner        median 4 min, 9 in 10 within 4 min (1)" in told
    assert "by queue" in told
    assert "Prevented: what customers would have bought beyond" in told


@pytest.mark.usefixtures("settings")
def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(BadInput, match="ends before it begins"):
        told_by_the_command("2026-03-03", "2026-03-02", [], as_document=False)
