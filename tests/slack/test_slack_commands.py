"""Every word after `/inventory`, and the other ways in: Home, mentions, shortcuts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from slack_builders import a_view
from slack_stored import Stored
from slack_world import Running
from sqlalchemy import text as sql

from bot.slack.answering.asked import Asked, Reply
from bot.slack.answering.cases import read_filter
from bot.slack.clicks import Clicks
from bot.slack.commands import Commands
from sandbox.slack import Surface, validate
from sandbox.slack.reading import read_blocks
from sync.inbox.acts import Actor
from sync.model.ids import ExceptionId, ListingId, SkuId, SystemId, UserId
from sync.model.stock import Listing, Sku, SkuState


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
    assert "*WMS* · source only, we publish nothing there" in await said(stored, "feed wms")
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


# -- empty answers, mistakes, rights, records away -----------------------------------------------------------------------


async def test_nothing_open_says_how_sure_that_is(stored: Stored) -> None:
    assert "2 of 2 sources heard within their time" in await said(stored, "exceptions")
    assert "Nothing open in Catalog. Last check" in await said(stored, "queue catalog")
    rules = stored.policy.current
    wms = rules.systems["wms"]
    assert wms.source is not None
    source = wms.source.model_copy(update={"fresh_for": timedelta(hours=1)})
    systems = rules.systems | {"wms": wms.model_copy(update={"source": source})}
    stored.policy.take(rules.model_copy(update={"systems": systems}))
    async with stored.store.unit_of_work() as uow:
        await uow.systems.ensure([SystemId("wms")], stored.clock.now() - timedelta(hours=3))
    told = await said(stored, "exceptions")
    assert "But WMS is silent since" in told
    assert "so I do not know" in told


async def test_nothing_of_mine_tells_of_my_queues(stored: Stored) -> None:
    cases = await stored.open_many(2)
    assert "Your queues: 2 open, 2 without owner." in await said(stored, "mine")
    async with stored.store.unit_of_work() as uow:
        await uow.cases.save([replace(one, owner=UserId("U0LEE"), owner_name="Lee", version=2) for one in cases])
    assert "Nothing is yours. Your queues: 2 open, both owned." in await said(stored, "mine")


async def test_a_filter_is_told_in_words_and_a_mistyped_one_is_guessed(stored: Stored) -> None:
    await stored.open_many(6)
    assert "late, Amazon US, above $500.00" in await said(stored, "exceptions late amazon >$500")
    told = await said(stored, "exceptions latee wmss")
    assert "I do not know `latee wmss`" in told
    assert "Did you mean `late` and `wms`?" in told


async def test_a_mistyped_queue_is_offered(stored: Stored) -> None:
    reply = await answer(stored, "queue markteplaces")
    assert "Did you mean Marketplaces?" in reply.text
    (block,) = reply.blocks
    assert block["accessory"]["value"] == "queue marketplaces"
    assert "Queues: Marketplaces" in await said(stored, "queue zebra")


async def test_several_titles_are_a_list_to_choose_from(stored: Stored) -> None:
    async with stored.store.unit_of_work() as uow:
        await uow.catalogue.add_skus([Sku(SkuId(f"KTL-{nth}"), f"Kettle no. {nth}") for nth in range(6)])
    reply = await answer(stored, "sku kettle")
    assert reply.text == "6\u00a0SKUs have `kettle` in the title."
    (block,) = reply.blocks
    assert [one["value"] for one in block["accessory"]["options"]][:2] == ["sku KTL-0", "sku KTL-1"]


async def test_a_channel_s_own_id_finds_its_sku(stored: Stored) -> None:
    async with stored.store.unit_of_work() as uow:
        await uow.catalogue.add_skus([Sku(SkuId("KTL-17-BLK"), "Gooseneck kettle")])
        sku = SkuId("KTL-17-BLK")
        whole = (await uow.stock.load([sku], stored.clock.now()))[sku]
        listing = Listing(ListingId("shopify-us:39072856"), SystemId("shopify-us"), sku)
        await uow.stock.save_states([(whole, SkuState(sku, listings=(listing,)), frozenset())])
    assert "KTL-17-BLK" in await said(stored, "sku 39072856")


async def test_a_guest_is_answered_nothing_of_the_shop(stored: Stored) -> None:
    await stored.open_many(1)
    commands = Commands(stored.room, Clicks(stored.room))
    guest = Actor(UserId("U0GUS"), "Gus", stored.room.team, restricted=True)
    for words in ("sku SKU-00001", "exceptions", "show EX-1", "proof EX-1 file", "digest", "help"):
        reply = await commands.answer(Asked(guest, "C0MKT", tuple(words.split())))
        assert "guests read cards in their channels" in reply.text, words


async def renamed(stored: Stored, table: str, name: str) -> None:
    async with stored.store.unit_of_work() as uow:
        await uow.link.execute(sql(f"ALTER TABLE {table} RENAME TO {name}"))


async def test_while_the_records_cannot_be_read_it_says_since_when(stored: Stored) -> None:
    commands, dana = Commands(stored.room, Clicks(stored.room)), Actor(UserId("U0DANA"), "Dana", stored.room.team)
    asked = Asked(dana, "C0MKT", ("exceptions", "late"), share=True)
    await renamed(stored, "exceptions", "away")
    reply = await commands.answered(asked)
    assert "I cannot read the records now (since " in reply.text
    assert reply.private, "a failure is not shared"
    (block,) = reply.blocks
    assert (block["accessory"]["text"]["text"], block["accessory"]["value"]) == ("Try again", "exceptions late")
    await renamed(stored, "away", "exceptions")
    assert "Nothing open in any queue" in (await commands.answered(asked)).text


async def test_a_shared_card_leads_to_the_one_card(running: Running) -> None:
    world = running.world
    await world.desk.open(a_view())
    dana = world.workspace.person("dana")
    await dana.command("inv-marketplaces", "/inventory", "show EX-1042 share")
    shared = await world.workspace.wait_for(
        lambda: next(
            (one for one in world.workspace.messages("inv-marketplaces") if "shared this" in str(one.blocks)), None
        )
    )
    acts = [one["action_id"] for block in shared.blocks if block["type"] == "actions" for one in block["elements"]]
    assert acts == ["inventory.show"]


async def test_help_offers_work_and_search(stored: Stored) -> None:
    reply = await answer(stored, "help")
    assert [one["action_id"] for one in reply.blocks[1]["elements"]] == [
        "inventory.mine",
        "home.find.open",
        "inventory.all",
    ]
