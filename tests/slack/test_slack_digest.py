"""The digest: the headline is a rule, never only good news; charts have a fallback; not automated is never empty."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from memory_desk import a_policy, an_empty_week
from slack_world import World
from test_slack_cards import golden

from bot.slack.blocks import Message
from bot.slack.digest import render_digest
from sandbox.slack.blocks import validate
from sync.model.outbox import Post, PostKind
from sync.ports import WeekFigures

BEFORE = WeekFigures(
    opened={"exposure_mismatch": 52, "failed_update": 20, "stale_feed": 31, "oversell": 3},
    resolved={"exposure_mismatch": 30},
    cleared={"exposure_mismatch": 20},
    seconds_to_owner=(300.0, 360.0, 420.0),
    seconds_to_end=(3000.0, 3480.0, 9000.0),
    within_limit=90,
    ended=100,
    risk_opened=Decimal(40000),
    risk_ended=Decimal(39000),
    risk_standing=Decimal(2780),
    orders=36000,
    facts=90000,
    repeats=12,
    top_causes=(),
)
THIS = replace(
    BEFORE,
    opened={"exposure_mismatch": 41, "failed_update": 24, "stale_feed": 18, "manual_override": 9, "oversell": 1},
    seconds_to_owner=(200.0, 240.0, 280.0),
    seconds_to_end=(2000.0, 2820.0, 18600.0),
    within_limit=134,
    ended=143,
    risk_standing=Decimal(6120),
    orders=38204,
    top_causes=(("amazon-us:exposure", 17), ("acme:silent", 11)),
)
MONDAY = date(2026, 11, 16)


def drawn(this: WeekFigures = THIS, before: WeekFigures | None = BEFORE, *, charts: bool = True) -> Message:
    return render_digest(this, before, a_policy(), "2026-W47", MONDAY, charts=charts)


def as_sent(message: Message) -> Any:
    return json.loads(json.dumps(message.as_json()))


def title(message: Message) -> str:
    return str(as_sent(message)["blocks"][0]["text"]["text"])


def test_it_looks_as_it_was_agreed_and_slack_takes_it() -> None:
    sent = as_sent(drawn())
    assert validate(sent["blocks"]) == []
    golden("digest", sent)


def test_the_headline_has_the_best_and_then_the_worst() -> None:
    assert title(drawn()) == "Fewer oversells, but more left at risk"


def test_the_headline_is_never_only_good_news() -> None:
    better = replace(BEFORE, opened={"exposure_mismatch": 10}, risk_standing=Decimal(2780))
    assert title(drawn(better)) == "Fewer oversells, but $2,780 still at risk"


def test_a_first_week_compares_nothing() -> None:
    text = json.dumps(as_sent(drawn(THIS, None)))
    assert "not enough to compare yet" in text
    assert "better" not in text
    assert "was " not in text


def test_every_tile_says_better_worse_or_same() -> None:
    tiles = [field["text"] for field in as_sent(drawn())["blocks"][3]["fields"]]
    assert "*Oversells*\n1 (−2), better" in tiles
    assert "*At risk, end of week*\n$6,120 (+\u2060$3,340), worse" in tiles
    assert "*Failed updates*\n24 (+4), worse" in tiles
    assert tiles[5].startswith("*Time to a fix*\nmedian 47\u00a0min (−11\u00a0min), better\n9 in 10 within")


def test_without_charts_every_figure_is_told_in_words() -> None:
    sent = as_sent(drawn(charts=False))
    assert validate(sent["blocks"]) == []
    assert "data_visualization" not in json.dumps(sent)
    assert "Exposure mismatch: 41 opened" in json.dumps(sent)


def test_labels_are_short_and_few() -> None:
    many = {
        cls: n + 1 for n, cls in enumerate(("exposure_mismatch", "stale_feed", "failed_update", "wms_erp_variance"))
    }
    many |= dict.fromkeys(("manual_override", "catalog_fault", "oversell", "negative_stock"), 2)
    chart = next(b for b in as_sent(drawn(replace(THIS, opened=many)))["blocks"] if b["type"] == "data_visualization")
    labels = chart["chart"]["axis_config"]["categories"]
    assert len(labels) == 6
    assert labels[-1] == "Rest"
    assert max(map(len, labels)) <= 9


def test_an_empty_week_is_still_a_digest_that_names_what_is_not_automated() -> None:
    sent = as_sent(drawn(an_empty_week(), BEFORE))
    assert validate(sent["blocks"]) == []
    assert "Kits and packs" in json.dumps(sent)


async def wanted(world: World) -> None:
    start = datetime(2026, 11, 16, tzinfo=UTC)
    world.memory.week = {start: THIS, start - timedelta(days=7): BEFORE}
    async with world.memory.unit_of_work() as uow:
        post = Post("digest:2026-W47", PostKind.DIGEST, "inv-ops", 1, body=start.isoformat(), next_at=world.clock.now())
        await uow.posts.want([post])


async def test_it_is_posted_to_ops_with_both_weeks(world: World) -> None:
    await wanted(world)
    await world.deliver()
    (message,) = world.workspace.messages("inv-ops")
    assert "Fewer oversells, but more left at risk" in world.shown(message)
    assert "16 to 22 Nov 2026, UTC" in world.shown(message)
    assert "[chart: Exceptions opened, by class]" in world.shown(message)


async def test_a_workspace_that_draws_no_charts_gets_the_figures(world: World) -> None:
    await wanted(world)
    world.workspace.faults.fail_next["chat.postMessage"] = ["invalid_blocks"]
    await world.deliver()
    (message,) = world.workspace.messages("inv-ops")
    assert "[chart" not in world.shown(message)
    assert "Exposure mismatch: 41 opened" in world.shown(message)
