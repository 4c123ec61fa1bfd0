"""Workflow Builder's steps over the real inbox: what they open, whom they refuse, and what Slack is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_connected import connected
from slack_stored import Stored

from sandbox.slack import CannotDoError, RateLimits, SlackWorkspace
from sync.model.exceptions import ActionKind, Case, ExceptionClass
from sync.model.ids import SkuId
from sync.model.stock import Sku

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def workspace() -> AsyncIterator[SlackWorkspace]:
    """A workspace whose app has the steps of ``manifest.more.yml``."""
    asked = yaml.safe_load((ROOT / "manifest.yml").read_text())
    steps = yaml.safe_load((ROOT / "manifest.more.yml").read_text())["workflows"]
    events = [*asked["settings"]["event_subscriptions"]["bot_events"], "function_executed"]
    assert steps["settings"]["event_subscriptions"]["bot_events"] == ["function_executed"]
    async with SlackWorkspace(
        rate_limits=RateLimits.off(),
        scopes=frozenset(asked["oauth_config"]["scopes"]["bot"]),
        bot_events=frozenset(events),
        functions=steps["functions"],
    ) as workspace:
        yield workspace


@pytest.fixture
async def listening(stored: Stored) -> AsyncIterator[Stored]:
    async with stored.store.unit_of_work() as uow:
        await uow.catalogue.add_skus(
            [Sku(SkuId("KTL-17-BLK"), "Gooseneck kettle"), Sku(SkuId("KTL-17-STL"), "Steel kettle")]
        )
    async with connected(stored):
        await stored.room.directory.refresh()
        yield stored


async def ran(stored: Stored, step: str, **inputs: str) -> tuple[str, dict[str, Any], str]:
    execution = stored.workspace.person("dana").run_step(step, inputs)
    await stored.workspace.wait_for(lambda: execution.status != "running")
    return execution.status, execution.outputs, execution.error


async def cases(stored: Stored) -> list[Case]:
    async with stored.store.reading() as uow:
        return list(await uow.cases.unresolved())


OPEN = {"sku": "ktl-17-blk", "words": "the shelf is empty", "person": "U0NOOR"}


async def test_a_step_opens_an_exception_in_somebody_s_words(listening: Stored) -> None:
    status, outputs, _ = await ran(listening, "open_inventory_exception", **OPEN)
    (case,) = await cases(listening)
    assert (status, outputs) == ("completed", {"exception": case.name, "told": "Opened."})
    assert (case.fingerprint.cls, case.owner) == (ExceptionClass.REPORTED, None)
    assert case.evidence.changed == "Noor reported: the shelf is empty."


async def test_an_execution_that_is_told_twice_is_done_once(listening: Stored) -> None:
    execution = listening.workspace.person("dana").run_step("open_inventory_exception", OPEN)
    await listening.workspace.wait_for(lambda: execution.status == "completed")
    execution.status = "running"
    listening.workspace.state.on_event(
        {
            "type": "function_executed",
            "function": {"callback_id": "open_inventory_exception"},
            "inputs": OPEN,
            "function_execution_id": execution.id,
            "bot_access_token": next(iter(listening.workspace.state.step_tokens)),
        }
    )
    await listening.workspace.wait_for(lambda: execution.status == "completed")
    (case,) = await cases(listening)
    assert case.version == 1


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"sku": "KTL"}, "The nearest are KTL-17-BLK and KTL-17-STL."),
        ({"sku": "zzzz"}, "No SKU “zzzz”."),
        ({"words": "  "}, "Say what is wrong; whoever takes it reads only that. Nothing was changed."),
        ({"person": "U0GUS"}, "Guests and apps cannot act here. Ask Dana. Nothing was changed."),
        ({"person": "U0NOBODY"}, "Guests and apps cannot act here. Ask Dana. Nothing was changed."),
    ],
)
async def test_a_step_fails_aloud_and_opens_nothing(listening: Stored, changed: dict[str, str], error: str) -> None:
    status, _, told = await ran(listening, "open_inventory_exception", **(OPEN | changed))
    assert (status, await cases(listening)) == ("failed", [])
    assert error in told


async def test_a_count_is_asked_for_by_who_may_act_and_once(listening: Stored) -> None:
    (case,) = await listening.open_many(1)
    given = {"sku": "SKU-00001", "place": "reno", "words": "weekly check"}
    _, _, refused = await ran(listening, "request_count", person="U0NOOR", **given)
    assert refused == "Only Marketplaces acts here. Dana or Lee can. Nothing was changed."
    status, outputs, _ = await ran(listening, "request_count", person="U0DANA", **given)
    assert (status, outputs) == (
        "completed",
        {"exception": case.name, "told": "Warehouse is asked to count at Reno."},
    )
    status, outputs, _ = await ran(listening, "request_count", person="U0LEE", sku=case.name)
    assert (status, outputs["told"]) == ("completed", "Dana asked for a count already.")
    (now,) = await cases(listening)
    assert [act.kind for act in now.actions] == [ActionKind.COUNT]
    assert now.actions[0].note == "weekly check"


async def test_a_count_needs_an_exception_and_a_place(listening: Stored) -> None:
    _, _, error = await ran(listening, "request_count", person="U0DANA", sku="KTL-17-BLK")
    assert "No exception is open for KTL-17-BLK" in error
    await listening.open_many(1)
    _, _, error = await ran(listening, "request_count", person="U0DANA", sku="EX-1", place="moon")
    assert error == "No place “moon”. Places: Reno."


async def test_slack_itself_holds_a_step_to_its_manifest(listening: Stored) -> None:
    dana = listening.workspace.person("dana")
    with pytest.raises(CannotDoError, match="missing required field: words"):
        dana.run_step("open_inventory_exception", {"sku": "A", "person": "U0DANA"})
    with pytest.raises(CannotDoError, match="no step"):
        dana.run_step("pause_everything", {})
