"""Stored intents of modals."""

from __future__ import annotations

from sqlalchemy import select

from storage.dialect import Link
from storage.tables.work import intents
from sync.model.ids import ExceptionId, UserId
from sync.ports import Intent

_INTENT = "id actor kind exception version shown policy_version expires_at data view used_at answer".split()


class SqlIntents:
    """Implements ``sync.ports.Intents``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def save(self, intent: Intent) -> None:
        """Insert or replace by id."""
        row = (
            intent.id,
            intent.actor,
            intent.kind,
            intent.case,
            intent.version,
            intent.shown,
            intent.policy_version,
            intent.expires_at,
            [list(pair) for pair in intent.data],
            intent.view,
            intent.used_at,
            intent.answer,
        )
        writing = self._link.insert_rows(intents, _INTENT, [row])
        values = {name: writing.excluded[name] for name in _INTENT if name != "id"}
        await self._link.execute(writing.on_conflict_do_update(index_elements=["id"], set_=values))

    async def get(self, intent: str, *, lock: bool = False) -> Intent | None:
        """One intent; ``lock`` keeps others from using it meanwhile."""
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
