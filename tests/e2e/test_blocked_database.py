"""The database answers nothing for five seconds: who clicks hears so in time, and the card says what came of it."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path

import asyncpg
import pytest

from sync.model.exceptions import Case, ExceptionClass
from tests.stage import Stage, open_stage, until

BLOCKED = 5.0
KETTLE = "KTL-17-BLK"


@pytest.fixture
async def stage(tmp_path: Path, database_url: str) -> AsyncIterator[Stage]:
    """Shop, workspace and product: once on SQLite, once on PostgreSQL."""
    async with AsyncExitStack() as stack:
        yield await open_stage(stack, tmp_path, database_url=database_url)


@asynccontextmanager
async def blocked(stage: Stage) -> AsyncIterator[None]:
    """Nothing can be written (on PostgreSQL, nothing read of exceptions either) for five seconds at least."""
    began = time.monotonic()
    if stage.database_url.startswith("sqlite"):
        file = stage.database_url.partition("///")[2]
        with closing(sqlite3.connect(file, timeout=30, isolation_level=None, check_same_thread=False)) as other:
            await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
            yield
            await until(lambda: time.monotonic() - began > BLOCKED, "five seconds")
            other.execute("ROLLBACK")
        return
    server = await asyncpg.connect(stage.database_url)
    async with server.transaction():
        await server.execute("LOCK TABLE exceptions IN ACCESS EXCLUSIVE MODE")
        yield
        await until(lambda: time.monotonic() - began > BLOCKED, "five seconds")
    await server.close()


async def opened(stage: Stage) -> Case:
    stage.trouble("carton")
    case = await stage.case(ExceptionClass.EXPOSURE_MISMATCH, KETTLE, within=30)
    await stage.card(case, "Take it", within=30)
    return case


def told(stage: Stage, person: str) -> str:
    return "\n".join(one.text for one in stage.workspace.ephemerals(person, "inv-marketplaces"))


async def test_a_click_is_answered_not_known_yet_and_the_card_says_what_came_of_it(stage: Stage) -> None:
    case = await opened(stage)
    card = await stage.card(case)
    async with blocked(stage):
        await stage.workspace.person("dana").click(card.channel_id, card.ts, "card.take")
        await until(lambda: "Not known yet: the card will show what came of it." in told(stage, "dana"), "an answer")
    await stage.card(case, "Owned", within=30)
    assert len([text for text in await stage.verified(case) if text.startswith("Dana took it")]) == 1


async def test_a_form_is_answered_not_known_yet_and_acts_once(stage: Stage) -> None:
    case = await opened(stage)
    dana = await stage.press("dana", case, "card.pause.open")
    form = {"pause.reason": "count", "pause.note": "a carton looks short"}
    async with blocked(stage):
        sent = await dana.submit_view(form)
        assert sent.view is not None
        assert "Not known yet" in stage.workspace.read_view(sent.view)
    await stage.card(case, "Paused", within=30)
    assert len([text for text in await stage.verified(case) if "a carton looks short" in text]) == 1
