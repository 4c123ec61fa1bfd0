"""What the Slack room asks of the inbox. ``sync.inbox.service.Inbox`` fits; the type checker proves it in ``running``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Protocol

from sync.bulk.service import BulkActs
from sync.inbox.acts import Act, Actor, Outcome
from sync.inbox.silent import SilentSkus
from sync.inbox.view import CaseView, Prepared, SkuMiss, SkuView
from sync.model.exceptions import Case
from sync.model.ids import ExceptionId, QueueId, UserId
from sync.model.proof import ChainedEntry


class InboxPort(Protocol):
    """Looking, preparing a modal, and acting."""

    @property
    def bulk(self) -> BulkActs:
        """Acting on many exceptions at once."""

    @property
    def silent(self) -> SilentSkus:
        """What stands on a source that is silent."""

    async def view(self, case: ExceptionId, history: bool = False) -> CaseView | None:
        """One exception with all that its card says; None when there is none."""

    async def sku_view(self, text: str) -> SkuView | SkuMiss:
        """By code, GTIN, listing id or part of the title; a miss names the nearest."""

    async def queue_list(self, queue: QueueId | None, owner: UserId | None = None, limit: int = 100) -> Sequence[Case]:
        """Unresolved cases, most urgent first."""

    async def queue_counts(self) -> Mapping[QueueId, tuple[int, int, Decimal]]:
        """Per queue: unresolved, late, money at risk."""

    async def history(self, case: ExceptionId, after_seq: int) -> Sequence[ChainedEntry]:
        """The chain's entries after ``after_seq``."""

    async def prepare(
        self, actor: Actor, kind: str, case: ExceptionId, version: int, data: Mapping[str, str]
    ) -> Prepared | Outcome:
        """Store the intent that a modal stands for; an Outcome when it may not be opened."""

    async def act(
        self,
        actor: Actor,
        act: Act,
        *,
        intent: str | None = None,
        case: ExceptionId | None = None,
        version: int | None = None,
        within: timedelta,
    ) -> Outcome:
        """Commit or refuse before returning."""
