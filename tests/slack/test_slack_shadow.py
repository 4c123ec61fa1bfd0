"""Cards of what is in shadow: people say whether they would have done it, with the rights of an act; it is counted."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from slack_builders import a_case, a_listing, a_sku_view, a_view, owned
from slack_stored import Stored
from slack_world import Running

from bot.slack.cards import render_card
from storage.store import SqlStore
from sync.actions.applied import Setting
from sync.errors import NotPermitted
from sync.inbox.acts import Judge
from sync.inbox.performing import perform
from sync.inbox.view import CaseView
from sync.measures.figures import measure
from sync.measures.told import as_json, lines
from sync.model.proof import Entry
from tests.acting.desk import DANA, person
from tests.databases import MovableClock
from tests.slack.memory_desk import a_policy

__all__ = ["Stored"]


def shadow_view(**changed: Any) -> CaseView:
    return replace(a_view(sku=a_sku_view(listings=(a_listing(shadow=True),)), shadow=True), **changed)


def test_the_card_asks_whether_it_was_right() -> None:
    card: Any = json.loads(json.dumps(render_card(shadow_view()).as_json()))
    (acts,) = [block for block in card["blocks"] if block["type"] == "actions"]
    told = [(one["action_id"], one["text"]["text"]) for one in acts["elements"] if one["type"] == "button"]
    assert told == [("card.agree", "Agree"), ("card.disagree", "Disagree"), ("card.take", "Take it")]
    assert "I would pause Amazon US." in json.dumps(card)


def test_an_opinion_makes_nobody_an_owner_and_needs_shadow() -> None:
    setting = Setting(a_policy(), shadow_view().now, {})
    applied = perform(shadow_view(), Judge(False), person(DANA), setting)
    (entry,) = applied.entries
    assert (entry.kind, entry.sentence) == ("disagreed", "Dana disagrees: I would pause Amazon US.")
    assert applied.case.owner is None
    assert perform(shadow_view(case=owned(a_case())), Judge(True), person(DANA), setting).entries[0].kind == "agreed"
    with pytest.raises(NotPermitted, match="not in shadow any more"):
        perform(a_view(), Judge(True), person(DANA), setting)


async def test_a_click_is_answered_and_a_stranger_s_is_refused(running: Running) -> None:
    world = running.world
    case = await world.desk.open(shadow_view())
    world.desk.templates[case.id] = shadow_view(case=case)
    running.deliverer.wake()
    await world.workspace.wait_for(lambda: world.memory.posts["card:EX-1042"].ts)
    dana, gus = world.workspace.person("dana"), world.workspace.person("gus")
    await gus.click("inv-marketplaces", world.post().ts, "card.agree")
    await world.workspace.wait_for(lambda: world.workspace.ephemerals("gus", "inv-marketplaces"))
    assert [one.entry.kind for one in world.memory.chains["exception:EX-1042"]].count("agreed") == 0
    await dana.click("inv-marketplaces", world.post().ts, "card.agree")
    await world.workspace.wait_for(
        lambda: "agreed" in [one.entry.kind for one in world.memory.chains["exception:EX-1042"]]
    )


async def test_the_newest_word_of_each_person_is_counted(store: SqlStore, store_clock: MovableClock) -> None:
    now = store_clock.now()
    said = [("EX-1", "U1", "agreed"), ("EX-1", "U1", "disagreed"), ("EX-1", "U2", "agreed"), ("EX-2", "U1", "agreed")]
    async with store.unit_of_work() as uow:
        for nth, (name, who, kind) in enumerate(said):
            entry = Entry(kind, now + timedelta(seconds=nth), who, "said", ())
            await uow.proofs.append([(f"exception:{name}", entry)])
    async with store.reading() as uow:
        recorded = await uow.measured.recorded(now, now + timedelta(hours=1), now + timedelta(hours=1), {})
    assert recorded.opinions == (2, 1)
    figures = measure(recorded, "USD")
    assert ("Shadow's acts", "agreed 2, disagreed 1") in lines(figures, "USD", {})
    assert as_json(figures, "USD")["exceptions"]["shadow_disagreed"] == 1
