"""Acting on many at once in Slack: from a storm's card, a command's list and Home to the message that says what came of it."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from memory_desk import MovableClock
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_stored import Stored

from bot.slack.app import build_app
from bot.slack.client import slack_client
from bot.slack.people import Directory
from bot.slack.queues import QueueChannels
from bot.slack.room import Room
from sandbox.slack import Outcome, SlackWorkspace
from storage.engine import open_store
from sync.model.exceptions import ActionKind
from tests.bulk.bulk_world import DANA, FEW, LEE, OUTLET, SHOP, TILL, BulkWorld, bulk_world

MARKETPLACES = "inv-marketplaces"
LATER = timedelta(seconds=6)
"""When a message that grows by update may be updated again."""


@dataclass(slots=True)
class Shop:
    """A shop with too much on show, and people in Slack."""

    world: BulkWorld
    slack: Stored

    async def card(self, words: str) -> Any:
        await self.slack.deliver(self.slack.deliverer())
        return self.slack.message(MARKETPLACES, words)

    async def form(self, person: Any, words: str) -> Any:
        """Wait until a person's modal says these words; its content."""

        def there() -> bool:
            return (view := person.open_view()) is not None and words in plain(view.content)

        await self.slack.workspace.wait_for(there)
        return person.open_view().content

    async def direct(self, person: Any, words: str) -> Any:
        """What stands in a person's direct messages with these words, once all is delivered."""
        await self.slack.deliver(self.slack.deliverer())
        read = self.slack.workspace.read
        found = [one for one in person.direct().messages.values() if words in plain(read(one))]
        assert len(found) == 1, [read(one) for one in person.direct().messages.values()]
        return found[0]


def plain(content: object) -> str:
    return (
        str(content)
        .replace("\u00a0", " ")
        .replace("\\xa0", " ")
        .replace("\u2060", "")
        .replace("\\u2060", "")
        .replace("*", "")
    )


@asynccontextmanager
async def opened(folder: Path, workspace: SlackWorkspace, **policy: Any) -> AsyncIterator[Shop]:
    clock = MovableClock()
    store = await open_store(f"sqlite+aiosqlite:///{folder / 'bulk.db'}", clock=clock)
    await store.migrate()
    world = bulk_world(store, clock, **policy)  # type: ignore[arg-type]
    client = slack_client(workspace.bot_token, workspace.base_url)
    channels = QueueChannels(client, world.policy)
    await channels.prepare()
    directory = Directory(client, world.policy, channels, clock, workspace.team_id, store)
    room = Room(client, world.inbox, directory, channels, world.policy, clock, workspace.team_id, store)
    handler = AsyncSocketModeHandler(build_app(room), workspace.app_token)
    await handler.connect_async()
    await workspace.sockets.connected()
    await directory.refresh()
    yield Shop(world, Stored(store, world.inbox, workspace, world.policy, clock, room))
    await handler.close_async()
    await store.close()


@pytest.fixture
async def shop(tmp_path: Path, workspace: SlackWorkspace) -> AsyncIterator[Shop]:
    async with opened(tmp_path, workspace) as shop:
        yield shop


@pytest.fixture
async def few(tmp_path: Path, workspace: SlackWorkspace) -> AsyncIterator[Shop]:
    """Each exception has its own card, and more than three need a second person."""
    async with opened(tmp_path, workspace, bulk={"second_person_above": 3}, **FEW) as shop:
        yield shop


async def test_a_storm_is_paused_from_its_card_and_stays_one_card(shop: Shop) -> None:
    cases = await shop.world.too_many(SHOP, 12)
    card = await shop.card("12\u00a0exceptions")
    dana = shop.slack.workspace.person("dana")
    await dana.click(MARKETPLACES, card.ts, "storm.act.open")
    await shop.form(dana, "Which ones")
    await dana.click_view("value", "pause", block_id="bulk.deed")
    await shop.form(dana, "Wait for a count")
    assert (await dana.submit_view({"bulk.who": "all"})).errors
    sent = await dana.submit_view({"bulk.who": "all", "bulk.reason": "count", "bulk.note": "two cartons look damaged"})
    assert sent.outcome is Outcome.UPDATED
    await shop.form(dana, "Would pause 12 listings on 1 channel: customers see 0 instead of 96 units.")
    view = await shop.form(dana, "Pause 12")
    assert view["callback_id"] == "bulk.confirm"
    assert (await dana.submit_view({})).outcome is Outcome.UPDATED
    await shop.form(dana, "BA-1: pausing, 12 exceptions.")
    await shop.direct(dana, "BA-1: pausing, 0 of 12 exceptions done. ST-1, all.")
    shop.slack.clock.move(LATER)
    await shop.world.carrier.run_due()
    await shop.direct(dana, "BA-1 is done: paused on 12 of 12 exceptions.")
    for case in await shop.world.all_again(cases):
        assert [act.kind for act in case.actions] == [ActionKind.PAUSE]
        assert (case.owner, case.storm) == (DANA, 1)
    async with shop.world.store.reading() as uow:
        (storm,) = await uow.storms.standing()
    assert (storm.owner, storm.members) == (DANA, 12)
    await shop.slack.deliver(shop.slack.deliverer())
    assert len(shop.slack.shown(MARKETPLACES)) == 1, "no member got a card of its own"


async def test_a_filtered_list_is_acted_on_and_what_changed_is_named(few: Shop) -> None:
    cases = [*await few.world.too_many(SHOP, 3), *await few.world.too_many(TILL, 1)]
    await few.world.changed(cases[0], owner=LEE, owner_name="Lee")
    dana = few.slack.workspace.person("dana")
    await dana.command(MARKETPLACES, "/inventory", "exceptions exposure")
    channel = few.slack.workspace.state.channel(MARKETPLACES)
    await few.slack.workspace.wait_for(lambda: any("Act on the 4" in str(one.blocks) for one in channel.ephemerals))
    (answer,) = [one for one in channel.ephemerals if "Act on the 4" in str(one.blocks)]
    await dana.click(MARKETPLACES, answer.ts, "list.act.open")
    await few.form(dana, "4 exceptions: exposure.")
    await dana.click_view("value", "pause", block_id="bulk.deed")
    await few.form(dana, "Wait for a count")
    await dana.submit_view({"bulk.who": "all", "bulk.reason": "count"})
    await few.form(dana, "2 left out: 1 is Lee's, 1 where nothing can be done by us.")
    await dana.submit_view({})
    await few.form(dana, "BA-1: pausing, 2 exceptions.")
    await few.world.changed(cases[1], delta=99)
    await few.world.carrier.run_due()
    await few.direct(dana, "BA-1 is done: paused on 1 of 2 exceptions. exposure, all.")
    await few.direct(dana, f"1 left out: 1 changed ({cases[1].name}).")


async def test_a_list_that_changed_comes_back_once_with_what_is_left(few: Shop) -> None:
    cases = await few.world.too_many(SHOP, 3)
    dana = few.slack.workspace.person("dana")
    await take(few, dana)
    await few.form(dana, "You would own 3 exceptions.")
    await few.world.changed(cases[1], delta=99)
    await dana.submit_view({})
    await few.form(dana, "The list changed: 2 now. Look again.")
    await few.form(dana, "You would own 3 exceptions.")
    await dana.submit_view({})
    await few.form(dana, "BA-2: taking, 3 exceptions.")
    await few.world.carrier.run_due()
    assert {case.owner for case in await few.world.all_again(cases)} == {DANA}


async def take(few: Shop, dana: Any) -> None:
    """The form of taking the whole queue, from its list."""
    await dana.command(MARKETPLACES, "/inventory", "queue")
    channel = few.slack.workspace.state.channel(MARKETPLACES)
    await few.slack.workspace.wait_for(lambda: any("list.act.open" in str(one.blocks) for one in channel.ephemerals))
    (answer,) = [one for one in channel.ephemerals if "list.act.open" in str(one.blocks)]
    await dana.click(MARKETPLACES, answer.ts, "list.act.open")
    await few.form(dana, "Which ones")
    await dana.submit_view({"bulk.who": "all", "bulk.deed": "take"})


async def test_above_the_number_lee_is_asked_and_decides_and_dana_cannot(few: Shop) -> None:
    await few.world.too_many(OUTLET, 4)
    dana, lee = few.slack.workspace.person("dana"), few.slack.workspace.person("lee")
    await dana.open_home()
    await few.slack.workspace.wait_for(lambda: dana.home() is not None)
    await dana.click_home("home.queue.show", "marketplaces")
    await few.form(dana, "Act on the 4")
    await dana.click_view("list.act.open")
    await few.form(dana, "4 exceptions: marketplaces.")
    await dana.click_view("value", "cap", block_id="bulk.deed")
    await few.form(dana, "Show at most")
    await dana.submit_view({"bulk.who": "all", "bulk.units": "2", "bulk.note": "Acme is late"})
    await few.form(dana, "Would show at most 2 units on 4 listings on 1 channel: customers see 8 instead of 32 units.")
    await few.form(dana, "More than 3 needs a second person: Lee or Kim is asked, and nothing is done before that.")
    await dana.submit_view({})
    await few.form(dana, "BA-1: a second person is asked.")
    await few.direct(dana, "BA-1 waits for a second person")
    asked = await few.direct(lee, "Showing less: 4 exceptions?")
    here = few.slack.message(MARKETPLACES, "Waiting for a second person")
    await dana.click(MARKETPLACES, here.ts, "bulk.decide.open")
    await few.form(dana, "You cannot approve your own request.")
    await lee.click(asked.channel_id, asked.ts, "bulk.decide.open")
    await few.form(lee, "4 of 4 are still as they were shown")
    assert (await lee.submit_view({"bulk.decision": "reject"})).outcome is Outcome.ERRORS
    assert (await lee.submit_view({"bulk.decision": "approve"})).outcome is Outcome.UPDATED
    await few.world.carrier.run_due()
    few.slack.clock.move(LATER)
    await few.direct(dana, "BA-1 is done: showing less on 4 of 4 exceptions.")
    await few.direct(lee, "Lee approved BA-1 at")
    assert "Lee approved BA-1" in few.slack.workspace.read(here)


async def test_the_frozen_list_is_shown_and_sent_as_a_file_to_who_may_see_it(few: Shop) -> None:
    await few.world.too_many(SHOP, 2)
    await few.world.too_many(TILL, 1)
    dana = few.slack.workspace.person("dana")
    await dana.command(MARKETPLACES, "/inventory", "exceptions")
    channel = few.slack.workspace.state.channel(MARKETPLACES)
    await few.slack.workspace.wait_for(lambda: any("list.act.open" in str(one.blocks) for one in channel.ephemerals))
    (answer,) = [one for one in channel.ephemerals if "list.act.open" in str(one.blocks)]
    await dana.click(MARKETPLACES, answer.ts, "list.act.open")
    await few.form(dana, "Which ones")
    await dana.click_view("value", "pause", block_id="bulk.deed")
    await few.form(dana, "Wait for a count")
    await dana.submit_view({"bulk.who": "all", "bulk.reason": "recall"})
    await few.form(dana, "Pause 2")
    await dana.click_view("bulk.list.show")
    shown = await few.form(dana, "the first 3 of 3 exceptions")
    assert "8 → 0 units" in plain(shown)
    assert "_left out_" in plain(shown)
    files = few.slack.workspace.state.files
    await few.slack.workspace.wait_for(lambda: any(one.name == "BA-1.csv" for one in files.values()))
    (sent,) = [one for one in files.values() if one.name == "BA-1.csv"]
    assert sent.content is not None
    rows = list(csv.DictReader(io.StringIO(sent.content.decode())))
    assert [row["state"] for row in rows] == ["waiting", "waiting", "left"]
    assert [row["why"] for row in rows] == ["", "", "cannot"]


async def test_who_became_a_guest_meanwhile_is_told_who_can(few: Shop) -> None:
    await few.world.too_many(SHOP, 2)
    gus = few.slack.workspace.person("gus")
    gus.member.is_restricted = False
    await gus.command(MARKETPLACES, "/inventory", "exceptions")
    channel = few.slack.workspace.state.channel(MARKETPLACES)
    await few.slack.workspace.wait_for(lambda: any("list.act.open" in str(one.blocks) for one in channel.ephemerals))
    (answer,) = [one for one in channel.ephemerals if "list.act.open" in str(one.blocks)]
    await gus.click(MARKETPLACES, answer.ts, "list.act.open")
    await few.form(gus, "Which ones")
    gus.member.is_restricted = True
    few.slack.room.directory.profiles.forget()
    await gus.submit_view({"bulk.who": "all", "bulk.deed": "take"})
    await few.form(gus, "Guests and apps cannot act here")
