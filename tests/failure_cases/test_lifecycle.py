"""F44 and F45 where an exception changes hands, the snooze, and F74 for split approvals, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from storage.store import SqlStore
from sync.inbox.acts import Act, Actor, DecideCorrection, HandOver, Outcome, Snooze, Take
from sync.inbox.service import Inbox
from sync.model.exceptions import ActionState, Case, Life
from sync.model.ids import ExceptionId, UserId
from sync.model.proof import exception_chain
from sync.model.stock import Sku
from sync.policy.holder import PolicyInForce
from tests.databases import MovableClock
from tests.shop_rules import rules
from tests.storage.given import ONE, SHOP, a_case, a_correction

DANA, LEE, ANA, KIM = UserId("U0DANA"), UserId("U0LEE"), UserId("U0ANA"), UserId("U0KIM")
SOON = timedelta(seconds=10)


def actor(user: UserId, restricted: bool = False) -> Actor:
    return Actor(user, user.removeprefix("U0").title(), "T0", restricted=restricted)


class Desk:
    """An inbox with one exception in it."""

    def __init__(self, store: SqlStore, clock: MovableClock, case: ExceptionId) -> None:
        self.store, self.clock, self.case = store, clock, case
        self.inbox = Inbox(store, PolicyInForce(rules()), clock, {})

    async def act(self, by: Actor, act: Act) -> Outcome:
        return await self.inbox.act(by, act, case=self.case, within=SOON)

    async def now(self) -> Case:
        async with self.store.reading() as uow:
            found = await uow.cases.get(self.case)
        assert found is not None
        return found

    async def told(self) -> list[str]:
        async with self.store.reading() as uow:
            return [one.entry.kind for one in await uow.proofs.chain(exception_chain(self.case))]


@pytest.fixture
async def desk(store: SqlStore, store_clock: MovableClock) -> Desk:
    async with store.unit_of_work() as uow:
        await uow.systems.ensure([SHOP], store_clock.now())
        await uow.systems.claim_due(store_clock.now())
        [case] = await uow.cases.open([a_case(None, systems=(SHOP,))])
    return Desk(store, store_clock, case.id)


async def test_it_is_handed_to_a_named_person_with_the_reason_in_the_proof(desk: Desk) -> None:
    assert (await desk.act(actor(DANA), HandOver(LEE, "she knows this vendor"))).kind == "done"
    case = await desk.now()
    assert (case.owner, case.owner_name, case.life) == (LEE, "Lee", Life.OWNED)
    assert await desk.told() == ["handed_over"]


async def test_handing_over_asks_for_a_reason_and_for_somebody_who_can_act(desk: Desk) -> None:
    silent = await desk.act(actor(DANA), HandOver(LEE, " "))
    assert [error.field for error in silent.errors] == ["reason"]
    stranger = await desk.act(actor(DANA), HandOver(UserId("U0SAM"), "he is in"))
    assert [error.field for error in stranger.errors] == ["to"]
    assert (await desk.now()).owner is None


async def test_f44_of_two_who_hand_it_over_at_once_both_are_in_the_proof_and_one_owner_stands(desk: Desk) -> None:
    done = await asyncio.gather(
        desk.act(actor(DANA), HandOver(LEE, "yours")), desk.act(actor(KIM), HandOver(LEE, "yours, please"))
    )
    assert sorted(outcome.kind for outcome in done) == ["done", "faster"]
    assert await desk.told() == ["handed_over"]


async def test_f45_a_guest_hands_nothing_over_and_is_told_whom_to_ask(desk: Desk) -> None:
    refused = await desk.act(actor(DANA, restricted=True), HandOver(LEE, "yours"))
    assert (refused.kind, f"<@{DANA}>" in refused.text) == ("refused", True)
    assert await desk.told() == ["refused"]
    assert (await desk.now()).owner is None


async def test_who_snoozes_it_owns_it_and_it_is_due_to_be_looked_at(desk: Desk) -> None:
    async with desk.store.unit_of_work() as uow:
        assert await uow.systems.claim_due(desk.clock.now()) == []
    until = desk.clock.now() + timedelta(hours=3)
    assert (await desk.act(actor(DANA), Snooze(until, "vendor calls back at three"))).kind == "done"
    case = await desk.now()
    assert (case.owner, case.snoozed_until) == (DANA, until)
    assert await desk.told() == ["taken", "snoozed"]
    async with desk.store.unit_of_work() as uow:
        assert SHOP in await uow.systems.claim_due(desk.clock.now())


async def test_a_snooze_needs_a_reason_and_an_hour_to_come_within_a_week(desk: Desk) -> None:
    now = desk.clock.now()
    assert [e.field for e in (await desk.act(actor(DANA), Snooze(None, ""))).errors] == ["reason"]
    for wrong in (now - timedelta(minutes=1), now + timedelta(days=8)):
        assert [e.field for e in (await desk.act(actor(DANA), Snooze(wrong, "later"))).errors] == ["until"]
    assert (await desk.act(actor(DANA), Snooze(None, "until it worsens"))).kind == "done"
    assert (await desk.now()).snoozed_until == now + timedelta(days=7)
    assert (await desk.act(actor(LEE), Take())).kind == "faster"


LIMITED = rules(
    people={
        name: {
            "name": name.title(),
            "slack": f"U0{name.upper()}",
            **({"approves_up_to": "1000"} if name == "lee" else {}),
        }
        for name in ("dana", "lee", "ana", "sam", "kim")
    }
)


async def split(store: SqlStore, clock: MovableClock, earlier: timedelta, counter: UserId = DANA) -> tuple[Inbox, Case]:
    """Dana corrected 600.00 at this place some time ago, and now asks for 500.00 more in another exception."""
    now = clock.now()
    asked = a_correction(DANA, "500.00", now, contributors=(DANA, counter))
    async with store.unit_of_work() as uow:
        await uow.catalogue.add_skus([Sku(ONE)])
        before = a_correction(DANA, "600.00", now - earlier, state=ActionState.SEEN)
        await uow.cases.open([a_case(ONE, detail="first", actions=(before,))])
        [case] = await uow.cases.open([a_case(ONE, detail="second", actions=(asked,))])
    return Inbox(store, PolicyInForce(LIMITED), clock, {}), case


async def decided(inbox: Inbox, case: Case, by: UserId) -> Outcome:
    act = DecideCorrection(case.actions[0].id, "reject", "count again")
    return await inbox.act(actor(by), act, case=case.id, within=SOON)


async def test_f74_a_sum_split_into_parts_is_held_whole_against_the_approvers_limit(
    store: SqlStore, store_clock: MovableClock
) -> None:
    inbox, case = await split(store, store_clock, timedelta(hours=2))
    refused = await decided(inbox, case, LEE)
    assert refused.kind == "refused"
    assert refused.text == f"1,100.00 USD is above your limit of 1,000.00 USD. <@{ANA}> can."
    assert (await decided(inbox, case, ANA)).kind == "done"


async def test_f74_what_was_corrected_more_than_a_day_ago_counts_no_more(
    store: SqlStore, store_clock: MovableClock
) -> None:
    inbox, case = await split(store, store_clock, timedelta(hours=25))
    assert (await decided(inbox, case, LEE)).kind == "done"


async def test_f74_who_counted_does_not_decide_the_number(store: SqlStore, store_clock: MovableClock) -> None:
    inbox, case = await split(store, store_clock, timedelta(hours=25), counter=ANA)
    refused = await decided(inbox, case, ANA)
    assert (refused.kind, refused.text) == ("refused", f"You gave this number, so you cannot approve it. <@{LEE}> can.")


async def test_f50_of_two_people_with_one_name_the_proof_says_which_and_what_they_asked_for(
    store: SqlStore, store_clock: MovableClock
) -> None:
    inbox, case = await split(store, store_clock, timedelta(hours=25))
    act = DecideCorrection(case.actions[0].id, "reject", "count again")
    namesake = Actor(ANA, "Lee", "T0")

    assert (await inbox.act(namesake, act, case=case.id, within=SOON)).kind == "done"

    async with store.reading() as uow:
        entry = (await uow.proofs.chain(exception_chain(case.id)))[-1].entry
    told = dict(entry.figures)
    assert (entry.actor, told["team"], told["by"]) == (ANA, "T0", "Lee")
    assert len(told["request"]) == 64
