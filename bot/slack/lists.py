"""Queues and cases as short lines, for commands and Home."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.room import Room
from sync.model.exceptions import Case
from sync.model.ids import QueueId

LINES = 10


def case_line(room: Room, case: Case, nth: int) -> str:
    """``1. EX-1042 KTL-17-BLK, Amazon US · +7 units · $519 · nobody · by 14:47``."""
    return t.QUEUE_LINE.format(
        nth=nth,
        name=case.name,
        what=what(room, case),
        delta=fmt.signed_units(case.delta),
        risk=f" · {_risk(case)}" if case.risk.total.amount else "",
        owner=fmt.mrkdwn(case.owner_name, 40) if case.owner else t.NOBODY,
        due=due(case, room.now),
    )


def what(room: Room, case: Case) -> str:
    """The case's SKU and systems, inert."""
    systems = ", ".join(room.system_name(system) for system in case.fingerprint.systems)
    parts = [fmt.sku_code(case.fingerprint.sku) if case.fingerprint.sku else "", systems]
    return fmt.mrkdwn(", ".join(part for part in parts if part), 80)


def due(case: Case, now: datetime) -> str:
    """``by 14:47`` or ``late by 10 min``."""
    by = case.assign_by if case.owner is None else case.resolve_by
    if by is None:
        return t.BY.format(at=t.NOT_KNOWN)
    return t.LATE.format(span=fmt.span(now - by)) if now > by else t.BY.format(at=fmt.at(by, now))


def is_late(case: Case, now: datetime) -> bool:
    """Past its limit: to be taken, or to be fixed."""
    by = case.assign_by if case.owner is None else case.resolve_by
    return by is not None and now > by


def _risk(case: Case) -> str:
    return fmt.estimate(case.risk.total.amount, case.risk.total.currency)


def at_risk(room: Room, cases: Sequence[Case]) -> str:
    """Money at risk of some cases."""
    total = sum((case.risk.total.amount for case in cases), Decimal(0))
    return fmt.estimate(total, room.policy.current.currency)


def case_lines(room: Room, cases: Sequence[Case]) -> list[str]:
    """Ten lines, then how many more."""
    lines = [case_line(room, case, nth) for nth, case in enumerate(cases[:LINES], 1)]
    if len(cases) > LINES:
        lines.append(t.QUEUE_MORE.format(count=fmt.number(len(cases) - LINES)))
    return lines


async def queue_text(room: Room, queue: QueueId) -> str:
    """A queue's headline and its list."""
    cases = await room.inbox.queue_list(queue)
    counts = await room.inbox.queue_counts()
    open_, late, risk = counts.get(queue, (len(cases), 0, Decimal(0)))
    name = fmt.mrkdwn(room.policy.current.queues[queue].name, 40)
    if not cases:
        return t.QUEUE_EMPTY.format(queue=name, at=fmt.at(room.now, room.now))
    head = t.QUEUE_HEAD.format(
        queue=name,
        open=t.OPEN_ONE.format(count=fmt.number(open_)),
        late=t.QUEUE_LATE.format(late=fmt.number(late)) if late else "",
        risk=fmt.estimate(risk, room.policy.current.currency),
    )
    return "\n".join([head, *case_lines(room, cases)])
