"""User groups as they were last read, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from storage.store import SqlStore
from sync.model.groups import GroupFault, Member, UserGroup
from sync.model.ids import UserId
from tests.storage.given import DANA, LEE, NOW, later

PICKERS = UserGroup(
    "@pickers",
    id="S0PICK",
    handle="pickers",
    members=(DANA, LEE, UserId("U0GUEST")),
    people=(Member(DANA, "Dana"), Member(LEE, "Lee")),
    unasked=1,
    read_at=NOW,
)


async def kept(store: SqlStore, group: UserGroup) -> UserGroup:
    async with store.unit_of_work() as uow:
        after = group.following(await uow.groups.hold(group.named), later(minutes=1))
        await uow.groups.save(after)
        return after


async def test_a_group_comes_back_as_it_was_read(store: SqlStore) -> None:
    first = await kept(store, PICKERS)
    faulty = await kept(store, replace(PICKERS, named="@gone", fault=GroupFault.UNKNOWN))
    async with store.reading() as uow:
        assert list(await uow.groups.all()) == [faulty, first]
    assert (first.version, first.since, faulty.since) == (1, None, later(minutes=1))


async def test_a_group_that_is_only_held_was_not_read(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        assert await uow.groups.hold("@new") == UserGroup("@new")
    async with store.reading() as uow:
        assert list(await uow.groups.all()) == []


async def test_of_those_who_write_at_once_each_follows_another(store: SqlStore) -> None:
    written = await asyncio.gather(*(kept(store, PICKERS) for _ in range(6)))
    assert sorted(one.version for one in written) == [1, 2, 3, 4, 5, 6]
