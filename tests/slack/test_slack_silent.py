"""A silent source on its card: asked for in Slack or by hand, and what stands on it as a list and as a file."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

import pytest
from memory_desk import a_policy
from slack_stored import Stored, at_work, filled
from slack_stored import until as in_time
from test_slack_storms import open_storm

from sandbox.slack import Message, Outcome
from sync.exceptions.lifecycle import Step
from sync.model.exceptions import ActionKind, Life
from sync.model.facts import Count, Revision
from sync.model.ids import LocationId, SkuId, SystemId
from sync.model.stock import Position, Sku, SkuState, Statement
from sync.model.time import AsOf
from sync.path.written import write_steps
from sync.policy.schema import Policy
from sync.policy.system_rules import Contact

MARKETPLACES = "inv-marketplaces"
GUS, WMS = "U0GUS", SystemId("wms")


def naming(**contact: Any) -> Policy:
    """Policy with somebody to ask for the WMS."""
    base = a_policy()
    wms = base.systems["wms"].model_copy(update={"contact": Contact(**contact)})
    return base.model_copy(update={"systems": base.systems | {"wms": wms}})


async def silent_card(stored: Stored) -> Message:
    await stored.open()
    await stored.deliver(stored.deliverer())
    (card,) = stored.workspace.messages(MARKETPLACES)
    return card


async def test_the_contact_in_slack_is_asked_directly_and_the_card_says_so(stored: Stored) -> None:
    stored.policy.take(naming(name="Gus of Acme", slack=GUS))
    card = await silent_card(stored)
    async with at_work(stored) as dana:
        await dana.click(MARKETPLACES, card.ts, "card.askfeed.open")
        form = await filled(stored, dana, "Ask for a feed")
        assert "Gus of Acme gets this as a direct message" in form
        assert "askfeed.whom" not in form
        sent = await dana.submit_view({"askfeed.text": "Please send it <@U0KIM> again."})
        assert sent.outcome is Outcome.CLOSED
        await stored.deliver(stored.deliverer())
        told = stored.workspace.read(stored.workspace.person("gus").direct().timeline()[-1])
        assert "Dana of Harbour & Hearth asks you for a feed of WMS: Please send it" in told
        shown = stored.workspace.read(card)
        assert "Gus of Acme was asked for it by Dana at" in shown
        assert "*Owned* by @Dana" in shown
        thread = stored.workspace.thread(MARKETPLACES, card.ts)[-1].text
        assert "Dana asked Gus of Acme for a feed of WMS: Please send it" in thread


@pytest.mark.parametrize("known", [{"slack": GUS}, {"mail": "desk@acme.example"}, None])
async def test_who_is_not_there_is_asked_by_hand_with_a_text_to_copy(
    stored: Stored, known: dict[str, str] | None
) -> None:
    if known is not None:
        stored.policy.take(naming(name="The Acme desk", **known))
    stored.workspace.admin.deactivate("gus")
    card = await silent_card(stored)
    async with at_work(stored) as dana:
        await dana.click(MARKETPLACES, card.ts, "card.askfeed.open")
        form = await filled(stored, dana, "Ask for a feed")
        assert "copy this" in form
        assert "The newest stock data that we have of WMS is of" in form
        assert ("The Acme desk cannot" in form) is (known is not None)
        assert ("`systems.wms.contact`" in form) is (known is None)
        assert ("desk@acme.example" in form) is (known == {"mail": "desk@acme.example"})
        if known is None:
            wrong = await dana.submit_view({"askfeed.text": "Please send it.", "askfeed.whom": "  "})
            assert wrong.errors == {"askfeed.whom": "Say whom you asked."}
        sent = await dana.submit_view({"askfeed.text": "Please send it.", "askfeed.whom": "Joe by phone"})
        assert sent.outcome is Outcome.CLOSED
        await stored.deliver(stored.deliverer())
        assert stored.workspace.person("gus").direct().timeline() == []
        assert "Joe by phone was asked for it by Dana at" in stored.workspace.read(card)


async def test_asked_again_too_soon_is_told_who_asked(stored: Stored) -> None:
    stored.policy.take(naming(name="Gus of Acme", slack=GUS))
    card = await silent_card(stored)
    async with at_work(stored) as dana:
        for nth in range(2):
            await dana.click(MARKETPLACES, card.ts, "card.askfeed.open")
            form = await filled(stored, dana, "Ask for a feed")
            assert ("Dana asked Gus of Acme at" in form) is (nth == 1)
            sent = await dana.submit_view({"askfeed.text": "Please send it."})
            await stored.deliver(stored.deliverer())
        assert sent.outcome is Outcome.UPDATED
        assert "nothing newer has come yet. Ask again from" in str(dana.view().content)
        assert len(stored.workspace.person("gus").direct().timeline()) == 1


async def standing(stored: Stored, *skus: tuple[str, str]) -> None:
    """SKUs of which the WMS states a number."""
    now, ids = stored.clock.now(), [SkuId(code) for code, _ in skus]
    async with stored.store.unit_of_work() as uow:
        await uow.catalogue.add_skus([Sku(SkuId(code), title) for code, title in skus])
        wholes = await uow.stock.load(ids, now)
        said = Statement(Count(on_hand=5), AsOf.at(now), Revision(1, now), "f1")
        for one in ids:
            held = (Position(WMS, one, LocationId("reno"), said),)
            await uow.stock.save_states([(wholes[one], SkuState(one, held), frozenset())])


async def test_what_stands_on_it_is_listed_and_comes_as_a_file_that_is_no_formula(stored: Stored) -> None:
    await standing(stored, *((f"SKU-{nth:05d}", f"Thing {nth}") for nth in range(1, 19)), ("=1+1", "=HYPERLINK(1)"))
    await stored.open_many(2, first=3)
    stored.policy.take(naming(name="Gus of Acme", slack=GUS))
    await stored.open()
    await stored.deliver(stored.deliverer())
    card = stored.message(MARKETPLACES, "WMS is silent")
    async with at_work(stored) as dana:
        await dana.click(MARKETPLACES, card.ts, "card.skus.show")
        shown = await filled(stored, dana, "SKUs of a silent source")
        assert "SKUs* stand on WMS" in shown
        assert shown.index("SKU-00004* Thing 4 · $4 at risk") < shown.index("SKU-00003* Thing 3 · $3 at risk")
        assert "4 more stand in the file" in shown
        await dana.click_view("silent.skus.export")
        await stored.workspace.wait_for(lambda: dana.direct().timeline())
        (message,) = dana.direct().timeline()
        file = stored.workspace.state.files[message.file_ids[0]]
    rows = list(csv.DictReader(io.StringIO((file.content or b"").decode())))
    assert len(rows) == 19
    assert [(row["sku"], row["at_risk"]) for row in rows[:2]] == [("SKU-00004", "4.00"), ("SKU-00003", "3.00")]
    assert [(row["sku"], row["title"]) for row in rows if "1+1" in row["sku"]] == [("'=1+1", "'=HYPERLINK(1)")]


async def test_a_source_that_is_heard_again_says_so(stored: Stored) -> None:
    card = await silent_card(stored)
    async with stored.store.unit_of_work() as uow:
        case = await uow.cases.get(1)  # type: ignore[arg-type]
        assert case is not None
        ended = replace(case, life=Life.CLEARED, ended_at=stored.clock.now(), version=case.version + 1)
        await write_steps(uow, [Step(ended)], stored.clock.now())
    async with at_work(stored) as dana:
        await dana.click(MARKETPLACES, card.ts, "card.skus.show")
        await in_time(lambda: dana.open_view() and "heard again" in str(dana.open_view().content))
        await dana.close_view(all_of_them=True)
        await dana.click(MARKETPLACES, card.ts, "card.askfeed.open")
        await in_time(lambda: dana.open_view() and "This was cleared at" in str(dana.open_view().content))


async def test_a_storm_of_a_silent_source_asks_on_the_source_s_own_exception(stored: Stored) -> None:
    stored.policy.take(naming(name="Acme", slack=GUS))
    await open_storm(stored, 25)
    await stored.deliver(stored.deliverer())
    storm = stored.message(MARKETPLACES, "[Ask Acme]")
    async with at_work(stored) as dana:
        await dana.click(MARKETPLACES, storm.ts, "storm.ask.open")
        told = await in_time_private(stored, "heard again")
        assert "wms" not in told
        case = await stored.open()
        await dana.click(MARKETPLACES, storm.ts, "storm.ask.open")
        await filled(stored, dana, "Ask for a feed")
        await dana.submit_view({"askfeed.text": "Please send it."})
    async with stored.store.reading() as uow:
        now = await uow.cases.get(case.id)
    assert now is not None
    assert [(act.kind, act.by) for act in now.actions] == [(ActionKind.ASK, "U0DANA")]


async def in_time_private(stored: Stored, words: str) -> str:
    """What Dana alone is told."""

    def look() -> str | None:
        told = [stored.workspace.read(one) for one in stored.workspace.ephemerals("dana", MARKETPLACES)]
        return next((one for one in told if words in one), None)

    return str(await stored.workspace.wait_for(look))
