"""People are told: below the card, once per cause, the rest in one message; directly only of what they alone can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from slack_stored import Stored
from test_slack_storms import open_storm

from bot.slack.delivery import Deliverer
from bot.slack.mentions import Mentions
from sandbox.slack import Message, Surface, validate
from sync.exceptions.lifecycle import Step
from sync.model.exceptions import Action, ActionKind, ActionState, Case, Evidence, Life
from sync.model.ids import LocationId, SkuId, SystemId, UserId
from sync.model.mentions import PersonSettings
from sync.model.stock import Sku
from sync.owners.escalation import late
from sync.path.written import write_steps

MARKETPLACES = "inv-marketplaces"
DANA = UserId("U0DANA")


def telling(stored: Stored) -> Deliverer:
    """A deliverer that also tells people."""
    return stored.deliverer(mentions=Mentions(stored.store, stored.policy, stored.clock))


async def limits_pass(stored: Stored, cases: Sequence[Case]) -> list[Case]:
    """Decide what has passed by now, as the decider does."""
    now = stored.clock.now()
    async with stored.store.unit_of_work() as uow:
        known = [case for one in cases if (case := await uow.cases.get(one.id)) is not None]
        steps = late(known, stored.policy.current, now)
        await write_steps(uow, steps, now)
    moved = {step.case.id: step.case for step in steps}
    return [moved.get(case.id, case) for case in known]


async def changed(stored: Stored, case: Case, **changes: Any) -> Case:
    newer = replace(case, version=case.version + 1, **changes)
    async with stored.store.unit_of_work() as uow:
        (saved,) = await write_steps(uow, [Step(newer)], stored.clock.now())
        found = await uow.cases.get(saved.id)
    assert found is not None
    return found


def mentions(stored: Stored, channel: str, user: str = "@Dana") -> list[Message]:
    """Messages of a channel, threads included, that were posted with a mention of somebody at their beginning."""
    found = stored.workspace.state.channel(channel).messages.values()
    told = [one for one in found if stored.workspace.read(one).startswith(user)]
    for one in told:
        assert validate(one.blocks, Surface.MESSAGE) == []
    return told


async def test_a_missed_assignment_mentions_the_lead_below_the_card_with_a_button_to_take_it(stored: Stored) -> None:
    worker, cases = telling(stored), await stored.open_many(1)
    await stored.deliver(worker)
    stored.clock.move(timedelta(minutes=31))
    await limits_pass(stored, cases)
    await stored.deliver(worker)
    card = stored.message(MARKETPLACES, "EX-1")
    (told,) = mentions(stored, MARKETPLACES)
    assert told.thread_ts == card.ts
    assert not told.broadcast
    assert "nobody has EX-1 since" in stored.workspace.read(told)
    assert "$1 at risk" in stored.workspace.read(told)
    await stored.deliver(worker)
    assert len(mentions(stored, MARKETPLACES)) == 1


async def test_the_next_rungs_tell_the_stand_in_and_then_the_ops_channel(stored: Stored) -> None:
    worker, cases = telling(stored), await stored.open_many(1)
    await stored.deliver(worker)
    for minutes in (31, 15, 15):
        stored.clock.move(timedelta(minutes=minutes))
        cases = await limits_pass(stored, cases)
        await stored.deliver(worker)
    assert len(mentions(stored, MARKETPLACES, "@Dana")) == 1
    assert len(mentions(stored, MARKETPLACES, "@Lee")) == 1
    ops = stored.policy.current.digest.channel
    (last,) = mentions(stored, ops, "@Kim")
    assert "You answer for it until somebody does." in stored.workspace.read(last)
    assert "Show EX-1" in stored.workspace.read(last)
    async with stored.store.reading() as uow:
        assert await uow.attention.last_resorts(stored.clock.now() - timedelta(days=1)) == 1


async def test_eight_of_one_cause_are_one_message_and_later_ones_are_gathered(stored: Stored) -> None:
    """F39: grouped by cause, one mention per person."""
    same = {"evidence": Evidence("The feed is silent.", cause="feed")}
    worker = telling(stored)
    first = [stored.a_case_of(nth) for nth in range(1, 9)]
    async with stored.store.unit_of_work() as uow:
        await uow.systems.ensure([SystemId("amazon-us")], stored.clock.now())
        await uow.catalogue.add_skus([Sku(SkuId(f"SKU-{nth:05d}"), "Thing") for nth in range(1, 11)])
        cases = await write_steps(uow, [Step(replace(one, **same), opened=True) for one in first], stored.clock.now())
    stored.clock.move(timedelta(minutes=31))
    await limits_pass(stored, cases)
    await stored.deliver(worker)
    (told,) = mentions(stored, MARKETPLACES)
    text = stored.workspace.read(told)
    assert "8 of Marketplaces need somebody" in text
    assert "and 3 more" in text
    more = [replace(stored.a_case_of(nth), assign_by=stored.clock.now(), **same) for nth in range(9, 11)]
    async with stored.store.unit_of_work() as uow:
        later = await write_steps(uow, [Step(one, opened=True) for one in more], stored.clock.now())
    await limits_pass(stored, later)
    stored.clock.move(timedelta(minutes=10))
    await stored.deliver(worker)
    assert len(mentions(stored, MARKETPLACES)) == 1, "within half an hour nothing more of this cause"
    stored.clock.move(timedelta(minutes=21))
    await stored.deliver(worker)
    assert "2 of Marketplaces need somebody" in stored.workspace.read(mentions(stored, MARKETPLACES)[-1])


async def test_who_took_it_meanwhile_is_not_followed_by_a_mention(stored: Stored) -> None:
    worker, cases = telling(stored), await stored.open_many(1)
    await stored.deliver(worker)
    stored.clock.move(timedelta(minutes=31))
    (case,) = await limits_pass(stored, cases)
    await changed(stored, case, life=Life.OWNED, owner=UserId("U0LEE"), owner_name="Lee", owned_at=stored.clock.now())
    await stored.deliver(worker)
    assert mentions(stored, MARKETPLACES) == []


async def test_quiet_hours_hold_a_mention_and_who_wants_none_is_named_without_one(stored: Stored) -> None:
    worker, cases = telling(stored), await stored.open_many(1)
    stored.clock.move(timedelta(minutes=31))
    now = stored.clock.now()
    quiet = PersonSettings(DANA, True, f"{now:%H:%M}", f"{now + timedelta(hours=1):%H:%M}", "UTC")
    async with stored.store.unit_of_work() as uow:
        await uow.attention.choose(quiet, now)
    await limits_pass(stored, cases)
    await stored.deliver(worker)
    assert mentions(stored, MARKETPLACES) == []
    async with stored.store.unit_of_work() as uow:
        await uow.attention.choose(PersonSettings(DANA, mentioned=False), now)
    stored.clock.move(timedelta(seconds=3))
    await stored.deliver(worker)
    assert mentions(stored, MARKETPLACES) == []
    (told,) = mentions(stored, MARKETPLACES, "Dana, nobody has EX-1")
    assert "<@" not in told.text


async def test_an_approval_is_asked_directly_and_folds_once_decided(stored: Stored) -> None:
    worker, (case,) = telling(stored), await stored.open_many(1)
    await stored.deliver(worker)
    figures = (("system", "netsuite"), ("from", "16"), ("to", "9"), ("value", "287.00"), ("queue", "finance"))
    act = Action(
        0,
        ActionKind.CORRECTION,
        ActionState.ASKED,
        DANA,
        "Dana",
        stored.clock.now(),
        "damage",
        "wet",
        "",
        None,
        LocationId("reno"),
        figures,
        contributors=(DANA,),
    )
    asked = await changed(stored, case, owner=DANA, owner_name="Dana", life=Life.OWNED, actions=(act,))
    (asked,) = await limits_pass(stored, [asked])
    await stored.deliver(worker)
    climb = asked.climb(f"approve:{asked.actions[0].id}")
    assert climb is not None
    (approver,) = climb.told
    direct = stored.workspace.person(approver).direct()
    (ask,) = direct.timeline()
    before = stored.workspace.read(ask)
    assert "16" in before
    decided = replace(asked.actions[0], state=ActionState.REFUSED, decided_by=approver, decided_name="Lee", result="no")
    await changed(stored, asked, actions=(decided,))
    await stored.deliver(worker)
    (folded,) = stored.workspace.person(approver).direct().timeline()
    assert folded.ts == ask.ts
    assert "Not approved" in stored.workspace.read(folded)
    assert "Not approved" not in before


async def test_a_storm_that_is_late_is_told_once_and_not_member_by_member(stored: Stored) -> None:
    worker, members = telling(stored), await open_storm(stored, 30)
    await stored.deliver(worker)
    assert all(one.storm is not None for one in members[9:])
    stored.clock.move(timedelta(minutes=31))
    members = await limits_pass(stored, members)
    await stored.deliver(worker)
    (told,) = mentions(stored, MARKETPLACES)
    text = stored.workspace.read(told)
    assert "nobody has ST-1 since" in text
    assert "WMS is silent, 30\u00a0exceptions." in text
    assert "EX-" not in text
    assert told.thread_ts == stored.message(MARKETPLACES, "ST-1").ts
    late = await open_storm(stored, 5, first=31)
    stored.clock.move(timedelta(minutes=40))
    await limits_pass(stored, late)
    await stored.deliver(worker)
    assert len(mentions(stored, MARKETPLACES)) == 1, "who joins it later is told with it already"


async def test_a_storm_that_somebody_has_mentions_nobody_for_want_of_an_owner(stored: Stored) -> None:
    worker, members = telling(stored), await open_storm(stored, 30)
    await stored.deliver(worker)
    async with stored.store.unit_of_work() as uow:
        [storm] = await uow.storms.standing()
        [locked] = await uow.storms.lock([storm.id])
        owned = replace(locked, owner=UserId("U0LEE"), owner_name="Lee", owned_at=stored.clock.now(), version=99)
        await uow.storms.save([owned])
    stored.clock.move(timedelta(minutes=31))
    await limits_pass(stored, members)
    await stored.deliver(worker)
    assert mentions(stored, MARKETPLACES) == []
    async with stored.store.reading() as uow:
        assert await uow.attention.waiting(stored.clock.now(), 100) == []
