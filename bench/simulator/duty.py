"""The one person on duty: she asks for a failed update to be tried again, some minutes after its card came, and does no more."""

from __future__ import annotations

from datetime import timedelta

from bot.wiring import Product
from sync.inbox.acts import Actor, TryAgain
from sync.model.exceptions import ExceptionClass
from sync.model.ids import UserId
from sync.model.outbox import TargetState

ADA = Actor(UserId("U0ADA"), "Ada", "T0SIM", frozenset({"stock"}))
COMES_AFTER = timedelta(minutes=10)
"""How long a card stands before she has it before her; she looks at it again as long after."""


class OnDuty:
    """Clicks through the inbox as Slack's handler does; a refusal is counted, not hidden."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self.clicks = self.refused = 0

    async def look(self) -> None:
        """Look at every open card once."""
        now = self._product.clock.now()
        async with self._product.store.reading() as uow:
            cases = [
                case
                for case in await uow.cases.unresolved(limit=500)
                if case.fingerprint.cls is ExceptionClass.FAILED_UPDATE and now - case.opened_at >= COMES_AFTER
            ]
            keys = {case.id: case.evidence.event or "" for case in cases}
            targets = {case: await uow.outbox.get(key) for case, key in keys.items() if key.startswith("quantity:")}
        for case in cases:
            target = targets.get(case.id)
            if target is None or target.state is not TargetState.FAILED:
                continue
            outcome = await self._product.inbox.act(
                ADA, TryAgain(), case=case.id, version=case.version, within=timedelta(minutes=1)
            )
            self.clicks += 1
            self.refused += outcome.kind != "done"
