"""The digest: the headline is a rule, never only good news; charts fall back to pictures, then words; answers have numbers."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from memory_desk import a_policy, nothing_recorded
from slack_world import World
from test_slack_cards import golden

from bot.slack.blocks import Message
from bot.slack.digest import digest_week, render_digest, render_queue, render_queues
from bot.slack.digest.charts import Chart, of_queues, of_week
from bot.slack.digest.files import csv_of, safe, sheets, xlsx_of
from bot.slack.digest.pictures import drawn as picture_of
from bot.slack.digest.reading import Asked
from bot.slack.digest.wanted import digest_posts
from bot.slack.digest.week import DigestWeek, usual_changes
from sandbox.slack.blocks import validate
from sync.measures.records import CheckTally, Episode, Lowering, Recorded, UpdateOutcome, UpdateTally
from sync.model.exceptions import ExceptionClass
from sync.model.ids import ExceptionId, ListingId, LocationId, QueueId, SkuId, SystemId, UserId
from sync.policy.schema import Policy

MONDAY = date(2026, 11, 16)
START = datetime(2026, 11, 16, tzinfo=UTC)
WEEK = timedelta(days=7)
NOW = START + WEEK + timedelta(hours=8)
AMAZON, SHOPIFY, WMS = SystemId("amazon-us"), SystemId("shopify-us"), SystemId("wms")


def a_life(number: int, hours: float, lasted: float | None = 1, **changed: Any) -> Episode:
    opened = START + timedelta(hours=hours)
    ended = None if lasted is None else opened + timedelta(hours=lasted)
    risk = Decimal(changed.pop("risk", 100))
    values: dict[str, Any] = {
        "exception": ExceptionId(number),
        "number": 0,
        "cls": ExceptionClass(changed.pop("cls", "exposure_mismatch")),
        "sku": SkuId(f"SKU-{number}"),
        "family": "kettles",
        "systems": (AMAZON,),
        "queue": QueueId(changed.pop("queue", "marketplaces")),
        "owner": UserId("U0DANA") if ended else None,
        "cause": "amazon-us:exposure",
        "recurrences": 1,
        "since": opened - timedelta(seconds=4),
        "opened_at": opened,
        "owned_at": opened + timedelta(minutes=4) if ended else None,
        "assign_by": opened + timedelta(minutes=30),
        "resolve_by": opened + timedelta(hours=4),
        "ended_at": ended,
        "outcome": "fixed" if ended else "",
        "opening_risk": risk,
        "changes": ((opened, risk), *(((ended, -risk),) if ended else ())),
    }
    return Episode(**(values | changed))


def alone(number: int, hours: float, minutes: float) -> Episode:
    """It cleared by itself before anybody had it."""
    return a_life(number, hours, minutes / 60, outcome="cleared by itself", owner=None, owned_at=None)


def this_week() -> Recorded:
    lives = [alone(number, number, 6 + number % 3) for number in range(12)]
    lives += [a_life(100 + number, 20 + number, 1 + number / 10, recurrences=2) for number in range(8)]
    lives += [a_life(200 + n, 40 + n, 30, cls="failed_update", queue="finance", systems=(SHOPIFY,)) for n in range(4)]
    lives += [a_life(300 + n, 70 + n, 2, cls="stale_feed", queue="warehouse", systems=(WMS,)) for n in range(3)]
    lives += [a_life(400, 90, 3, cls="oversell"), a_life(401, 150, None, risk=6120, cls="wms_erp_variance")]
    lives += [a_life(402, 100, 2, outcome="false alarm"), a_life(403, 101, 2, outcome="false alarm")]
    lowering = Lowering(
        ListingId("amazon-us:1"), SkuId("SKU-1"), "kettles", AMAZON, START, None, 12, 0, 700, Decimal("49.90"), "USD"
    )
    return Recorded(
        start=START,
        end=START + WEEK,
        now=NOW,
        episodes=lives,
        updates=[
            UpdateTally(AMAZON, "kettles", UpdateOutcome.DONE, "", 930, 2800),
            UpdateTally(SHOPIFY, "kettles", UpdateOutcome.DONE, "", 95, 100),
            UpdateTally(SHOPIFY, "kettles", UpdateOutcome.FAILED, "permission", 5, 9),
        ],
        lowerings=[lowering],
        orders={AMAZON: 30000, SHOPIFY: 8204},
        orders_by_family={"kettles": 30000},
        checks=[CheckTally(LocationId("reno"), ExceptionClass.NEGATIVE_STOCK, 26, 0)],
        facts=90210,
        repeats=12,
    )


def week_before() -> Recorded:
    lives = [a_life(500 + n, n - 168, 2, systems=(AMAZON,)) for n in range(20)]
    lives += [a_life(600 + n, n - 100, 2, cls="oversell") for n in range(3)]
    lives += [a_life(700 + n, n - 90, 2, cls="stale_feed", queue="warehouse", systems=(WMS,)) for n in range(9)]
    lives += [a_life(800, -30, 10, risk=2780)]
    return replace(this_week(), start=START - WEEK, end=START, episodes=lives, updates=(), lowerings=(), checks=())


def nothing(weeks: int = 8) -> Recorded:
    return nothing_recorded(START - weeks * WEEK, START, NOW)


def the_week(this: Recorded | None = None, before: Recorded | None = None, policy: Policy | None = None) -> DigestWeek:
    known = before if before is not None else week_before()
    return digest_week(this or this_week(), known, nothing(), policy or a_policy(), MONDAY)


def drawn(week: DigestWeek | None = None, **how: Any) -> Message:
    return render_digest(week or the_week(), a_policy(), "2026-W47", **how)


def as_sent(message: Message | None) -> Any:
    assert message is not None
    return json.loads(json.dumps(message.as_json()))


def title(message: Message) -> str:
    return str(as_sent(message)["blocks"][0]["text"]["text"])


def block(message: Message, name: str) -> str:
    found = [one for one in as_sent(message)["blocks"] if one["block_id"] == f"digest.{name}.v1"]
    return str(found[0]["text"]["text"]) if found else ""


# -- the message -------------------------------------------------------------------------------------------------------


def test_it_looks_as_it_was_agreed_and_slack_takes_it() -> None:
    sent = as_sent(drawn())
    assert validate(sent["blocks"]) == []
    golden("digest", sent)


def test_the_headline_has_the_best_and_then_the_worst() -> None:
    assert title(drawn()) == "Fewer oversells, but more left at risk"


def test_the_headline_is_never_only_good_news() -> None:
    better = replace(
        week_before(), start=START, end=START + WEEK, episodes=[a_life(1, 1), a_life(2, 160, None, risk=900)]
    )
    before = replace(
        week_before(), episodes=[*week_before().episodes, a_life(9, -50, None, risk=900, cls="stale_feed")]
    )
    standing = replace(better, episodes=[*better.episodes[:1], before.episodes[-1]])
    assert title(drawn(the_week(standing, before))) == "Fewer oversells, but $900 still at risk"


def test_a_first_week_compares_nothing() -> None:
    first = json.dumps(as_sent(drawn(the_week(before=replace(nothing(), facts=0)))))
    assert "not enough to compare yet" in first
    assert "better" not in first
    assert "(was " not in first


def test_every_tile_says_better_worse_or_same() -> None:
    tiles = [field["text"] for field in as_sent(drawn())["blocks"][3]["fields"]]
    assert tiles[0] == "*Oversells*\n1 (−2), better\n0.3 per 10,000 orders"
    assert tiles[1] == "*Prevented*\nabout 12\u00a0units, $597"
    assert tiles[2] == "*At risk, end of week*\n$6,120 (+\u2060$6,120), worse"
    assert tiles[7] == "*Failed updates*\n4 (+4), worse"
    assert tiles[8] == "*Stale feeds*\n3 (−6), better"
    assert len(tiles) == 10


def test_a_change_inside_the_usual_spread_is_the_same() -> None:
    lives = [a_life(n * 10 + k, n * 168 - 8 * 168, 1) for n in range(8) for k in range(5 + 4 * (n % 2))]
    history = replace(nothing(), episodes=lives)
    assert usual_changes(history)["exceptions"] == 4
    assert usual_changes(replace(history, episodes=lives[:14])) == {}, "too few weeks are known"
    week = digest_week(
        this_week(), replace(week_before(), episodes=week_before().episodes[:30]), history, a_policy(), MONDAY
    )
    assert week.before is not None
    assert abs(week.this.opened - week.before.opened) <= 4
    assert any(one["text"].startswith("*Inside") for one in as_sent(drawn(week))["blocks"][3]["fields"])


def test_the_answers_carry_their_numbers() -> None:
    message = drawn()
    assert (
        "1. *Exposure mismatch on Amazon US*: 22 of 22, 8 not for the first time, 12 cleared by themselves →"
        in block(message, "causes")
    )
    rules = block(message, "rules")
    assert "wait 13" in rules
    assert "12 of 22 would not have opened; 10 others would have come later" in rules
    assert "• Shopify US: 5 of 100 updates refused (permission)" in rules
    assert "• Negative stock at Reno, counted by hand: 26 counts, 0 differences in 8 weeks" in rules
    assert "*Sync paths that improved*\n• WMS: 3 exceptions (was 9)" in rules
    limits = block(message, "limits")
    assert "Kits and packs" in limits
    assert "*False alarms*\n2 of 18 (11.1%)" in limits


def test_an_empty_week_is_still_a_digest_that_names_what_is_not_automated() -> None:
    empty = nothing_recorded(START, START + WEEK, NOW)
    sent = as_sent(drawn(the_week(empty)))
    assert validate(sent["blocks"]) == []
    assert "Kits and packs" in json.dumps(sent)


def hostile() -> Policy:
    """Names at their worst: long, right to left, with mentions and markup."""
    name = "<!channel> *`مرحبا`* " + "👩‍👩‍👧‍👦" * 40 + "x" * 300
    base = a_policy()
    queue = base.queues["marketplaces"]
    queues = {f"q-{n}": queue.model_copy(update={"name": f"{n} {name}"}) for n in range(60)}
    systems = {key: one.model_copy(update={"name": f"{key} {name}"}) for key, one in base.systems.items()}
    people = {key: one.model_copy(update={"name": f"{key} {name}"}) for key, one in base.people.items()}
    return base.model_copy(
        update={
            "queues": base.queues | queues,
            "systems": systems,
            "people": people,
            "not_automated": (name * 3,) * 30,
        }
    )


def mrkdwn_of(part: Any) -> Iterator[str]:
    """Every text in which Slack would see a mention."""
    if isinstance(part, dict):
        if part.get("type") == "mrkdwn":
            yield part["text"]
        yield from (text for value in part.values() for text in mrkdwn_of(value))
    elif isinstance(part, list):
        yield from (text for value in part for text in mrkdwn_of(value))


def the_worst() -> DigestWeek:
    lives = [
        a_life(n, n / 4, None if n % 3 else 2, cls=cls.value, queue=f"q-{n % 60}", systems=(AMAZON,), risk=10**9)
        for n, cls in enumerate(list(ExceptionClass) * 60)
    ]
    checks = [CheckTally(LocationId("x" * 200), cls, 10**6, 0) for cls in ExceptionClass]
    return the_week(replace(this_week(), episodes=lives, checks=checks), policy=hostile())


def test_the_worst_case_passes_block_kit() -> None:
    week, policy = the_worst(), hostile()
    messages = [
        render_digest(week, policy, "2026-W47"),
        render_digest(week, policy, "2026-W47", charts=False),
        render_digest(week, policy, "2026-W47", charts=False, pictures={"risk": "F1", "class": "F2"}),
        render_queues(week, policy, "digest:2026-W47:queues"),
        render_queues(week, policy, "digest:2026-W47:queues", charts=False),
        *(render_queue(week, policy, QueueId(f"q-{n}"), "k") for n in range(3)),
    ]
    for message in messages:
        sent = as_sent(message)
        assert validate(sent["blocks"]) == []
        assert "<!channel>" not in "".join(mrkdwn_of(sent["blocks"]))
        assert len(sent["text"]) <= 3_500


# -- charts ------------------------------------------------------------------------------------------------------------


def test_labels_are_short_and_few_and_every_series_has_all() -> None:
    for chart in [*of_week(the_worst(), hostile()), *of_queues(the_worst(), hostile())]:
        assert len(chart.labels) <= 7
        assert len(set(chart.labels)) == len(chart.labels)
        assert all(len(values) == len(chart.labels) for _, values in chart.series)


def test_a_chart_says_all_its_numbers_in_words() -> None:
    risk, classes = of_week(the_week(), a_policy())
    assert risk.alt.startswith("Line chart. Revenue at risk, end of day (USD). This week: Mon 100, Tue 400, Wed 400,")
    assert risk.alt.endswith("Week before: Mon 0, Tue 0, Wed 100, Thu 0, Fri 0, Sat 2,780, Sun 0.")
    assert "This week: Exposure 22, Update 4, Feed 3, Oversell 1, WMS-ERP 1" in classes.words


@pytest.mark.parametrize("charts", [True, False])
def test_a_single_bar_is_told_and_not_drawn(charts: bool) -> None:
    """One category has nothing to be compared with: as a chart it is one giant bar."""
    one = Chart("class", "bar", "Opened", "Class", "n", ("Feed",), (("This week", (12,)), ("Week before", (9,))))
    assert one.shown(charts=charts, file="F1")["text"] == {
        "type": "mrkdwn",
        "text": "*Opened*\nThis week: Feed 12\nWeek before: Feed 9",
    }
    two = Chart("class", "bar", "Opened", "Class", "n", ("Feed", "Update"), (("This week", (12, 3)),))
    assert two.shown(charts=charts, file="F1")["type"] == ("data_visualization" if charts else "image")


@pytest.mark.parametrize("kind", ["line", "bar"])
def test_a_picture_is_a_png_twice_as_wide_as_high_on_a_ground_of_its_own(kind: Any) -> None:
    chart = Chart(
        "x", kind, "Risk $1 $2 مرحبا", "Day", "USD", ("Mon", "Tue"), (("This week", (1, 9_000)), ("Before", (3, 4)))
    )
    png = picture_of(chart)
    assert png.startswith(b"\x89PNG")
    assert (int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) == (1200, 600)
    assert b"This week: Mon 1, Tue 9,000" in png, "its description is inside"
    assert len(png) < 200_000


def test_without_charts_every_figure_is_told_in_words() -> None:
    sent = as_sent(drawn(charts=False))
    assert validate(sent["blocks"]) == []
    assert "data_visualization" not in json.dumps(sent)
    assert "*Exceptions opened, by class*\\nThis week: Exposure 22, Update 4" in json.dumps(sent)


# -- the thread --------------------------------------------------------------------------------------------------------


def test_each_queue_has_its_own_message() -> None:
    week = the_week()
    message = render_queue(week, a_policy(), QueueId("marketplaces"), "digest:2026-W47:queue:marketplaces")
    text = block(message, "queue") if message else ""
    assert text.startswith("*Marketplaces*: 24 opened, 1 open, 1 late, fixed in 8\u00a0min. Dana 11 and nobody 1.")
    assert "Longest: EX-401, 18\u00a0h." in text
    quiet = render_queue(week, a_policy(), QueueId("catalog"), "k")
    assert block(quiet, "queue") == "*Catalog*: nothing opened, 0 open." if quiet else False
    assert render_queue(week, a_policy(), QueueId("gone"), "k") is None


def test_the_queues_stand_in_a_table_with_two_charts() -> None:
    sent = as_sent(render_queues(the_week(), a_policy(), "digest:2026-W47:queues"))
    assert validate(sent["blocks"]) == []
    golden("digest-queues", sent)
    kinds = [one["type"] for one in sent["blocks"]]
    assert kinds == ["section", "table", "data_visualization", "data_visualization", "context"]


# -- the files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_cells_that_begin_like_formulas_are_text(text: str) -> None:
    assert safe(text) == f"'{text}"
    assert safe("1-1") == "1-1"


def test_the_csv_has_every_sheet() -> None:
    lives = [a_life(1, 1, family="=HYPERLINK(1)"), a_life(2, 2, family="pans")]
    week = the_week(replace(this_week(), episodes=lives))
    rows = list(csv.reader(io.StringIO(csv_of(week, a_policy()).decode("utf-8-sig"))))
    assert {row[0] for row in rows} == set(sheets(week, a_policy()))
    families = {row[1]: row for row in rows if row[0] == "By family" and row[2] == "This week"}
    assert set(families) == {"'=HYPERLINK(1)", "pans"}
    head = next(row for row in rows if row[0] == "By family")
    assert families["pans"][head.index("opened")] == "1"


def test_the_workbook_opens_and_holds_no_formula() -> None:
    week = the_week(replace(this_week(), episodes=[a_life(1, 1, family="=1+1")]))
    with zipfile.ZipFile(io.BytesIO(xlsx_of(week, a_policy()))) as book:
        names = book.namelist()
        text = "".join(book.read(name).decode() for name in names if name.endswith(".xml"))
    assert sum(name.startswith("xl/worksheets/sheet") for name in names) == len(sheets(week, a_policy()))
    assert "<f>" not in text
    assert "'=1+1" in text


# -- sending -----------------------------------------------------------------------------------------------------------


async def wanted(world: World, *, late: bool = False) -> None:
    world.memory.recorded = {START: this_week(), START - WEEK: week_before()}
    async with world.memory.unit_of_work() as uow:
        await uow.posts.want(digest_posts(world.policy.current, "2026-W47", Asked(START, late), world.clock.now()))


async def test_message_thread_and_files_are_posted_to_ops(world: World) -> None:
    await wanted(world)
    await world.deliver()
    messages = world.workspace.messages("inv-ops")
    shown = [world.shown(one) for one in messages]
    assert "Fewer oversells, but more left at risk" in shown[0]
    assert "16 to 22 Nov 2026, UTC" in shown[0]
    assert "[chart: Revenue at risk, end of day (USD)]" in shown[0]
    told = [world.shown(one) for one in world.workspace.thread("inv-ops", messages[0].ts)]
    assert any("Marketplaces: 24 opened" in one.replace("*", "") for one in told)
    assert any("[chart: Open per queue, busiest moment]" in one for one in told)
    names = sorted(file.name for file in world.workspace.state.files.values())
    assert names == ["digest-2026-W47.csv", "digest-2026-W47.xlsx"]
    assert all(post.sent >= post.wanted for post in world.memory.posts.values())


async def test_a_workspace_that_draws_no_charts_gets_pictures(world: World) -> None:
    await wanted(world)
    world.workspace.faults.fail_next["chat.postMessage"] = ["invalid_blocks"]
    await world.deliver()
    root = world.workspace.messages("inv-ops")[0]
    kinds = [one["type"] for one in root.blocks]
    assert "data_visualization" not in kinds
    images = [one for one in root.blocks if one["type"] == "image"]
    assert [one["alt_text"][:10] for one in images] == ["Line chart", "Bar chart."]
    pictures = {file.name for file in world.workspace.state.files.values() if file.name.endswith(".png")}
    assert pictures == {"risk.png", "class.png", "fix.png", "load.png"}


async def test_where_files_are_refused_too_the_figures_come_in_words(world: World) -> None:
    await wanted(world)
    world.workspace.faults.fail_next["chat.postMessage"] = ["invalid_blocks"]
    world.workspace.faults.fail_next["files.getUploadURLExternal"] = ["missing_scope"] * 2
    await world.deliver()
    root = world.shown(world.workspace.messages("inv-ops")[0])
    assert "[chart" not in root
    assert "This week: Exposure 22, Update 4" in root


async def test_a_late_digest_says_so(world: World) -> None:
    await wanted(world, late=True)
    await world.deliver()
    assert "Late: nothing of ours ran when it was due." in world.shown(world.workspace.messages("inv-ops")[0])


def test_a_week_of_changing_clocks_has_seven_days() -> None:
    policy = a_policy(digest={"channel": "inv-ops", "timezone": "Europe/London"})
    zone = ZoneInfo("Europe/London")
    begins, ends = (
        datetime(2026, 10, 19, tzinfo=zone).astimezone(UTC),
        datetime(2026, 10, 26, tzinfo=zone).astimezone(UTC),
    )
    assert ends - begins == timedelta(days=7, hours=1)
    this = nothing_recorded(begins, ends, NOW)
    week = digest_week(this, nothing_recorded(begins - WEEK, begins, NOW), nothing(), policy, date(2026, 10, 19))
    assert [label for label, _, _ in week.risk_days] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
