"""Every word after `/inventory`, and the other ways in: Home, mentions, shortcuts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from slack_builders import a_view
from slack_stored import Stored
from slack_world import Running

from bot.slack.answering.asked import Asked, Reply
from bot.slack.answering.cases import read_filter
from bot.slack.clicks import Clicks
from bot.slack.commands import Commands
from sandbox.slack import Surface, validate
from sandbox.slack.reading import read_blocks
from sync.inbox.acts import Actor
from sync.model.ids import ExceptionId, SkuId, SystemId, UserId
from sync.model.stock import Sku


async def answer(stored: Stored, text: str, who: str = "U0DANA") -> Reply:
    commands = Commands(stored.room, Clicks(stored.room))
    actor = Actor(UserId(who), "Dana", stored.room.team)
    reply = await commands.answer(Asked(actor, "C0MKT", tuple(text.split())))
    assert validate(list(reply.blocks), Surface.MESSAGE) == []
    return reply


async def said(stored: Stored, text: str) -> str:
    reply = await answer(stored, text)
    return f"{reply.text}\n{read_blocks(stored.workspace.state, list(reply.blocks))}"


async def test_exceptions_are_filtered_by_what_people_type(stored: Stored) -> None:
    await stored.open_many(6)
    await stored.open()
    assert "2 of 7 match" in await said(stored, "exceptions amazon >4")
    assert "1 of 7 match" in await said(stored, "exceptions stale")
    assert "0 of 7 match" in await said(stored, "exceptions late")
    stored.clock.move(timedelta(minutes=31))
    assert "7 of 7 match" in await said(stored, "exceptions late nobody")
    assert "0 of 7 match" in await said(stored, "exceptions mine")
    assert "I do not know `blurb`" in await said(stored, "exceptions blurb")


async def test_without_any_exception_the_list_says_so(stored: Stored) -> None:
    assert "Nothing open in any queue" in await said(stored, "exceptions")


def test_a_filter_reads_money_classes_systems_and_queues(stored: Stored) -> None:
    policy = stored.policy.current
    wanted = read_filter(["late", ">$1,500.50", "oversell", "shopify", "catalog"], policy, UserId("U0DANA"))
    assert (wanted.late, str(wanted.above), wanted.unknown) == (True, "1500.50", ())
    assert wanted.systems == {SystemId("shopify-us")}
    assert {cls.value for cls in wanted.classes} >= {"oversell"}


async def test_systems_and_feeds_say_when_they_were_heard(stored: Stored) -> None:
    rules = stored.policy.current
    wms = rules.systems["wms"]
    assert wms.source is not None
    source = wms.source.model_copy(update={"fresh_for": timedelta(hours=1)})
    systems = rules.systems | {"wms": wms.model_copy(update={"source": source})}
    stored.policy.take(rules.model_copy(update={"systems": systems}))
    async with stored.store.unit_of_work() as uow:
        await uow.systems.ensure([SystemId("wms"), SystemId("amazon-us")], stored.clock.now() - timedelta(hours=3))
    told = await said(stored, "systems")
    assert "4 systems" in told.replace("\u00a0", " ")
    assert "Amazon US* · guard" in told
    assert "nothing heard yet" in told
    assert "WMS" in await said(stored, "feed wms")
    assert "No source `nonsense`" in await said(stored, "feed nonsense")


async def test_the_rules_are_read_in_plain_english_and_by_word(stored: Stored) -> None:
    assert "Harbour & Hearth" in await said(stored, "rules")
    narrowed = await said(stored, "rules approv")
    assert "Who may act" in narrowed or "Corrections" in narrowed
    assert "No rule speaks of `zebra`" in await said(stored, "rules zebra")


async def test_metrics_of_a_period(stored: Stored) -> None:
    await stored.open_many(3)
    told = await said(stored, "metrics today")
    assert "Exceptions opened: *3 (Exposure mismatch 3)*" in told
    assert "is no period; write today" in await said(stored, "metrics fortnight")
    by_queue = await said(stored, "metrics today by queue")
    assert "*Marketplaces*: 3 opened (0 again), 3 open" in by_queue
    assert "*no vendor*: 3 opened" in await said(stored, "metrics by vendor")
    assert "By what? I know `by family`" in await said(stored, "metrics week by colour")


async def test_oncall_names_lead_and_stand_in(stored: Stored) -> None:
    told = await said(stored, "oncall")
    assert "Marketplaces" in told
    assert "Kim (ops lead)" in told
    assert "Catalog" not in await said(stored, "oncall market")


async def test_the_proof_is_checked_and_sent_as_a_file(stored: Stored) -> None:
    await stored.open_many(1)
    assert "every hash fits" in await said(stored, "proof EX-1")
    assert "in your messages with me" in await said(stored, "proof EX-1 file")
    (message,) = stored.workspace.person("dana").direct().timeline()
    file = stored.workspace.state.files[message.file_ids[0]]
    assert file.name == "EX-1-proof.json"
    assert b"Opened: Amazon US shows 8" in (file.content or b"")
    assert "There is no `EX-99`" in await said(stored, "proof EX-99")
    assert "Whose proof?" in await said(stored, "proof")


async def test_a_mistyped_code_finds_its_neighbours(stored: Stored) -> None:
    async with stored.store.unit_of_work() as uow:
        await uow.catalogue.add_skus(
            [Sku(SkuId("KTL-17-BLK"), "Gooseneck kettle"), Sku(SkuId("KTL-17-STL"), "Kettle, steel")]
        )
    told = await said(stored, "sku KTL-17-BLCK")
    assert "Did you mean" in told
    assert "`KTL-17-BLK`" in told
    assert "`KTL-17-STL`" in await said(stored, "sku KTL-17-XX")
    assert "No SKU `zzzz`" in await said(stored, "sku zzzz")


async def test_help_names_every_command(stored: Stored) -> None:
    told = await said(stored, "help all")
    commands = Commands(stored.room, Clicks(stored.room))
    assert [word for word in commands._answers if f"`{word}" not in told] == []


@pytest.mark.parametrize(
    ("typed", "meant"), [("qeue", "queue"), ("excptions late", "exceptions"), ("onecall", "oncall")]
)
async def test_a_typing_mistake_gets_a_suggestion(stored: Stored, typed: str, meant: str) -> None:
    assert f"Did you mean `{meant}`?" in await said(stored, typed)


# -- acts, mentions, shortcuts -----------------------------------------------------------------------------------------


async def modal(world: Any, person: Any, title: str) -> str:
    view = await world.workspace.wait_for(
        lambda: (
            view
            if (view := person.open_view()) is not None
            and view.content["title"]["text"] == title
            and view.content["callback_id"] != "loading"
            else None
        )
    )
    shown: str = world.workspace.read_view(view)
    return shown


async def test_pause_by_command_opens_the_form_of_the_sku_s_exception(running: Running) -> None:
    world = running.world
    world.desk.templates[ExceptionId(1042)] = a_view()
    case = await world.desk.open(a_view())
    view = a_view(case)
    assert view.sku is not None
    world.desk.templates[case.id] = replace(view, sku=replace(view.sku, cases=(case,)))
    dana = world.workspace.person("dana")
    await dana.command("inv-marketplaces", "/inventory", "pause KTL-17-BLK")
    assert "Amazon US" in await modal(world, dana, "Pause listing")
    await dana.close_view()
    await dana.command("inv-marketplaces", "/inventory", "count EX-1042")
    await modal(world, dana, "Request count")


async def test_a_mention_with_a_sku_answers_like_the_command(running: Running) -> None:
    world = running.world
    await world.desk.open(a_view())
    dana = world.workspace.person("dana")
    await dana.say("inv-marketplaces", f"<@{world.workspace.state.bot.id}> KTL-17-BLK")
    (told,) = await world.workspace.wait_for(lambda: world.workspace.ephemerals("dana", "inv-marketplaces"))
    assert "Gooseneck kettle" in world.workspace.read(told)


async def test_words_in_a_card_s_thread_become_a_note(running: Running) -> None:
    world = running.world
    await world.desk.open(a_view())
    running.deliverer.wake()
    await world.workspace.wait_for(lambda: world.memory.posts["card:EX-1042"].ts)
    dana = world.workspace.person("dana")
    line = await dana.say("inv-marketplaces", "two cartons look damaged", world.post().ts)
    await dana.message_shortcut("inv-marketplaces", line.ts, "add_note")
    await modal(world, dana, "Add note")
    await dana.submit_view()
    await world.workspace.wait_for(
        lambda: (
            "two cartons" in "\n".join(m.text for m in world.workspace.thread("inv-marketplaces", world.post().ts)[2:])
        )
    )


async def test_home_finds_a_sku(running: Running) -> None:
    world = running.world
    await world.desk.open(a_view())
    dana = world.workspace.person("dana")
    await dana.open_home()
    await world.workspace.wait_for(dana.home)
    await dana.click_home("home.find.open")
    await modal(world, dana, "Find a SKU")
    await dana.submit_view({"find.text": "ktl-17-blk"})
    assert "Gooseneck kettle" in await modal(world, dana, "All channels and orders")
