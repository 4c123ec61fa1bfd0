"""*Open its exception* on a message: finds one that is named, else opens one for the SKU; server-side rights; worst cases."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from slack_builders import a_case, a_listing, a_sku, a_sku_view, a_view
from slack_connected import connected
from slack_stored import Stored

from bot.slack import modals as m
from bot.slack.cards import render_card
from bot.slack.reporting import Said, _which
from sandbox.slack import Outcome, Person, validate, validate_view
from sync.connectors.base import Inbound, Parsed
from sync.inbox.view import CaseView, Prepared
from sync.model.exceptions import Case, Evidence, ExceptionClass, Fingerprint, Risk
from sync.model.facts import Count, FactDraft, FactKind, ItemRef
from sync.model.ids import ListingId, LocationId, SkuId, SystemId
from sync.model.money import Money
from sync.model.proof import exception_chain
from sync.model.stock import Sku
from sync.model.time import AsOf
from sync.path.decider import Decider
from sync.path.recorder import GroupItem, record_group
from tests.slack.test_slack_cards import as_sent, golden

MARKETPLACES = "inv-marketplaces"


@pytest.fixture
async def listening(stored: Stored) -> AsyncIterator[Stored]:
    async with stored.store.unit_of_work() as uow:
        await uow.catalogue.add_skus(
            [Sku(SkuId("KTL-17-BLK"), "Gooseneck kettle"), Sku(SkuId("LMP-04-OAK"), "Floor lamp")]
        )
    async with connected(stored):
        await stored.room.directory.refresh()
        yield stored


async def in_front(stored: Stored, person: Person, title: str = "Open an exception") -> str:
    view = await stored.workspace.wait_for(
        lambda: (
            view
            if (view := person.open_view()) is not None
            and view.content["title"]["text"] == title
            and view.content["callback_id"] != "loading"
            else None
        )
    )
    return stored.workspace.read_view(view)


async def shortcut_on(stored: Stored, person: Person, text: str, channel: str = MARKETPLACES) -> None:
    said = await person.say(channel, text)
    await person.message_shortcut(channel, said.ts, "open_exception")


def words_of(person: Person) -> str:
    """What is typed already in the form in front of somebody."""
    view = person.open_view()
    assert view is not None
    return str(view.values["report.words"]["value"]["value"])


async def the_case(stored: Stored) -> Case:
    async with stored.store.reading() as uow:
        (case,) = await uow.cases.unresolved()
    return case


async def test_a_message_opens_an_exception_in_its_reporter_s_words(listening: Stored) -> None:
    dana = listening.workspace.person("dana")
    await shortcut_on(listening, dana, "customer says KTL-17-BLK never came & the shelf is empty")
    await in_front(listening, dana)
    assert words_of(dana) == "customer says KTL-17-BLK never came & the shelf is empty"
    sent = await dana.submit_view()
    assert sent.outcome is Outcome.CLOSED
    case = await the_case(listening)
    assert (case.fingerprint.cls, case.fingerprint.sku, case.owner) == (ExceptionClass.REPORTED, "KTL-17-BLK", None)
    await listening.deliver(listening.deliverer())
    card = listening.message(MARKETPLACES, "somebody reports a wrong number")
    assert "Dana reported: customer says KTL-17-BLK never came" in listening.workspace.read(card)
    async with listening.store.reading() as uow:
        (entry,) = await uow.proofs.chain(exception_chain(case.id))
    figures = dict(entry.entry.figures)
    assert "/archives/C0MKT/p" in figures["message"]
    assert figures["form"].startswith("in_")


async def test_a_message_that_names_an_exception_shows_it_and_opens_none(listening: Stored) -> None:
    (case,) = await listening.open_many(1)
    dana = listening.workspace.person("dana")
    await shortcut_on(listening, dana, f"look at {case.name} please, KTL-17-BLK")
    assert "SKU-00001" in await in_front(listening, dana, case.name)
    assert (await the_case(listening)).id == case.id


async def test_of_two_skus_one_is_chosen_and_the_words_stay(listening: Stored) -> None:
    dana = listening.workspace.person("dana")
    await shortcut_on(listening, dana, "LMP-04-OAK came instead of KTL-17-BLK")
    assert "Which SKU" in await in_front(listening, dana)
    await dana.click_view("report.sku.1")
    await listening.workspace.wait_for(
        lambda: view if (view := dana.open_view()) and view.content["callback_id"] == "exception.report" else None
    )
    assert words_of(dana) == "LMP-04-OAK came instead of KTL-17-BLK"
    await dana.submit_view()
    assert (await the_case(listening)).fingerprint.sku == "KTL-17-BLK"


async def test_without_a_sku_it_asks_and_says_what_is_not_found(listening: Stored) -> None:
    dana = listening.workspace.person("dana")
    await shortcut_on(listening, dana, "the shelf is empty")
    await in_front(listening, dana)
    sent = await dana.submit_view({"report.sku": "KTL-17-BLCK"})
    assert "More than one" in sent.errors["report.sku"] or "KTL-17-BLK" in sent.errors["report.sku"]
    sent = await dana.submit_view({"report.sku": "zzzz"})
    assert "No SKU is found" in sent.errors["report.sku"]
    sent = await dana.submit_view({"report.sku": "KTL-17-BLK"})
    assert sent.outcome is Outcome.UPDATED
    sent = await dana.submit_view({"report.words": " "})
    assert sent.outcome is Outcome.ERRORS
    await dana.submit_view({"report.words": "nothing is there"})
    assert (await the_case(listening)).evidence.changed == "Dana reported: nothing is there."


async def test_a_guest_may_not_report(listening: Stored) -> None:
    guest = next(one for one in listening.workspace.state.people.values() if one.is_restricted)
    person = listening.workspace.person(guest.key)
    channel = next(one for one in listening.workspace.state.channels.values() if guest.id in one.members)
    await shortcut_on(listening, person, "KTL-17-BLK is gone", channel.name)
    assert "guests read cards in their channels" in await in_front(listening, person)
    async with listening.store.reading() as uow:
        assert await uow.cases.unresolved() == []


# -- the card and the form ---------------------------------------------------------------------------------------------


def reported_view(**changes: Any) -> CaseView:
    case = a_case(
        fingerprint=Fingerprint(ExceptionClass.REPORTED, SkuId("KTL-17-BLK"), systems=()),
        evidence=Evidence("Sam reported: the shelf at Reno is empty."),
        risk=Risk(Money.zero("USD")),
        delta=0,
        recurrences=1,
    )
    return replace(a_view(case, system_name=""), **changes)


def test_the_card_of_a_report() -> None:
    golden("card-reported", as_sent(render_card(reported_view())))


def worst_view() -> CaseView:
    nasty = "<!channel> *x* \u202e\U0001f525" * 120
    lines = tuple(
        a_listing(ListingId(f"amazon-us:{nth:03d}{'x' * 100}"), nasty, shows=8, can_sell=1) for nth in range(50)
    )
    view = reported_view(sku=a_sku_view(a_sku(nasty, "K" * 120), lines))
    evidence = Evidence(f"{nasty} reported: {nasty}")
    return replace(view, case=replace(view.case, evidence=evidence, delta=7), system_name=nasty)


def test_slack_takes_card_form_and_question_at_their_worst() -> None:
    view = worst_view()
    assert validate(as_sent(render_card(view))["blocks"]) == []
    assert view.sku is not None
    known = replace(view, sku=replace(view.sku, cases=(a_case(),) * 30))
    data = (("may_count", "yes"), ("sku", "K" * 120), ("words", "w" * 1_000))
    form = m.build(Prepared("in_1", "report", known, ("p" * 5_000,), data))
    assert validate_view(json.loads(json.dumps(form))) == []
    said = Said(words="ü" * 1_000, source="https://example.slack.com/archives/C0MKT0000/p1700000000000000")
    question = _which([a_sku("t" * 500, f"K{nth}" + "x" * 100) for nth in range(9)], said)
    assert validate_view(json.loads(json.dumps(question))) == []
    assert validate_view(json.loads(json.dumps(_which([], said)))) == []


@pytest.mark.parametrize(("who", "offered"), [("dana", True), ("noor", False)])
async def test_a_count_is_offered_to_those_who_may_ask_for_one(listening: Stored, who: str, offered: bool) -> None:
    """The server holds it, too: ``test_a_count_asks_for_the_rights_of_a_count``."""
    now = listening.clock.now()
    fact = FactDraft(
        FactKind.COUNTED,
        "c1",
        AsOf.at(now),
        ItemRef("sku", "KTL-17-BLK"),
        place=LocationId("reno"),
        body=Count(on_hand=3),
    )
    async with listening.store.unit_of_work() as uow:
        inbound = Inbound(SystemId("wms"), "file", b"c1", now)
        await record_group(uow, [GroupItem(inbound, Parsed("c1", (fact,)))], listening.policy.current, now)
    await Decider(listening.store, listening.policy, listening.clock).run_due()
    person = listening.workspace.person(who)
    await shortcut_on(listening, person, "KTL-17-BLK is gone", "general")
    await in_front(listening, person)
    view = person.open_view()
    assert view is not None
    assert any(one.get("block_id") == "report.count" for one in view.content["blocks"]) is offered
