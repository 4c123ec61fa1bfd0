"""User groups: a row per group that policy names, or named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from storage.codecs import from_json, to_json
from storage.dialect import Link, claiming, upserting
from storage.tables.groups import user_groups
from sync.model.groups import UserGroup

_NAMES = ("named", "version", "body")


class SqlGroups:
    """Implements ``sync.ports.UserGroups``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def all(self) -> Sequence[UserGroup]:
        """All that were read: some rows."""
        query = select(user_groups).where(user_groups.c.version > 0).order_by(user_groups.c.named)
        return [_group(row) for row in await self._link.execute(query)]

    async def hold(self, named: str) -> UserGroup:
        """One as it was last written, locked until this transaction ends; a new one when it never was."""
        new = UserGroup(named)
        await self._link.run(claiming(user_groups, _NAMES, ("named",)), rows=[(named, 0, to_json(new))])
        query = select(user_groups).where(user_groups.c.named == named).with_for_update()
        return _group((await self._link.execute(query)).one())

    async def save(self, group: UserGroup) -> None:
        """Write one that is held."""
        row = (group.named, group.version, to_json(group))
        await self._link.run(upserting(user_groups, _NAMES, ("named",)), rows=[row])


def _group(row: Row[Any]) -> UserGroup:
    return from_json(UserGroup, row.body)
