"""Storms in Slack: one card for many exceptions of one cause, its list as a file, and what people do with it (F39, F41)."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from memory_desk import a_policy
from slack_builders import DANA, LEE, a_case, at
from slack_stored import Stored, at_work, filled
from test_slack_digest import mrkdwn_of

from bot.slack.blocks import Message
from bot.slack.cards.storm import StormOver, StormView, render_gathered, render_storm
from bot.slack.delivery import Deliverer
from bot.slack.payloads import Who
from sandbox.slack import Outage, Outcome, validate
from sync.errors import AlreadyHandled
from sync.exceptions.lifecycle import Step
from sync.inbox.acts import Actor
from sync.measures.pressure import LaneStanding
from sync.model.exceptions import Case, Evidence, Life, Risk
from sync.model.ids import ExceptionId, QueueId, SkuId, StormId, SystemId
from sync.model.money import Money
from sync.model.proof import Entry, exception_chain
from sync.model.stock import Sku
from sync.path.written import write_steps
from sync.storms.acts import StormActs
from sync.storms.gathering import gather, sweep
from sync.storms.storm import Mark, Storm

MARKETPLACES = "inv-marketplaces"
GOLDEN = Path(__file__).parent / "golden"
SILENT = "wms:silent"


async def gathered(stored: Stored, steps: list[Step]) -> list[Case]:
    """What a slice does with its steps."""
    policy, now = stored.policy.current, stored.clock.now()
    async with stored.store.unit_of_work() as uow:
        found = await gather(uow, steps, policy, now)
        written = list(await write_steps(uow, found.steps, now))
    if found.sweep:
        await sweep(stored.store, found.sweep, policy, now)
    return written


async def open_storm(stored: Stored, count: int, first: int = 1, cause: str = SILENT) -> list[Case]:
    now = stored.clock.now()
    entry = Entry("opened", now, "countersign", "Opened: Amazon US shows 8, we can sell 1.")
    numbers = range(first, first + count)
    evidence = Evidence("WMS is silent.", "wms:silence", now, shows=8, can_sell=1, cause=cause)
    cases = [stored.a_case_of(nth, evidence=evidence) for nth in numbers]
    async with stored.store.unit_of_work() as uow:
        await uow.systems.ensure([SystemId("amazon-us"), SystemId("wms")], now)
        await uow.catalogue.add_skus([Sku(SkuId(f"SKU-{nth:05d}"), f"Thing {nth}") for nth in numbers])
    return await gathered(stored, [Step(case, (entry,), opened=True) for case in cases])


async def clear(stored: Stored, cases: list[Case]) -> None:
    now = stored.clock.now()
    ended = [replace(case, life=Life.CLEARED, ended_at=now, version=case.version + 1) for case in cases]
    await gathered(stored, [Step(case, (Entry("cleared", now, "countersign", "Cleared."),)) for case in ended])


async def rounds(stored: Stored, worker: Deliverer, count: int) -> None:
    for _ in range(count):
        await stored.deliver(worker)
        stored.clock.move(timedelta(seconds=6))


# -- the card as such --------------------------------------------------------------------------------------------------


def a_storm(**changed: Any) -> Storm:
    began = at("08:40")
    storm = Storm(
        id=StormId(31),
        cause="wms:silent",
        queue=QueueId("marketplaces"),
        opened_at=began,
        version=44,
        members=1_284,
        exposed=37,
        risk=Decimal("8412.40"),
        joined=1_300,
        ended=12,
        left=4,
        most=1_284,
        most_risk=Decimal("9100.00"),
        marks=(Mark(at("09:28"), 1_088, 10),),
    )
    return replace(storm, **changed)


def worst_cases(count: int = 10, **changed: Any) -> tuple[Case, ...]:
    made = []
    for nth in range(count):
        money = Decimal(1_188 - 100 * nth)
        case = a_case(id=ExceptionId(2_000 + nth), delta=12 - nth, risk=Risk(Money(money, "USD"), per_hour=money))
        made.append(replace(case, **changed))
    return tuple(made)


SHAPES = {
    "storm-growing": lambda policy: render_storm(StormView(a_storm(), worst_cases(), at("09:34")), policy, 44),
    "storm-classic": lambda policy: render_storm(
        StormView(a_storm(), worst_cases(4), at("09:34")), policy, 44, native=False
    ),
    "storm-behind": lambda policy: render_storm(
        StormView(
            a_storm(),
            worst_cases(),
            at("09:34"),
            LaneStanding("amazon-us", 5_400, at("09:31"), 3_000, None),
        ),
        policy,
        44,
    ),
    "storm-shrinking": lambda policy: render_storm(
        StormView(a_storm(members=310, ended=986, marks=(Mark(at("09:28"), 1_300, 893),)), worst_cases(), at("09:34")),
        policy,
        47,
    ),
    "storm-owned": lambda policy: render_storm(
        StormView(
            a_storm(owner=DANA, owner_name="Dana", owned_at=at("08:50"), ended=990, members=310, exposed=0, marks=()),
            worst_cases(2),
            at("09:34"),
        ),
        policy,
        45,
    ),
    "storm-over": lambda policy: render_storm(
        StormView(
            a_storm(members=0, ended=1_292, left=4, ended_at=at("10:28"), most_exposed=37),
            (),
            at("10:28"),
            over=StormOver(0, worst_cases(3), heard=True),
        ),
        policy,
        46,
    ),
    "card-gathered": lambda policy: render_gathered(
        replace(a_case(), storm=StormId(31), gathered=SILENT), policy, "https://example.test/archives/C1/p1"
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_storm_cards_look_as_they_did(name: str) -> None:
    message: Message = SHAPES[name](a_policy())
    assert validate(list(message.blocks)) == []
    path = GOLDEN / f"{name}.json"
    made = json.loads(json.dumps(message.as_json()))
    if os.environ.get("COUNTERSIGN_REWRITE_GOLDEN"):
        path.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert made == json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("native", [True, False])
def test_the_worst_that_texts_can_be_still_is_a_valid_card(native: bool) -> None:
    policy = a_policy()
    system = policy.systems["wms"].model_copy(update={"name": "*W_`<!channel>" + "Ж" * 200})
    policy = policy.model_copy(update={"systems": policy.systems | {"wms": system}})
    loud = worst_cases(10, owner=DANA, owner_name="<@U0EVE> & " + "x" * 300, delta=-9_999_999)
    loud = tuple(replace(one, fingerprint=replace(one.fingerprint, sku=SkuId("𝕊" * 120))) for one in loud)
    storm = a_storm(
        members=10**7, joined=10**9, risk=Decimal(10) ** 12, owner=DANA, owner_name="*" * 200, owned_at=at("09:00")
    )
    message = render_storm(StormView(storm, loud, at("09:34")), policy, 10**9, native=native)
    assert validate(list(message.blocks)) == []
    read = [message.text, *mrkdwn_of(list(message.blocks))]
    assert not [text for text in read if "<!channel>" in text], "title, table and buttons are plain text"
    assert len(message.text) <= 3_500


# -- in a channel ------------------------------------------------------------------------------------------------------


async def test_f39_many_of_one_cause_are_one_card_that_grows_and_folds_by_itself(stored: Stored) -> None:
    worker = stored.queueing()
    cases = await open_storm(stored, 40)
    await rounds(stored, worker, 2)
    card = stored.message(MARKETPLACES, "WMS is silent: 40")
    cases += await open_storm(stored, 25, first=41)
    await rounds(stored, worker, 3)
    text = stored.workspace.read(card)
    assert "WMS is silent: 65" in text
    assert "*$2,145 at risk* in 65 of 65" in text
    assert "EX-65" in text, "the worst comes first"
    await rounds(stored, worker, 4)
    channel = stored.shown(MARKETPLACES)
    assert len(channel) == 2, "the storm and the pinned summary"
    assert any("Marketplaces: 65 open" in one and "ST-1" in one for one in channel)
    await clear(stored, cases)
    await rounds(stored, worker, 3)
    assert "Cleared by itself" in stored.workspace.read(card)
    assert len(stored.shown(MARKETPLACES)) == 2


async def test_the_list_below_the_card_holds_all_of_them_once(stored: Stored) -> None:
    worker = stored.queueing()
    await open_storm(stored, 30)
    await rounds(stored, worker, 6)
    card = stored.message(MARKETPLACES, "WMS is silent: 30")
    (listed,) = [one for one in stored.workspace.thread(MARKETPLACES, card.ts) if one.file_ids]
    content = stored.workspace.state.files[listed.file_ids[0]].content
    assert content is not None
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert [row["sku"] for row in rows] == [f"SKU-{nth:05d}" for nth in range(1, 31)]
    await open_storm(stored, 3, first=31)
    await rounds(stored, worker, 8)
    assert len([one for one in stored.workspace.thread(MARKETPLACES, card.ts) if one.file_ids]) == 1


async def test_a_workspace_without_the_new_table_gets_the_classic_one(stored: Stored) -> None:
    stored.workspace.faults.fail_next["chat.postMessage"] = ["invalid_blocks"]
    await open_storm(stored, 12)
    worker = stored.deliverer()
    await stored.deliver(worker)
    card = stored.message(MARKETPLACES, "WMS is silent: 12")
    assert "table" in {block["type"] for block in card.blocks}
    await open_storm(stored, 1, first=13)
    await rounds(stored, worker, 2)
    assert "data_table" not in {block["type"] for block in card.blocks}, "not asked again for a day"


async def test_cards_that_stood_before_fold_into_the_storm_with_a_link_to_it(stored: Stored) -> None:
    worker = stored.deliverer()
    (first, *_) = await open_storm(stored, 3)
    await stored.deliver(worker)
    assert len(stored.shown(MARKETPLACES)) == 3
    await open_storm(stored, 20, first=4)
    await rounds(stored, worker, 3)
    folded = [one for one in stored.shown(MARKETPLACES) if "Part of ST-1" in one]
    assert len(folded) == 3
    assert len(stored.shown(MARKETPLACES)) == 4
    line = stored.workspace.thread(MARKETPLACES, (await stored.post(f"card:{first.name}")).ts)[-1].text
    assert "Joined storm ST-1: WMS is silent." in line


async def test_take_all_says_how_many_first_and_leaves_what_changed_alone(stored: Stored) -> None:
    worker = stored.deliverer()
    cases = await open_storm(stored, 30)
    await stored.deliver(worker)
    card = stored.message(MARKETPLACES, "WMS is silent: 30")
    async with at_work(stored) as dana:
        await dana.click(MARKETPLACES, card.ts, "storm.more", "Take all 30")
        assert "You become the owner of 30" in (await filled(stored, dana, "Take all")).replace("\u00a0", " ")
        await gathered(stored, [Step(replace(cases[0], delta=99, version=2))])
        await open_storm(stored, 1, first=31)
        sent = await dana.submit_view({})
        assert sent.outcome is Outcome.UPDATED
        again = await dana.submit_view({}) if dana.open_view().content.get("submit") else None
        assert again is None, "the form is used"
        await stored.workspace.wait_for(
            lambda: any("29" in one.text and "yours" in one.text for one in private(stored))
        )
        await dana.command(MARKETPLACES, "/inventory", "mine")
        await stored.workspace.wait_for(
            lambda: any("29 are yours" in one.text and "ST-1" in one.text for one in private(stored))
        )
    async with stored.store.reading() as uow:
        owned = await uow.cases.unresolved(None, DANA, 100)
        storm = await uow.storms.get(StormId(1))
        proof = await uow.proofs.chain(exception_chain(cases[5].id))
    assert len(owned) == 29
    assert cases[0].id not in {case.id for case in owned}
    assert storm is not None
    assert (storm.owner, storm.members) == (DANA, 31)
    assert [entry.entry.kind for entry in proof] == ["opened", "gathered", "taken"]
    await rounds(stored, worker, 2)
    assert "@Dana has it" in stored.workspace.read(card)


async def test_a_person_takes_one_out_and_it_gets_its_card(stored: Stored) -> None:
    worker = stored.deliverer()
    await open_storm(stored, 20)
    await stored.deliver(worker)
    card = stored.message(MARKETPLACES, "WMS is silent: 20")
    async with at_work(stored) as dana:
        await dana.click(MARKETPLACES, card.ts, "storm.more", "Take one out")
        await filled(stored, dana, "Take one out")
        wrong = await dana.submit_view({"split.which": "SKU-99999"})
        assert wrong.outcome is Outcome.ERRORS
        right = await dana.submit_view({"split.which": "sku-00007"})
        assert right.outcome is Outcome.CLOSED
    await rounds(stored, worker, 2)
    own = stored.message(MARKETPLACES, "SKU-00007: Amazon US")
    lines = stored.workspace.thread(MARKETPLACES, own.ts)[-1].text
    assert "Dana took it out of storm ST-1." in lines
    assert "WMS is silent: 19" in stored.workspace.read(card)


async def test_a_stranger_may_not_take_it_and_is_told_who_can(stored: Stored) -> None:
    await open_storm(stored, 12)
    await stored.deliver(stored.deliverer())
    card = stored.message(MARKETPLACES, "WMS is silent: 12")
    async with at_work(stored):
        gus = stored.workspace.person("gus")
        await gus.click(MARKETPLACES, card.ts, "storm.more", "Take all 12")
        await stored.workspace.wait_for(lambda: "Guests and apps cannot act here" in str(gus.open_view()))
    async with stored.store.reading() as uow:
        assert await uow.cases.unresolved(None, gus.id) == []


def private(stored: Stored) -> list[Any]:
    """What was told to somebody alone."""
    channels = list(stored.workspace.state.channels.values())
    alone = list(stored.workspace.state.channel(MARKETPLACES).ephemerals)
    return alone + [one for channel in channels for one in channel.messages.values()]


# -- beside ordinary work ----------------------------------------------------------------------------------------------


async def test_f41_ordinary_cards_pass_a_storm_and_it_stands_beside_a_crowd(stored: Stored) -> None:
    worker = stored.queueing()
    await open_storm(stored, 200)
    await stored.open_many(45, first=1_001)
    await rounds(stored, worker, 4)
    shown = stored.shown(MARKETPLACES)
    assert len([one for one in shown if "too many" in one]) == 20, "the twenty worst that are in no storm"
    assert any("25 more wait for a card" in one for one in shown)
    assert any("WMS is silent: 200" in one for one in shown)
    assert len(shown) == 23


async def test_lists_count_the_members_of_a_storm(stored: Stored) -> None:
    await open_storm(stored, 12)
    await stored.open_many(2, first=1_001)
    async with at_work(stored) as dana:
        answer = await dana.command(MARKETPLACES, "/inventory", "queue")
        assert answer is None
        await stored.workspace.wait_for(
            lambda: any("14 open" in one.text.replace("\u00a0", " ") for one in private(stored))
        )
        (text,) = [one.text for one in private(stored) if "14 open" in one.text.replace("\u00a0", " ")]
        assert text.index("ST-1") < text.index("EX-")
        await dana.command(MARKETPLACES, "/inventory", "storm ST-1")
        await stored.workspace.wait_for(lambda: any("and 2 more" in one.text for one in private(stored)))


# -- trouble -----------------------------------------------------------------------------------------------------------


async def test_a_storm_that_begins_while_slack_is_away_is_one_card_afterwards(stored: Stored) -> None:
    """Thirty simulated minutes away, then a 429 on every third call: nothing lost, nothing twice, told before the cards."""
    worker = stored.queueing()
    await stored.deliver(worker)
    (touched,) = await stored.open_many(1, first=1_001)
    await stored.workspace.set_outage(Outage.UNAVAILABLE)
    cases = await open_storm(stored, 25)
    for minute in range(30):
        assert await worker.run_once() == 0
        worker._line._away_until = 0.0
        stored.clock.move(timedelta(minutes=1))
        if minute == 20:
            await clear(stored, cases[:5])
    await stored.workspace.set_outage(Outage.NONE)
    stored.workspace.faults.ratelimit_every = 3
    for _ in range(30):
        await stored.deliver(worker)
        stored.clock.move(timedelta(seconds=3))
    shown = stored.shown(MARKETPLACES)
    back = next(nth for nth, text in enumerate(shown) if "Slack was away" in text)
    told = {
        words: sum(words in text for text in shown) for words in ("Slack was away", "WMS is silent: 20", "too many")
    }
    assert told == {"Slack was away": 1, "WMS is silent: 20": 1, "too many": 1}
    assert touched.name in "".join(text for text in shown if "too many" in text)
    assert all("WMS is silent: " not in text and "too many" not in text for text in shown[:back])
    assert len(shown) == 4, "the summary, what happened meanwhile, the storm, the one card"


async def test_two_people_take_all_at_once_and_one_sends_it_twice(stored: Stored) -> None:
    await open_storm(stored, 40)
    await stored.deliver(stored.deliverer())
    card = stored.message(MARKETPLACES, "WMS is silent: 40")
    async with at_work(stored) as dana:
        lee = stored.workspace.person("lee")
        for person in (dana, lee):
            await person.click(MARKETPLACES, card.ts, "storm.more", "Take all 40")
            await filled(stored, person, "Take all")
        intent = str(dana.open_view().content["private_metadata"])
        await asyncio.gather(dana.submit_view({}), lee.submit_view({}))
        again = StormActs(stored.store, stored.policy, stored.clock)
        with pytest.raises(AlreadyHandled, match="sent already"):
            await again.begin(await stored.room.actor(Who(id=DANA), None), intent)
        await stored.workspace.wait_for(lambda: sum("yours" in one.text for one in private(stored)) == 2)
    async with stored.store.reading() as uow:
        owned = await uow.cases.unresolved(None, None, 100)
        storm = await uow.storms.get(StormId(1))
        chains = [await uow.proofs.chain(exception_chain(case.id)) for case in owned]
    assert storm is not None
    assert len(owned) == 40
    assert {case.owner for case in owned} <= {DANA, LEE}
    assert all([entry.entry.kind for entry in chain] == ["opened", "gathered", "taken"] for chain in chains)
    assert storm.owner in (DANA, LEE)


async def test_a_card_that_was_lost_on_the_way_is_found_and_not_posted_again(stored: Stored) -> None:
    await open_storm(stored, 15)
    stored.workspace.faults.lose_answers["chat.postMessage"] = 1
    worker = stored.deliverer()
    await worker.run_once()
    assert (await stored.post("storm:ST-1")).attempted_at is not None
    worker._line._away_until = 0.0
    stored.clock.move(timedelta(seconds=20))
    await rounds(stored, worker, 3)
    stored.message(MARKETPLACES, "WMS is silent: 15")


# -- words -------------------------------------------------------------------------------------------------------------


def told_of(view: StormView) -> str:
    shown = json.loads(json.dumps(render_storm(view, a_policy(), 44).as_json()))
    return str(shown["text"]).replace("\u00a0", " ")


def test_growth_and_shrinking_name_their_pace_and_when_it_is_done() -> None:
    """310 left, 97 gone in five minutes: the last one in about sixteen."""
    now = at("09:34")
    assert "growing (+212 exceptions in 5 min" in told_of(StormView(a_storm(), worst_cases(2), now))
    marks = (Mark(at("09:28"), 1_300, 893),)
    text = told_of(StormView(a_storm(members=310, ended=986, marks=marks), worst_cases(2), now))
    assert "shrinking: 310 left of 1,300 (\u221297 in 5 min), done about 09:49 UTC" in text


def test_a_channel_that_is_behind_says_when_the_last_update_is_sent() -> None:
    lane = LaneStanding("amazon-us", 5_400, at("09:31"), 3_000, None)
    body = json.dumps(render_storm(StormView(a_storm(), worst_cases(2), at("09:34"), lane), a_policy(), 44).as_json())
    assert "Amazon US takes about 5\\u00a0updates a second: 5,400 wait, the last is sent about" in body
    assert "|09:52 UTC>" in body


@pytest.mark.parametrize(
    "lane",
    [
        LaneStanding("amazon-us", 5_400, at("09:33") + timedelta(seconds=30), 3_000, None),
        LaneStanding("amazon-us", 200, at("09:31"), 3_000, None),
        LaneStanding("amazon-us", 5_400, at("09:31"), 0, None),
        LaneStanding("amazon-us", 5_400, at("09:31"), 3_000, at("09:40")),
        LaneStanding("amazon-us", 0, None, 3_000, None),
    ],
    ids=["waits for less than a minute", "done in less than a minute", "nothing was taken", "blocked", "nothing waits"],
)
def test_what_is_not_behind_or_nobody_can_know_is_not_said(lane: LaneStanding) -> None:
    assert "a second" not in str(render_storm(StormView(a_storm(), (), at("09:34"), lane), a_policy(), 44).as_json())


async def test_what_left_a_storm_and_stays_open_is_named_once_it_is_over(stored_twice: Stored) -> None:
    stored, worker = stored_twice, stored_twice.queueing()
    cases = await open_storm(stored, 12)
    await rounds(stored, worker, 2)
    card = stored.message(MARKETPLACES, "WMS is silent: 12")
    acts = StormActs(stored.store, stored.policy, stored.clock)
    storm = cases[0].storm
    assert storm is not None
    await acts.take_out(Actor(DANA, "Dana", "T0"), storm, cases[0].name)
    async with stored.store.reading() as uow:
        rest = list(await uow.storms.worst(storm, 50))
    await clear(stored, rest)
    await rounds(stored, worker, 4)
    text = stored.workspace.read(card).replace("\u00a0", " ")
    assert "Cleared by itself" in text
    assert "12 had been at risk" in text
    assert "0 SKUs oversold." in text
    assert f"1 left it; open still: {cases[0].name}." in text
