"""Handing over to people and queues, back again, giving back, snoozing: what the record keeps of each, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from storage.store import SqlStore
from sync.inbox.acts import GiveBack, HandOver, Snooze, Take, Wake
from sync.inbox.looking import case_view, colleagues
from sync.inbox.service import Inbox
from sync.inbox.view import Prepared
from sync.model.exceptions import Life
from sync.model.groups import Groups, Member, UserGroup
from sync.model.ids import QueueId, UserId
from sync.policy.holder import PolicyInForce
from tests.acting.desk import ANA, DANA, LEE, SAM, ActingDesk, person
from tests.databases import MovableClock
from tests.shop_rules import rules
from tests.storage.given import SHOP, a_case

FINANCE, WAREHOUSE = QueueId("finance"), QueueId("warehouse")


@pytest.fixture
async def desk(store: SqlStore, store_clock: MovableClock) -> ActingDesk:
    policy = PolicyInForce(rules(vendor_queue="warehouse"))
    async with store.unit_of_work() as uow:
        await uow.systems.ensure([SHOP], store_clock.now())
        [case] = await uow.cases.open([a_case(None, systems=(SHOP,))])
    return ActingDesk(store, store_clock, policy, Inbox(store, policy, store_clock, {}), case.id)


async def test_when_it_was_first_taken_stays_told_after_giving_it_back(desk: ActingDesk) -> None:
    await desk.act(DANA, Take())
    first = (await desk.now()).owned_at
    desk.clock.move(timedelta(minutes=20))
    await desk.act(DANA, GiveBack())
    back = await desk.now()
    assert (back.life, back.owner, back.owned_at, back.owner_since) == (Life.OPEN, None, first, None)
    await desk.act(LEE, Take())
    again = await desk.now()
    assert (again.owner, again.owned_at, again.owner_since) == (LEE, first, desk.clock.now())


async def test_who_is_in_a_user_group_of_the_queue_gets_it_by_name_and_nobody_else_of_the_workspace(
    store: SqlStore, store_clock: MovableClock
) -> None:
    warehouse = {"name": "Warehouse", "channel": "inv-warehouse", "lead": "sam", "members": ["@pickers"]}
    policy = PolicyInForce(rules(queues={**_queues(), "warehouse": warehouse}))
    pat, noor = UserId("U0PAT"), UserId("U0NOOR")
    pickers = UserGroup("@pickers", members=(pat,), people=(Member(pat, "Pat"),), version=1, read_at=store_clock.now())
    policy.know([pickers], store_clock.now())
    async with store.unit_of_work() as uow:
        await uow.systems.ensure([SHOP], store_clock.now())
        [case] = await uow.cases.open([a_case(None, systems=(SHOP,))])
    desk = ActingDesk(store, store_clock, policy, Inbox(store, policy, store_clock, {}), case.id)

    opened = await desk.inbox.prepare(person(DANA), "handover", desk.case, (await desk.now()).version, {})
    assert isinstance(opened, Prepared)
    assert (pat, "Pat") in [(one.user, one.name) for one in opened.people]
    refused = await desk.act(DANA, HandOver(noor, "yours", WAREHOUSE))
    assert (refused.kind, refused.errors[0].text[:43]) == ("fields", "They are not named in Warehouse, so they co")
    done = await desk.act(DANA, HandOver(pat, "it stands in your aisle", WAREHOUSE))
    now = await desk.now()
    assert (done.text, now.owner, now.owner_name, now.queue) == ("It is Pat's now.", pat, "Pat", WAREHOUSE)


async def test_a_large_user_group_pushes_nobody_who_is_named_off_the_list(desk: ActingDesk) -> None:
    warehouse = {"name": "Warehouse", "channel": "inv-warehouse", "lead": "sam", "members": ["@pickers"]}
    policy = rules(queues={**_queues(), "warehouse": warehouse})
    many = tuple(Member(UserId(f"U0X{nth:03}"), f"Picker {nth}") for nth in range(300))
    group = UserGroup("@pickers", members=tuple(one.user for one in many), people=many, read_at=desk.clock.now())
    known = policy.with_groups(Groups.at([group], desk.clock.now()))
    found = colleagues(case_view(await desk.now(), None, known, {}, desk.clock.now()), known, {SAM: 7})
    assert {DANA, LEE, SAM} <= {one.user for one in found}
    assert sum(one.name.startswith("Picker") for one in found) == 40


def _queues() -> dict[str, Any]:
    return {name: queue.model_dump(exclude_defaults=True) for name, queue in rules().queues.items()}


async def test_another_queue_gets_a_card_of_its_own_and_the_whole_time_to_take_it(desk: ActingDesk) -> None:
    desk.clock.move(timedelta(minutes=25))
    done = await desk.act(DANA, HandOver(None, "a credit note", FINANCE))
    assert done.text == "It is in Finance now; its card follows there."
    case = await desk.now()
    assert (case.queue, case.home, case.life, case.owner) == (FINANCE, "marketplaces", Life.OPEN, None)
    assert case.assign_by is not None
    assert case.assign_by > desk.clock.now()
    card = await desk.post(f"card:{case.name}:1")
    assert card is not None
    assert card.channel == FINANCE
    old = await desk.post(f"card:{case.name}")
    assert old is not None
    assert await desk.told() == ["handed_over"]


async def test_who_works_there_may_act_then_and_nobody_else(desk: ActingDesk) -> None:
    assert (await desk.act(ANA, Take())).kind == "refused"
    await desk.act(DANA, HandOver(None, "a credit note", FINANCE))
    refused = await desk.act(DANA, Take())
    assert refused.kind == "refused"
    assert "Only Finance acts here." in refused.text
    assert (await desk.act(ANA, Take())).kind == "done"


async def test_it_goes_back_where_it_came_from_by_either_side(desk: ActingDesk) -> None:
    await desk.act(DANA, HandOver(None, "ask the vendor", WAREHOUSE))
    assert (await desk.act(DANA, HandOver(None, "wrong button", QueueId("marketplaces")))).kind == "done"
    assert (await desk.now()).home is None
    await desk.act(DANA, HandOver(SAM, "ask the vendor", WAREHOUSE))
    taken = await desk.now()
    assert (taken.owner, taken.moves) == (SAM, 3)
    assert (await desk.act(DANA, HandOver(None, "mine again", QueueId("marketplaces")))).kind == "refused"
    assert (await desk.act(SAM, HandOver(None, "they answered", QueueId("marketplaces")))).kind == "done"
    assert [(await desk.post(f"card:{taken.name}:{life}")) is not None for life in (1, 2, 3, 4)] == [True] * 4


async def test_a_person_of_another_queue_is_handed_it_with_their_queue_only(desk: ActingDesk) -> None:
    wrong = await desk.act(DANA, HandOver(SAM, "count it"))
    assert [error.field for error in wrong.errors] == ["to"]
    assert (await desk.act(DANA, HandOver(SAM, "count it", WAREHOUSE))).text == "It is Sam's now."
    case = await desk.now()
    notice = await desk.post(f"told:{case.name}:{case.version}:{SAM}")
    assert notice is not None
    assert notice.body == f"Dana handed you {case.name}: count it."


async def test_the_suggested_person_is_who_has_least_open_work(desk: ActingDesk, store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        await uow.cases.open([a_case(None, detail="other", owner=DANA, owner_name="Dana", life=Life.OWNED)])
    prepared = await desk.inbox.prepare(person(LEE), "handover", desk.case, 1, {})
    assert isinstance(prepared, Prepared)
    first = [(one.name, one.owns) for one in prepared.people if one.queue == "marketplaces"]
    assert first[-1] == ("Dana", 1)
    assert first[0][1] == 0


async def test_waking_is_the_undo_of_a_snooze(desk: ActingDesk) -> None:
    await desk.act(DANA, Snooze(None, "a backlog there"))
    assert (await desk.now()).snooze_note == "a backlog there"
    assert (await desk.act(DANA, Wake())).text == "It is awake."
    assert (await desk.now()).snoozed_until is None
    assert (await desk.act(DANA, Wake())).kind == "faster"
    assert await desk.told() == ["taken", "snoozed", "woken"]
