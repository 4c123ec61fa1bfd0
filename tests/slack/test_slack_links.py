"""Links to exceptions unfold in posted messages, for those who may read them; the sandbox tells of links as Slack does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from aiohttp import web
from slack_builders import DANA, a_case, a_view, owned, resolved_view
from slack_connected import connected
from slack_stored import Stored
from test_slack_reporting import worst_view

from bot.slack.answering.asked import Asked
from bot.slack.answering.cases import show
from bot.slack.unfurling import link_to, page_routes, unfolded
from sandbox.slack import RateLimits, SlackWorkspace, validate
from sync.inbox.acts import Actor
from sync.model.ids import UserId
from tests.slack.test_slack_cards import golden

ROOT = Path(__file__).parents[2]
PUBLIC = "https://stock.example.com"
MARKETPLACES = "inv-marketplaces"


def more(part: str) -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "manifest.more.yml").read_text())[part])


@pytest.fixture
async def workspace() -> AsyncIterator[SlackWorkspace]:
    """A workspace whose app has the links of ``manifest.more.yml``, and one channel that another workspace shares."""
    asked, links = yaml.safe_load((ROOT / "manifest.yml").read_text()), more("links")
    scopes = frozenset(asked["oauth_config"]["scopes"]["bot"] + links["oauth_config"]["scopes"]["bot"])
    events = asked["settings"]["event_subscriptions"]["bot_events"]
    async with SlackWorkspace(
        rate_limits=RateLimits.off(),
        scopes=scopes,
        bot_events=frozenset(events + links["settings"]["event_subscriptions"]["bot_events"]),
        unfurl_domains=frozenset(links["features"]["unfurl_domains"]),
    ) as workspace:
        yield workspace


@pytest.fixture
async def listening(stored: Stored) -> AsyncIterator[Stored]:
    stored.room = replace(stored.room, public_url=PUBLIC)
    async with connected(stored):
        yield stored


async def test_a_posted_link_unfolds_to_the_state_and_the_way_to_its_card(listening: Stored) -> None:
    (case,) = await listening.open_many(1)
    await listening.deliver(listening.deliverer())
    dana = listening.workspace.person("dana")
    said = await dana.say(MARKETPLACES, f"see {PUBLIC}/{case.name} please")
    shown = await listening.workspace.wait_for(lambda: said.unfurls)
    blocks = shown[f"{PUBLIC}/{case.name}"]["blocks"]
    told = json.dumps(blocks, ensure_ascii=False)
    assert "Amazon US shows 7 too many" in told
    assert "|its card>" in told
    assert "<@U" not in told, "a link interrupts nobody"
    (acts,) = [one for one in blocks if one["type"] == "actions"]
    assert [one["action_id"] for one in acts["elements"]] == ["inventory.show"], "no second living card"


async def test_many_links_and_what_is_no_exception(listening: Stored) -> None:
    await listening.open_many(7)
    dana = listening.workspace.person("dana")
    links = " ".join(f"{PUBLIC}/ex-{nth}" for nth in range(1, 8))
    said = await dana.say(MARKETPLACES, f"{links} {PUBLIC}/about {PUBLIC}/EX-1x")
    shown = await listening.workspace.wait_for(lambda: said.unfurls)
    assert len(shown) == 5
    gone = await dana.say(MARKETPLACES, f"{PUBLIC}/EX-99")
    shown = await listening.workspace.wait_for(lambda: gone.unfurls)
    assert "There is no EX-99" in json.dumps(shown)


async def test_nothing_unfolds_while_it_is_written_for_guests_or_where_strangers_read(listening: Stored) -> None:
    (case,) = await listening.open_many(1)
    workspace = listening.workspace
    link = f"{PUBLIC}/{case.name}"
    dana, gus = workspace.person("dana"), workspace.person("gus")
    under_way = dana.compose(MARKETPLACES, link)
    by_guest = await gus.say(MARKETPLACES, link)
    workspace.state.channel("general").shared_with_others = True
    shared = await dana.say("general", link)
    last = await dana.say(MARKETPLACES, link)
    await workspace.wait_for(lambda: last.unfurls)
    assert under_way is not None
    assert (under_way.shown, by_guest.unfurls, shared.unfurls) == ({}, {}, {})


async def test_the_page_behind_a_link_shows_nothing_of_it() -> None:
    app = web.Application()
    app.add_routes(page_routes(PUBLIC))
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with aiohttp.ClientSession() as session:
        told = [await (await session.get(f"http://127.0.0.1:{port}/{name}")).text() for name in ("EX-1", "ex-99999")]
    await runner.cleanup()
    assert told[0].replace("EX-1", "") == told[1].replace("EX-99999", "")
    assert "type /inventory show EX-1 there" in told[0]
    assert page_routes("") == []
    assert (link_to(f"{PUBLIC}/", "EX-1"), link_to("", "EX-1")) == (f"{PUBLIC}/EX-1", "")


async def test_show_gives_the_link_where_there_is_a_public_address(stored: Stored) -> None:
    (case,) = await stored.open_many(1)
    asked = Asked(Actor(UserId("U0DANA"), "Dana", stored.room.team), "C0MKT", ("show", case.name))
    assert "stock.example.com" not in json.dumps((await show(stored.room, asked)).blocks)
    reply = await show(replace(stored.room, public_url=PUBLIC), asked)
    assert f"{PUBLIC}/{case.name}" in json.dumps(reply.blocks)


def test_what_is_unfolded() -> None:
    card = "https://example.slack.com/archives/C0MKT/p1"
    view = a_view(owned(a_case()))
    golden("link-owned", json.loads(json.dumps(unfolded(view, card, {DANA: "Dana"}))))
    for one in (worst_view(), resolved_view()):
        assert validate(json.loads(json.dumps(unfolded(one, card, {})))) == []
