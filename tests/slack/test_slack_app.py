"""People at work in the workspace: clicks, forms, commands and Home, over a real WebSocket (F44, F45)."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from slack_builders import (
    DANA,
    LEE,
    SAM,
    a_case,
    a_correction,
    a_listing,
    a_pause,
    a_sku_view,
    a_view,
    owned,
    stopped,
)
from slack_world import Running, World
from structlog.testing import capture_logs

from bot.slack.app import build_app, http_routes
from sandbox.slack import Outcome, Person, SlackWorkspace
from sandbox.slack.reading import read_blocks
from sync.model.exceptions import Case, Life
from sync.model.ids import ExceptionId
from sync.policy.system_rules import Mode

MARKETPLACES = "inv-marketplaces"


async def opened(running: Running, case: Case | None = None, **changes: Any) -> str:
    """A card stands in the queue; its ts."""
    world = running.world
    view = a_view(case, **changes)
    await world.desk.open(view)
    running.deliverer.wake()
    key = f"card:{view.case.name}"
    await world.workspace.wait_for(lambda: world.post(key).ts)
    return world.post(key).ts


async def form(world: World, person: Person, title: str) -> str:
    """Wait for the form to be filled; what it says."""

    def filled() -> bool:
        view = person.open_view()
        return (
            view is not None
            and view.content["title"]["text"] == title
            and view.content["blocks"][0]["block_id"] != "loading.text"
        )

    await world.workspace.wait_for(filled)
    return front(world, person)


async def more(world: World, person: Person, ts: str, action: str, title: str) -> str:
    """Press an act that stands behind *More actions…*; what its form says."""
    await person.click(MARKETPLACES, ts, "card.more", "More actions…")
    await form(world, person, "More actions")
    await person.click_view(action)
    return await form(world, person, title)


def front(world: World, person: Person) -> str:
    """What the modal in front says."""
    view = person.open_view()
    assert view is not None
    return read_blocks(world.workspace.state, view.content["blocks"])


async def told(world: World, person: str, channel: str = MARKETPLACES) -> str:
    """What only this person was told, last."""
    await world.workspace.wait_for(lambda: world.workspace.ephemerals(person, channel))
    return world.workspace.read(world.workspace.ephemerals(person, channel)[-1])


async def card_says(world: World, words: str, key: str = "card:EX-1042") -> str:
    """Wait until the card says this."""
    await world.workspace.wait_for(lambda: words in world.shown(world.card(key)))
    return world.shown(world.card(key))


async def test_pausing_asks_shows_acts_and_tells(running: Running) -> None:
    world, ts = running.world, await opened(running)
    dana = world.workspace.person("dana")
    await dana.click(MARKETPLACES, ts, "card.pause.open")
    text = await form(world, dana, "Pause listing")
    assert text.startswith("Amazon US shows 8. It will show 0, usually within 2 min. 2\u00a0open orders stay and ship.")
    assert "Shopify US goes on selling (shows 1)." in text
    sent = await dana.submit_view({"pause.reason": "count", "pause.note": "two cartons look damaged"})
    assert sent.outcome is Outcome.CLOSED
    assert "Paused on Amazon US" in await told(world, "dana")
    assert "*Paused* by @Dana" in await card_says(world, "Paused")
    (target,) = world.memory.wanted_targets
    assert (target.wanted, target.listing) == (0, "amazon-us:B0KTL")


async def test_the_form_opens_at_once_and_is_filled_afterwards(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, ts = running.world, await opened(running)
    dana, seen = world.workspace.person("dana"), []
    prepare = world.desk.prepare

    async def slow(*arguments: Any) -> Any:
        view = dana.open_view()
        assert view is not None
        seen.append(view.content["blocks"][0]["text"]["text"])
        return await prepare(*arguments)

    monkeypatch.setattr(world.desk, "prepare", slow)
    await dana.click(MARKETPLACES, ts, "card.pause.open")
    await form(world, dana, "Pause listing")
    assert seen == ["Reading the latest numbers…"]


async def test_other_needs_a_note_and_keeps_the_form_open(running: Running) -> None:
    world, ts = running.world, await opened(running)
    dana = world.workspace.person("dana")
    await dana.click(MARKETPLACES, ts, "card.pause.open")
    await form(world, dana, "Pause listing")
    refused = await dana.submit_view({"pause.reason": "other"})
    assert refused.errors == {"pause.note": "Say in a few words why; it goes into the proof."}
    none = await dana.submit_view({"pause.reason": "count", "pause.listings": []})
    assert none.errors == {"pause.listings": "Choose at least one listing."}
    assert not world.memory.wanted_targets


async def test_ticking_a_second_listing_changes_preview_and_button(running: Running) -> None:
    world, ts = running.world, await opened(running)
    dana = world.workspace.person("dana")
    await dana.click(MARKETPLACES, ts, "card.pause.open")
    await form(world, dana, "Pause listing")
    view = dana.open_view()
    assert view is not None
    assert view.content["submit"]["text"] == "Pause 1\u00a0listing"
    both = ["amazon-us:B0KTL", "shopify-us:39072856"]
    await dana.click_view("value", both, block_id="pause.listings")
    await world.workspace.wait_for(lambda: view.content["submit"]["text"] == "Pause 2\u00a0listings")
    assert "Shopify US shows 1. It will show 0" in front(world, dana)
    await dana.submit_view({"pause.reason": "count"})
    await world.workspace.wait_for(lambda: len(world.memory.wanted_targets) == 2)


async def test_f44_two_people_click_and_the_second_is_told_who_was_first(running: Running) -> None:
    world, ts = running.world, await opened(running)
    dana, lee = world.workspace.person("dana"), world.workspace.person("lee")
    for person in (dana, lee):
        await person.click(MARKETPLACES, ts, "card.pause.open")
        await form(world, person, "Pause listing")
    await lee.submit_view({"pause.reason": "count", "pause.note": "recount first"})
    late = await dana.submit_view({"pause.reason": "count", "pause.note": "two cartons look damaged"})
    assert late.outcome is Outcome.UPDATED
    text = front(world, dana)
    assert "Lee paused it at" in text
    view = dana.open_view()
    assert view is not None
    told = view.content["blocks"][0]["text"]["text"]
    assert re.search(r"paused it at <!date\^\d+\^\{time_secs\}\|\d\d:\d\d:\d\d E[DS]T>", told), "in Dana's own time"
    assert "> two cartons look damaged" in text
    assert len(world.memory.wanted_targets) == 1


async def test_what_the_slower_one_wrote_becomes_a_note(running: Running) -> None:
    world, ts = running.world, await opened(running)
    dana, lee = world.workspace.person("dana"), world.workspace.person("lee")
    for person in (dana, lee):
        await person.click(MARKETPLACES, ts, "card.pause.open")
        await form(world, person, "Pause listing")
    await lee.submit_view({"pause.reason": "count", "pause.note": "recount first"})
    await dana.submit_view({"pause.reason": "count", "pause.note": "carton 7: open"})
    await dana.click_view("faster.note.open")
    await form(world, dana, "Add note")
    view = dana.open_view()
    assert view is not None
    assert view.values["note.text"]["value"]["value"] == "carton 7: open"
    await dana.submit_view()
    await world.workspace.wait_for(
        lambda: "Dana: carton 7: open" in world.memory.chains["exception:EX-1042"][-1].entry.sentence
    )


async def test_f44_a_form_sent_twice_is_answered_twice_and_acts_once(running: Running) -> None:
    world, ts = running.world, await opened(running)
    dana = world.workspace.person("dana")
    await dana.click(MARKETPLACES, ts, "card.pause.open")
    await form(world, dana, "Pause listing")
    view = dana.open_view()
    assert view is not None
    first = await dana.submit_view({"pause.reason": "count"})
    world.workspace.state.views[view.id] = view
    world.workspace.state.modals["U0DANA"] = [view.id]
    again = await dana.submit_view()
    assert (first.outcome, again.outcome) == (Outcome.CLOSED, Outcome.CLOSED)
    assert len(world.memory.wanted_targets) == 1


async def test_f44_a_click_that_comes_late_is_answered_with_what_is_true_now(running: Running) -> None:
    world, ts = running.world, await opened(running)
    case = world.memory.cases[ExceptionId(1042)]
    now = world.clock.now()
    ended = replace(case, life=Life.RESOLVED, ended_at=now, ended_name="Lee", outcome="fixed", version=case.version + 1)
    world.memory.cases[case.id] = ended
    dana = world.workspace.person("dana")
    await dana.click(MARKETPLACES, ts, "card.take")
    assert "This was resolved by Lee" in await told(world, "dana")
    await dana.click(MARKETPLACES, ts, "card.pause.open")
    assert "This was resolved" in await form(world, dana, "Not possible")


async def test_taking_is_one_click_and_its_second_is_told(running: Running) -> None:
    world, ts = running.world, await opened(running)
    await world.workspace.person("dana").click(MARKETPLACES, ts, "card.take")
    assert await told(world, "dana") == "It is yours."
    world.workspace.state.channel(MARKETPLACES).messages[ts].blocks[6]["elements"][0]["action_id"] = "card.take"
    await world.workspace.person("lee").click(MARKETPLACES, ts, "card.take")
    assert "Dana took it at" in await told(world, "lee")


async def test_the_overflow_opens_its_forms(running: Running) -> None:
    world, ts = running.world, await opened(running)
    dana = world.workspace.person("dana")
    await more(world, dana, ts, "card.note.open", "Add note")
    await dana.submit_view({"note.text": "vendor called back"})
    await world.workspace.wait_for(
        lambda: "vendor called back" in world.memory.chains["exception:EX-1042"][-1].entry.sentence
    )


async def test_it_is_handed_to_a_colleague_who_is_told_and_snoozed_and_woken(running: Running) -> None:
    world, ts = running.world, await opened(running)
    dana = world.workspace.person("dana")
    await dana.click(MARKETPLACES, ts, "card.more", "Hand over…")
    assert "It must be fixed by" in await form(world, dana, "Hand over")
    empty = await dana.submit_view({"handover.reason": "end of shift"})
    assert empty.errors == {"handover.to": "Choose a person or a queue."}
    sent = await dana.submit_view({"handover.to": LEE, "handover.reason": "end of shift"})
    assert sent.outcome is Outcome.CLOSED
    assert "*Owned* by @Lee" in await card_says(world, "*Owned* by @Lee")
    notice = next(post for key, post in world.memory.posts.items() if key.startswith("told:EX-1042"))
    assert (notice.channel, notice.body) == (LEE, "Dana handed you EX-1042: end of shift.")
    lee = world.workspace.person("lee")
    await more(world, lee, ts, "card.snooze.open", "Snooze")
    late = await lee.submit_view({"snooze.reason": "backlog"})
    assert "snooze.until" in late.errors
    await lee.submit_view({"snooze.until": "worse", "snooze.reason": "Amazon backlog"})
    shown = await card_says(world, "*Snoozed* by @Lee")
    assert "or worse than +7\u00a0units: “Amazon backlog”" in shown
    await lee.click(MARKETPLACES, ts, "card.wake")
    await card_says(world, "*Owned* by @Lee")


async def test_showing_less_is_asked_for_on_its_fields_and_told_on_the_card(running: Running) -> None:
    world = running.world
    systems = dict(world.policy.current.systems)
    selling = systems["amazon-us"].channel.model_copy(update={"publish_to": "reno"})  # type: ignore[union-attr]
    full = systems["amazon-us"].model_copy(update={"mode": Mode.FULL, "channel": selling})
    ts = await opened(running, sku=a_sku_view(listings=(a_listing(writable=True, can_sell=6),)))
    dana = world.workspace.person("dana")
    assert "shows 8, can sell 6" in await more(world, dana, ts, "card.cap.open", "Show less")
    assert (await dana.submit_view({"cap.units": "3"})).errors.keys() == {"cap.reason"}
    refused = await dana.submit_view({"cap.units": "3", "cap.reason": "two pallets are wet"})
    assert refused.outcome is Outcome.UPDATED
    assert "We do not write quantities to Amazon US." in front(world, dana)
    world.policy.take(world.policy.current.model_copy(update={"systems": systems | {"amazon-us": full}}))
    await more(world, dana, ts, "card.cap.open", "Show less")
    high = await dana.submit_view({"cap.units": "8", "cap.reason": "two pallets are wet"})
    assert high.errors == {"cap.units": "Amazon US shows 8 and can sell 6: choose fewer than 8."}
    sent = await dana.submit_view({"cap.units": "3", "cap.reason": "two pallets are wet"})
    assert sent.outcome is Outcome.CLOSED
    assert "*At most 3\u00a0units* on Amazon US by @Dana" in await card_says(world, "*At most 3")


async def test_f45_a_guest_is_refused_and_told_whom_to_ask(running: Running) -> None:
    world, ts = running.world, await opened(running)
    gus = world.workspace.person("gus")
    await gus.click(MARKETPLACES, ts, "card.take")
    assert "Guests and apps cannot act here. Ask @Dana." in await told(world, "gus")
    await gus.click(MARKETPLACES, ts, "card.pause.open")
    assert "Guests and apps cannot act here." in await form(world, gus, "Not possible")
    assert world.memory.cases[ExceptionId(1042)].owner is None


async def test_f45_somebody_who_left_the_company_meanwhile_is_refused(running: Running) -> None:
    world, ts = running.world, await opened(running)
    world.workspace.person("dana").member.deleted = True
    await world.workspace.person("dana").click(MARKETPLACES, ts, "card.take")
    assert "cannot act here" in await told(world, "dana")


async def test_somebody_of_another_queue_is_told_who_can(running: Running) -> None:
    world = running.world
    await opened(running)
    world.workspace.state.channel(MARKETPLACES).members.add(SAM)
    sam = world.workspace.person("sam")
    await sam.click(MARKETPLACES, world.post().ts, "card.take")
    assert "Only Marketplaces acts here. @Dana or @Lee can." in await told(world, "sam")


async def test_a_member_of_the_private_queue_channel_may_act(running: Running) -> None:
    world, ts = running.world, await opened(running)
    await world.workspace.person("ana").click(MARKETPLACES, ts, "card.take")
    assert await told(world, "ana") == "It is yours."


async def test_membership_that_was_lost_is_heard_at_once(running: Running) -> None:
    world, ts = running.world, await opened(running)
    world.directory.left("C0MKT", world.workspace.person("ana").id)  # type: ignore[arg-type]
    await world.workspace.person("ana").click(MARKETPLACES, ts, "card.take")
    assert "Only Marketplaces acts here." in await told(world, "ana")


async def test_membership_nobody_could_read_for_long_allows_nothing(running: Running) -> None:
    world, ts = running.world, await opened(running)
    world.clock.move(timedelta(minutes=16))
    world.workspace.faults.fail_next["conversations.members"] = ["internal_error"] * 20
    await world.workspace.person("ana").click(MARKETPLACES, ts, "card.take")
    assert "Only Marketplaces acts here." in await told(world, "ana")


async def test_a_count_is_asked_entered_blind_and_saved(running: Running) -> None:
    world, ts = running.world, await opened(running)
    dana, sam = world.workspace.person("dana"), world.workspace.person("sam")
    await dana.click(MARKETPLACES, ts, "card.count.open")
    text = await form(world, dana, "Request count")
    assert "The expected number is not shown." in text
    await dana.submit_view()
    await world.workspace.wait_for(lambda: world.workspace.messages("inv-warehouse"))
    (ask,) = world.workspace.messages("inv-warehouse")
    await sam.click("inv-warehouse", ask.ts, "ask.entercount.open")
    text = await form(world, sam, "Enter count")
    assert "16" not in text
    world.desk._write = recorded_write(world)  # type: ignore[method-assign]
    wrong = await sam.submit_view({"count.units": "-3"})
    assert wrong.errors
    far = await sam.submit_view({"count.units": "1200"})
    assert far.outcome is Outcome.UPDATED
    assert "1,200 is far from anything seen here." in front(world, sam)
    other = await sam.submit_view({"count.units": "1200", "count.repeated": "120"})
    assert list(other.errors) == ["count.repeated"]
    done = await sam.submit_view({"count.units": "9", "count.repeated": "9"})
    assert done.outcome is Outcome.CLOSED
    assert "Saved: 9\u00a0units." in await told(world, "sam", "inv-warehouse")
    await world.workspace.wait_for(lambda: "Counted" in world.shown(ask))


def recorded_write(world: World) -> Any:
    """The inbox's own write, but for the facts, whose path is tested with the ledger."""
    write = type(world.desk)._write

    async def without_facts(uow: Any, applied: Any, before: Case) -> None:
        await write(world.desk, uow, replace(applied, facts=None), before)

    return without_facts


async def test_a_correction_is_proposed_decided_by_another_and_never_by_who_asked(running: Running) -> None:
    world = running.world
    case = replace(owned(a_case(), 6), actions=(a_pause(),))
    ts = await opened(running, case, sku=stopped())
    dana, lee = world.workspace.person("dana"), world.workspace.person("lee")
    await dana.click(MARKETPLACES, ts, "card.more", "Propose correction…")
    await form(world, dana, "Propose correction")
    await dana.submit_view(
        {
            "correction.which": "netsuite|reno|16",
            "correction.units": "9",
            "correction.cause": "short-shipped",
            "correction.reason": "carton short-shipped",
        }
    )
    await world.workspace.wait_for(lambda: world.workspace.messages("inv-finance"))
    (ask,) = world.workspace.messages("inv-finance")
    assert "−\u2060$287.00 at cost" in world.shown(ask)
    world.workspace.state.channel("inv-finance").members.add(DANA)
    world.directory.joined("C0FIN", DANA)
    await dana.click("inv-finance", ask.ts, "ask.decide.open")
    await form(world, dana, "Approve correction")
    mine = await dana.submit_view({"correction.decision": "approve"})
    assert mine.outcome is Outcome.UPDATED
    assert "You gave this number, so you cannot approve it. @Lee or @Ana can." in front(world, dana)
    await lee.click("inv-finance", ask.ts, "ask.decide.open")
    text = await form(world, lee, "Approve correction")
    assert (
        "On hand goes from 16 to 9\u00a0units (−7). Value at cost goes from $656.00 to $369.00 (−\u2060$287.00)."
        in text
    )
    nothing = await lee.submit_view({"correction.decision": "reject"})
    assert nothing.errors == {"correction.reason": "Whoever asked will read it: say why."}
    await lee.submit_view({"correction.decision": "approve"})
    await world.workspace.wait_for(lambda: "Approved" in world.shown(ask))


async def test_numbers_that_moved_bring_the_form_back_with_what_was_typed(running: Running) -> None:
    world = running.world
    case = replace(owned(a_case(), 7), actions=(a_correction(),))
    ts = await opened(running, case)
    lee = world.workspace.person("lee")
    await lee.click(MARKETPLACES, ts, "card.decide.open")
    await form(world, lee, "Approve correction")
    template = world.desk.templates[ExceptionId(1042)]
    assert template.sku is not None
    moved = replace(template.sku, positions=(replace(template.sku.positions[1], on_hand=15),))
    world.desk.templates[ExceptionId(1042)] = replace(template, sku=moved)
    again = await lee.submit_view({"correction.decision": "approve", "correction.reason": "claim matches"})
    assert again.outcome is Outcome.UPDATED
    view = lee.open_view()
    assert view is not None
    assert "NetSuite says 15 now, not 16." in front(world, lee)
    assert view.values["correction.reason"]["value"]["value"] == "claim matches"


async def test_resuming_needs_the_closing_note(running: Running) -> None:
    world = running.world
    case = replace(owned(a_case(), 6), actions=(a_pause(),), ready=True)
    ts = await opened(running, case, sku=stopped(), agrees=True)
    dana = world.workspace.person("dana")
    await dana.click(MARKETPLACES, ts, "card.resume.open")
    text = await form(world, dana, "Resume listing")
    assert "Amazon US goes live with 1. Held updates go out first." in text
    assert (await dana.submit_view({})).errors
    await dana.submit_view({"resume.note": "carton short-shipped, claim opened"})
    await world.workspace.wait_for(lambda: world.memory.wanted_targets)
    assert world.memory.wanted_targets[0].wanted == 1


async def test_closing_as_not_a_problem_folds_the_card(running: Running) -> None:
    world, ts = running.world, await opened(running)
    dana = world.workspace.person("dana")
    await dana.click(MARKETPLACES, ts, "card.more", "Not a problem…")
    text = await form(world, dana, "Not a problem")
    assert "Amazon US goes on showing 8" in text
    await dana.submit_view({"close.outcome": "expected", "close.reason": "a sale at the till"})
    shown = await card_says(world, "Resolved")
    assert "EX-1042 · expected" in shown


async def test_why_the_picture_and_the_proof_are_shown(running: Running) -> None:
    world, ts = running.world, await opened(running)
    dana = world.workspace.person("dana")
    await dana.click(MARKETPLACES, ts, "card.risk.explain")
    text = await form(world, dana, "How it was computed")
    assert "7 units over × 89.00 × 72% chance each sells within 1 h 37 min = $448.56" in text
    assert "*$519.12*" in text
    picture = await more(world, dana, ts, "card.picture.show", "All channels and orders")
    assert "Reno 9 − held 4 − quarantine 2 − safety 2 = 1" in picture
    assert "EX-1042" not in picture or "Amazon US" in picture


async def test_what_is_not_known_in_time_is_said_before_slack_gives_up(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, ts = running.world, await opened(running)
    dana, commit = world.workspace.person("dana"), asyncio.Event()
    act = world.desk._act

    async def slow(*arguments: Any) -> Any:
        await commit.wait()
        return await act(*arguments)

    await dana.click(MARKETPLACES, ts, "card.pause.open")
    await form(world, dana, "Pause listing")
    monkeypatch.setattr(world.desk, "_act", slow)
    sent = await dana.submit_view({"pause.reason": "count"})
    assert sent.outcome is Outcome.UPDATED
    assert "Not known yet: the card will show what came of it." in front(world, dana)
    commit.set()
    await card_says(world, "*Paused* by @Dana")


async def test_a_button_of_another_version_is_answered(running: Running) -> None:
    world, ts = running.world, await opened(running)
    card = world.workspace.state.channel(MARKETPLACES).messages[ts]
    card.blocks[6]["elements"][0]["action_id"] = "card.teleport.open"
    await world.workspace.person("dana").click(MARKETPLACES, ts, "card.teleport.open")
    assert "not one that I know any more" in await told(world, "dana")


async def test_a_failure_of_ours_is_told_with_a_reference(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    world, ts = running.world, await opened(running)

    async def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the disk is full")

    dana = world.workspace.person("dana")
    monkeypatch.setattr(world.desk, "act", broken)
    await dana.click(MARKETPLACES, ts, "card.take")
    assert "Something broke on our side (ref " in await told(world, "dana")
    monkeypatch.setattr(world.desk, "prepare", broken)
    await dana.click(MARKETPLACES, ts, "card.pause.open")
    assert "Something broke on our side" in await form(world, dana, "Something broke")


# -- /inventory and Home -----------------------------------------------------------------------------------------------


async def asked(world: World, person: str, text: str, channel: str = "general") -> str:
    before = len(world.workspace.ephemerals(person, channel))
    await world.workspace.person(person).command(channel, "/inventory", text)
    await world.workspace.wait_for(lambda: len(world.workspace.ephemerals(person, channel)) > before)
    return world.workspace.read(world.workspace.ephemerals(person, channel)[-1])


async def test_sku_shows_what_can_be_sold_and_why(running: Running) -> None:
    await opened(running, owned(a_case()))
    text = await asked(running.world, "noor", "sku ktl-17-blk")
    assert "Reno 9 − held 4 − quarantine 2 − safety 2 = 1" in text
    assert "Amazon US" in text
    assert "672\u00a0units sold in 7 days · $89.00 · cost $41.00" in text


async def test_a_typing_mistake_in_a_sku_gets_the_nearest(running: Running) -> None:
    world = running.world
    await opened(running)
    assert "No SKU `KTL17`. Did you mean one of these?" in await asked(world, "dana", "sku KTL17")
    near = world.workspace.ephemerals("dana", "general")[-1]
    await world.workspace.person("dana").click("general", near.ts, "inventory.sku.0")
    await world.workspace.wait_for(lambda: len(world.workspace.ephemerals("dana", "general")) == 2)


async def test_a_typing_mistake_in_a_word_gets_a_suggestion(running: Running) -> None:
    text = await asked(running.world, "dana", "qeue")
    assert "There is no `qeue`. Did you mean `queue`?" in text
    assert "[Run queue]" in text


async def test_queue_lists_where_it_is_asked_and_offers_elsewhere(running: Running) -> None:
    world = running.world
    await opened(running)
    here = await asked(world, "dana", "queue", MARKETPLACES)
    assert "Marketplaces: 1 open" in here
    assert "1. *EX-1042* KTL-17-BLK, Amazon US · +7\u00a0units · $519 · nobody" in here
    assert "Which queue?" in await asked(world, "dana", "queue")
    assert "Nothing open in Finance." in await asked(world, "dana", "queue fin")


async def test_mine_lists_what_is_mine(running: Running) -> None:
    await opened(running, owned(a_case()))
    assert "1 is yours, $519 at risk" in await asked(running.world, "dana", "mine")
    assert "Nothing is yours." in await asked(running.world, "lee", "mine")


async def test_show_is_private_and_works_and_its_shared_copy_does_not_act(running: Running) -> None:
    world = running.world
    await opened(running)
    assert "[[Pause listing]]" in await asked(world, "dana", "show ex-1042")
    mine = world.workspace.ephemerals("dana", "general")[-1]
    await world.workspace.person("dana").click("general", mine.ts, "card.take")
    await world.workspace.person("dana").command("general", "/inventory", "show EX-1042 share")
    await world.workspace.wait_for(lambda: world.workspace.messages("general"))
    (shared,) = world.workspace.messages("general")
    assert "Dana shared this" in world.shown(shared)
    assert "[[" not in world.shown(shared)


async def test_help_is_the_answer_to_nothing_and_to_help(running: Running) -> None:
    assert "Try: `sku ABC`" in await asked(running.world, "noor", "")
    assert "Try: `sku ABC`" in await asked(running.world, "noor", "help")


async def test_digest_previews_the_week_so_far(running: Running) -> None:
    assert "Not automated" in await asked(running.world, "kim", "digest")


async def test_home_shows_mine_and_the_queues_and_opens_them(running: Running) -> None:
    world = running.world
    await opened(running, owned(a_case()))
    dana = world.workspace.person("dana")
    await dana.open_home()
    await world.workspace.wait_for(dana.home)
    view = dana.home()
    assert view is not None
    text = read_blocks(world.workspace.state, view.content["blocks"])
    assert "1 is yours" in text
    assert "*Marketplaces* · 1 open" in text
    await dana.click_home("home.worst.show", "EX-1042")
    assert "Amazon US shows 7 too many" in await form(world, dana, "EX-1042")
    await dana.click_view("card.pause.open")
    await form(world, dana, "Pause listing")


async def test_home_of_a_guest_says_what_guests_can_do(running: Running) -> None:
    world = running.world
    gus = world.workspace.person("gus")
    await gus.open_home()
    await world.workspace.wait_for(gus.home)
    view = gus.home()
    assert view is not None
    assert read_blocks(world.workspace.state, view.content["blocks"]) == "Guests can read cards in their channels."


async def test_of_two_quick_clicks_in_one_modal_the_first_is_answered(running: Running) -> None:
    """The second was meant for what the first has turned: it fills nothing, whichever is ready first."""
    ts, dana = await opened(running), running.world.workspace.person("dana")
    await dana.click(MARKETPLACES, ts, "card.more", "More actions…")
    await form(running.world, dana, "More actions")
    with capture_logs() as heard:
        await asyncio.gather(dana.click_view("card.snooze.open"), dana.click_view("card.note.open"))
        await form(running.world, dana, "Snooze")
        await running.world.workspace.wait_for(lambda: any(one["event"] == "click_came_twice" for one in heard))
    [dropped] = [one for one in heard if one["event"] == "click_came_twice"]
    assert (dropped["action"], dropped["error"]) == ("card.note.open", "hash_conflict")
    assert not [one for one in heard if one["event"] == "listener_failed"]
    assert "Quiet for" in front(running.world, dana)


# -- HTTP mode ---------------------------------------------------------------------------------------------------------


async def test_the_same_app_answers_over_signed_http(workspace: SlackWorkspace, world: World) -> None:
    await world.directory.refresh()
    await world.desk.open(a_view())
    await world.deliver()
    app = web.Application()
    app.add_routes(http_routes(build_app(world.room, workspace.signing_secret)))
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        await workspace.delivery.use_request_url(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
        await workspace.person("dana").click(MARKETPLACES, world.post().ts, "card.take")
        assert await told(world, "dana") == "It is yours."
        await workspace.person("dana").click(MARKETPLACES, world.post().ts, "card.pause.open")
        await form(world, workspace.person("dana"), "Pause listing")
        sent = await workspace.person("dana").submit_view({"pause.reason": "count"})
        assert sent.outcome is Outcome.CLOSED
    finally:
        await runner.cleanup()
