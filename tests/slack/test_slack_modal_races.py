"""Slack shows what a form was answered with a moment after it heard it: an update that comes before that is overwritten by it."""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_stored import until
from test_slack_bulk import MARKETPLACES, Shop, plain, shop  # noqa: F401 - shop is a fixture

from bot.slack.home import Home
from sync.bulk.service import BulkActs
from sync.errors import Stale
from tests.bulk.bulk_world import SHOP

BOT = Path(__file__).parents[2] / "bot" / "slack"
SHOWS_AFTER = 0.6
"""Seconds that the workspace takes to show an answer, well above what an update takes."""
ASKED = {"bulk.who": "all", "bulk.reason": "count"}


def _calls(function: ast.AST) -> list[str]:
    return [ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)]


def _answers_with_a_view(function: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Call)
        and ast.unparse(node.func) == "ack"
        and any(one.arg == "response_action" and ast.unparse(one.value) == "'update'" for one in node.keywords)
        for node in ast.walk(function)
    )


def test_one_place_alone_answers_with_a_view_and_updates_it_afterwards_and_it_waits_between() -> None:
    both = {}
    for path in sorted(BOT.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.AsyncFunctionDef) and _answers_with_a_view(function):
                after = [one for one in _calls(function) if one.endswith((".views_update", ".fill", ".show"))]
                if after:
                    both[f"{path.name}:{function.name}"] = _calls(function)
    assert set(both) == {"acting.py:_in_its_place"}, "let it answer through Bulks._in_its_place, or in the answer alone"
    (calls,) = both.values()
    assert "asyncio.sleep" in calls


async def opened(shop: Shop) -> Any:  # noqa: F811 - the fixture's value
    """The form of a pause on many stands before Dana, in a workspace that shows answers late."""
    await shop.world.too_many(SHOP, 12)
    dana = shop.slack.workspace.person("dana")
    card = await shop.card("12\u00a0exceptions")
    await dana.click(MARKETPLACES, card.ts, "storm.act.open")
    await shop.form(dana, "Which ones")
    await dana.click_view("value", "pause", block_id="bulk.deed")
    await shop.form(dana, "Wait for a count")
    shop.slack.workspace.delivery.shows_answers_after = SHOWS_AFTER
    return dana


def ready_only_after_the_answer(monkeypatch: pytest.MonkeyPatch, act: str) -> None:
    """The act is looked at until the answer had to be given, and is ready right after it."""
    as_it_is, sent = getattr(BulkActs, act), asyncio.Event()
    acked = AsyncAck.__call__

    async def answered(self: AsyncAck, *arguments: Any, **words: Any) -> Any:
        answer = await acked(self, *arguments, **words)
        if words.get("response_action") == "update":
            sent.set()
        return answer

    async def slow(*arguments: Any, **words: Any) -> Any:
        found = await as_it_is(*arguments, **words)
        await sent.wait()
        return found

    monkeypatch.setattr(AsyncAck, "__call__", answered)
    monkeypatch.setattr(BulkActs, act, slow)


async def stays(shop: Shop, dana: Any, words: str) -> None:  # noqa: F811 - the fixture's value
    """These words come, and nothing overwrites them."""
    await shop.form(dana, words)
    await asyncio.sleep(SHOWS_AFTER)
    assert words in plain(dana.open_view().content)


async def test_what_an_act_on_many_would_do_is_not_overwritten_by_the_answer(
    shop: Shop,  # noqa: F811 - a fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dana = await opened(shop)
    ready_only_after_the_answer(monkeypatch, "freeze")
    await dana.submit_view(ASKED)
    await stays(shop, dana, "Would pause 12 listings on 1 channel")


async def test_nor_is_what_is_left_of_a_list_that_changed(
    shop: Shop,  # noqa: F811 - a fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dana = await opened(shop)
    await dana.submit_view(ASKED)
    await shop.form(dana, "Pause 12")

    async def changed(*_: Any) -> Any:
        raise Stale("The list changed: 11 now. Look again.")

    monkeypatch.setattr(BulkActs, "send", changed)
    ready_only_after_the_answer(monkeypatch, "again")
    await dana.submit_view({})
    await stays(shop, dana, "The list changed: 11 now. Look again.")


async def test_a_list_that_is_closed_while_it_is_read_is_nobody_s_trouble(
    shop: Shop,  # noqa: F811 - a fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await shop.world.too_many(SHOP, 2)
    workspace = shop.slack.workspace
    dana, closed, read = workspace.person("dana"), asyncio.Event(), Home._shown
    await dana.open_home()
    await workspace.wait_for(dana.home)

    async def slow(*arguments: Any) -> Any:
        await closed.wait()
        return await read(*arguments)

    monkeypatch.setattr(Home, "_shown", slow)
    await dana.click_home("home.queue.show", "marketplaces")
    await workspace.wait_for(dana.open_view)
    await dana.close_view(all_of_them=True)
    closed.set()
    await until(lambda: workspace.front.calls.get("views.update"))
    await dana.command(MARKETPLACES, "/inventory", "help")
    await workspace.wait_for(lambda: workspace.ephemerals("dana", MARKETPLACES))
    assert dana.direct().timeline() == []
