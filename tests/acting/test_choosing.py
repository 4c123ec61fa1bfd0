"""Choosing the product behind a code: shown before it is done, done exactly so, in a person's name; never guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.replaying import replay_problems
from storage.store import SqlStore
from sync.inbox.acts import Outcome
from sync.inbox.choosing import Choosing, Looked
from sync.model.exceptions import Case, ExceptionClass, Life
from sync.model.ids import SkuId
from sync.model.proof import exception_chain, system_chain
from sync.path.decider import Decider
from tests.acting.desk import DANA, LEE, SAM, person
from tests.databases import MovableClock
from tests.kit_shop import BEGAN, MUG, WMS, KitShop, counted
from tests.storage.test_identities import CUP, listing

CODE = "sku:850"
UNKNOWN = SkuId("850")


@pytest.fixture
async def shop(store: SqlStore, store_clock: MovableClock) -> KitShop:
    """A mug and a cup; the warehouse counts a code that nobody knows."""
    shop = KitShop(store, store_clock)
    await shop.record(listing("MUG", "1"), listing("CUP", "2"), counted(MUG, 20), counted(CUP, 10))
    await shop.record(counted(UNKNOWN, 6, BEGAN + timedelta(minutes=5)))
    await looked_at(shop)
    return shop


async def looked_at(shop: KitShop) -> None:
    """The warehouse itself is judged, and whatever is due."""
    async with shop.store.unit_of_work() as uow:
        await uow.systems.mark_due([WMS], shop.clock.now())
    decider = Decider(shop.store, shop.policy, shop.clock)
    while await decider.decide_slice(100) or await decider.decide_systems():
        pass


async def the_case(shop: KitShop) -> Case:
    async with shop.store.reading() as uow:
        found = await uow.cases.unresolved(None, None, 10)
    [case] = [one for one in found if one.fingerprint.cls is ExceptionClass.CATALOG_FAULT]
    return case


def choosing(shop: KitShop) -> Choosing:
    return Choosing(shop.store, shop.policy, shop.clock)


async def test_it_is_looked_at_first_and_then_done_exactly_so(shop: KitShop) -> None:
    case, desk = await the_case(shop), choosing(shop)
    looked = await desk.look(person(DANA), case.id, CODE, "CUP", "the new cups of the vendor")
    assert isinstance(looked, Looked)
    assert (looked.change.old, looked.wish.sku) == (None, CUP)
    assert await shop.promised(CUP) == 10, "nothing is written by looking"
    done = await desk.choose(person(DANA), looked.intent)
    assert isinstance(done, Outcome)
    assert done.kind == "done", done
    again = await desk.choose(person(DANA), looked.intent)
    assert again == done, "sent twice, done once, answered the same"
    await looked_at(shop)
    assert await shop.promised(CUP) == 6
    shop.clock.move(timedelta(minutes=1))
    await looked_at(shop)
    async with shop.store.reading() as uow:
        ended = await uow.cases.get(case.id)
        chain = [one.entry.kind for one in await uow.proofs.chain(exception_chain(case.id))]
        mapped = (await uow.proofs.chain(system_chain(WMS)))[-1].entry
    assert ended is not None
    assert (ended.life, ended.ended_name, ended.note) == (Life.RESOLVED, "Dana", "the new cups of the vendor")
    assert "product_chosen" in chain
    assert (mapped.kind, mapped.actor) == ("mapped", DANA)
    assert await replay_problems(shop.store, shop.policy.current, shop.clock.now()) == []


async def test_no_such_product_no_reason_and_no_right_are_said(shop: KitShop) -> None:
    case, desk = await the_case(shop), choosing(shop)
    wrong = await desk.look(person(DANA), case.id, CODE, "CUPS", "cups")
    assert isinstance(wrong, Outcome)
    assert [(one.field, "There is no product CUPS" in one.text) for one in wrong.errors] == [("sku", True)]
    silent = await desk.look(person(DANA), case.id, CODE, "CUP", " ")
    assert isinstance(silent, Outcome)
    assert [one.field for one in silent.errors] == ["reason"]
    stranger = await desk.look(person(SAM), case.id, CODE, "CUP", "cups")
    assert isinstance(stranger, Outcome)
    assert stranger.kind == "refused"


async def test_what_would_do_something_else_by_now_is_shown_again_and_not_done(shop: KitShop) -> None:
    case, desk = await the_case(shop), choosing(shop)
    looked = await desk.look(person(DANA), case.id, CODE, "CUP", "cups")
    assert isinstance(looked, Looked)
    await shop.record(counted(CUP, 40, BEGAN + timedelta(minutes=9)))
    await shop.settle()
    again = await desk.choose(person(DANA), looked.intent)
    assert isinstance(again, Looked)
    assert again.change.before != looked.change.before
    assert (await the_case(shop)).owner is None
    done = await desk.choose(person(DANA), again.intent)
    assert isinstance(done, Outcome)
    assert done.kind == "done"


async def test_a_form_is_nobody_elses_and_an_old_one_is_shown_again(shop: KitShop) -> None:
    case, desk = await the_case(shop), choosing(shop)
    looked = await desk.look(person(DANA), case.id, CODE, "CUP", "cups")
    assert isinstance(looked, Looked)
    stolen = await desk.choose(person(LEE), looked.intent)
    assert isinstance(stolen, Outcome)
    assert stolen.kind == "refused"
    shop.clock.move(timedelta(minutes=11))
    assert isinstance(await desk.choose(person(DANA), looked.intent), Looked)
    assert replace(await the_case(shop), version=0).actions == ()
