"""Repeated tries of an update are one line below the card, which is edited."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from slack_stored import Stored

from sandbox.slack import Message
from sync.exceptions.lifecycle import Step
from sync.model.exceptions import Case
from sync.model.ids import ListingId, SkuId, SystemId
from sync.model.outbox import Priority, Target, TargetKind, TargetState
from sync.path.retries import tell_tries
from sync.path.written import write_steps

MARKETPLACES = "inv-marketplaces"
LISTING = ListingId("amazon-us:1")


async def opened(stored: Stored) -> Case:
    (case,) = await stored.open_many(1)
    about = replace(case.fingerprint, listing=LISTING)
    async with stored.store.unit_of_work() as uow:
        await write_steps(uow, [Step(replace(case, fingerprint=about, version=2))], stored.clock.now())
    return case


def an_update(stored: Stored) -> Target:
    now, amazon = stored.clock.now(), SystemId("amazon-us")
    return Target(
        "quantity:amazon-us:1",
        TargetKind.QUANTITY,
        amazon,
        SkuId("SKU-00001"),
        LISTING,
        None,
        1,
        1,
        Priority.DECREASE,
        now,
    )


async def tried(stored: Stored, before: Target, **after: object) -> Target:
    """One more try, as a lane settles it."""
    now = stored.clock.now()
    settled = replace(before, **after)  # type: ignore[arg-type]
    async with stored.store.unit_of_work() as uow:
        await tell_tries(uow, before, settled, now)
    return settled


async def failed(stored: Stored, before: Target, *, over: bool = False) -> Target:
    now = stored.clock.now()
    return await tried(
        stored,
        before,
        attempts=before.attempts + 1,
        failing_since=before.failing_since or now,
        fault="value",
        fault_text="Inventory item not stocked at location",
        state=TargetState.FAILED if over else TargetState.DUE,
        next_at=None if over else now + timedelta(minutes=4),
    )


def lines(stored: Stored) -> list[Message]:
    card = stored.message(MARKETPLACES, "EX-1 ")
    return [one for one in stored.workspace.thread(MARKETPLACES, card.ts) if "update" in stored.workspace.read(one)]


async def test_tries_are_one_line_that_is_edited(stored_twice: Stored) -> None:
    stored = stored_twice
    worker, _ = stored.deliverer(), await opened(stored)
    await stored.deliver(worker)
    target = await failed(stored, an_update(stored))
    await stored.deliver(worker)
    assert lines(stored) == [], "one try is nobody's business"
    for _ in range(3):
        stored.clock.move(timedelta(minutes=4))
        target = await failed(stored, target)
        await stored.deliver(worker)
    (line,) = lines(stored)
    text = stored.workspace.read(line).replace("\u00a0", " ")
    assert text.startswith("Amazon US did not take our update, 4 tries since ")
    assert ": Inventory item not stocked at location. Next try " in text
    assert not line.broadcast
    stored.clock.move(timedelta(minutes=4))
    await tried(stored, target, attempts=0, confirmed=True, failing_since=None, fault="", state=TargetState.IDLE)
    await stored.deliver(worker)
    (line,) = lines(stored)
    assert (
        stored.workspace.read(line).replace("\u00a0", " ")
        == "Amazon US took our update at the 5th try, 16 min after the first."
    )


async def test_what_is_given_up_says_so_and_what_fails_later_is_another_line(stored: Stored) -> None:
    worker, _ = stored.deliverer(), await opened(stored)
    await stored.deliver(worker)
    target = await failed(stored, an_update(stored))
    await failed(stored, target, over=True)
    await stored.deliver(worker)
    (line,) = lines(stored)
    assert stored.workspace.read(line).endswith("Not tried again by itself.")
    stored.clock.move(timedelta(hours=1))
    await failed(stored, await failed(stored, an_update(stored)))
    await stored.deliver(worker)
    assert len(lines(stored)) == 2


async def test_one_that_goes_through_at_the_second_try_is_not_told(stored: Stored) -> None:
    worker, _ = stored.deliverer(), await opened(stored)
    await stored.deliver(worker)
    target = await failed(stored, an_update(stored))
    await tried(stored, target, attempts=0, confirmed=True, failing_since=None, state=TargetState.IDLE)
    await stored.deliver(worker)
    assert lines(stored) == []


async def test_an_account_that_refuses_is_no_try_of_one_update(stored: Stored) -> None:
    """Its own exception tells it."""
    worker, _ = stored.deliverer(), await opened(stored)
    await stored.deliver(worker)
    target = replace(an_update(stored), attempts=3, failing_since=stored.clock.now())
    await tried(stored, target, fault="permission", fault_text="token expired")
    await stored.deliver(worker)
    assert lines(stored) == []
