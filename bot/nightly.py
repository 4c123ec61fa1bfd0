"""The nightly comparison of everything: once a night, by whichever process wins it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sync.policy.holder import PolicyInForce
from sync.policy.schema import Policy
from sync.ports import Clock, Store
from sync.reconciliation.reconciler import Reconciler

JOB = "reconcile"
MISSED = timedelta(hours=6)
"""A night is caught up within this; later it would burden the day."""

LOST = timedelta(hours=2)
"""A run that did not finish within this belonged to a process that died: another may take it over."""


def night_of(policy: Policy, now: datetime) -> tuple[str, datetime] | None:
    """The newest night that is due: (its local date, when); None where policy wants none."""
    if policy.reconcile_at is None:
        return None
    local = now.astimezone(ZoneInfo(policy.timezone))
    hour, minute = (int(part) for part in policy.reconcile_at.split(":"))
    due = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if due > local:
        due -= timedelta(days=1)
    return due.date().isoformat(), due


class Nightly:
    """Work of a tick of its own, since it takes long."""

    def __init__(self, store: Store, reconciler: Reconciler, policy: PolicyInForce, clock: Clock, holder: str) -> None:
        self._store = store
        self._reconciler = reconciler
        self._policy = policy
        self._clock = clock
        self._holder = holder

    async def tick(self) -> bool:
        """Reconcile if the night is due and this process wins it. True when it did."""
        now = self._clock.now()
        night = night_of(self._policy.current, now)
        if night is None or now - night[1] > MISSED:
            return False
        async with self._store.reading() as uow:
            if not await uow.jobs.free(JOB, night[0], now - LOST):
                return False
        async with self._store.unit_of_work() as uow:
            await uow.jobs.lost(JOB, now - LOST)
            if not await uow.jobs.win(JOB, night[0], self._holder, now):
                return False
        await self._reconciler.run("night")
        async with self._store.unit_of_work() as uow:
            await uow.jobs.finish(JOB, night[0], self._clock.now())
        return True
