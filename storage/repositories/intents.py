"""Stored intents of modals."""

from __future__ import annotations

from sqlalchemy import select

from storage.dialect import Link
from storage.tables.work import intents
from sync.model.ids import ExceptionId, UserId
from sync.ports import Intent


class SqlIntents:
    """Implements ``sync.ports.Intents``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def save(self, intent: Intent) -> None:
        """Insert or replace by id."""
        values = {
            "actor": intent.actor,
            "kind": intent.kind,
            "exception": intent.case,
            "version": intent.version,
            "shown": intent.shown,
            "policy_version": intent.policy_version,
            "expires_at": intent.expires_at,
            "data": [list(pair) for pair in intent.data],
            "view": intent.view,
            "used_at": intent.used_at,
            "answer": intent.answer,
        }
        saving = self._link.insert(intents).values(id=intent.id, **values)
        await self._link.execute(saving.on_conflict_do_update(index_elements=["id"], set_=values))

    async def get(self, intent: str, *, lock: bool = False) -> Intent | None:
        """One intent; ``lock`` holds its row until this unit of work ends."""
        query = select(intents).where(intents.c.id == intent)
        row = (await self._link.execute(query.with_for_update() if lock else query)).one_or_none()
        if row is None:
            return None
        return Intent(
            id=row.id,
            actor=UserId(row.actor),
            kind=row.kind,
            case=ExceptionId(row.exception),
            version=row.version,
            shown=row.shown,
            policy_version=row.policy_version,
            expires_at=row.expires_at,
            data=tuple((name, value) for name, value in row.data),
            view=row.view,
            used_at=row.used_at,
            answer=row.answer,
        )
