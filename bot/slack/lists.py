"""Queues and cases as short lines, for commands, Home and the queues' own messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.silence import calm_text
from sync.model.exceptions import Case
from sync.model.ids import QueueId, UserId
from sync.policy.schema import Policy
from sync.storms.causes import told
from sync.storms.storm import Storm

if TYPE_CHECKING:
    from bot.slack.room import Room

LINES = 10


def case_line(policy: Policy, case: Case, nth: int, now: datetime, *, money_first: bool = False) -> str:
    """``1. EX-1042 KTL-17-BLK, Amazon US · +7 units · $519 · nobody · by 14:47``. ``money_first``: as its one reader chose."""
    return t.QUEUE_LINE.format(
        nth=nth,
        name=case.name,
        what=what(policy, case),
        figures=money_and_units(case, money_first),
        owner=fmt.mrkdwn(case.owner_name, 40) if case.owner else t.NOBODY,
        due=due(case, now),
    )


def money_and_units(case: Case, money_first: bool) -> str:
    """``+7 units · $519``, or the other way round."""
    parts = [fmt.signed_units(case.delta), *([_risk(case)] if case.risk_now.amount else [])]
    return " · ".join(reversed(parts) if money_first else parts)


def what(policy: Policy, case: Case) -> str:
    """The case's SKU and systems, inert."""
    return fmt.mrkdwn(what_plain(policy, case), 80)


def what_plain(policy: Policy, case: Case) -> str:
    """The same for plain text."""
    names = [policy.systems[one].name if one in policy.systems else one for one in case.fingerprint.systems]
    parts = [fmt.sku_code(case.fingerprint.sku) if case.fingerprint.sku else "", ", ".join(names)]
    return ", ".join(part for part in parts if part)


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
    return fmt.estimate(case.risk_now.amount, case.risk_now.currency)


def at_risk(policy: Policy, cases: Sequence[Case]) -> str:
    """Money that some cases have at risk now."""
    total = sum((case.risk_now.amount for case in cases), Decimal(0))
    return fmt.estimate(total, policy.currency)


def case_lines(
    policy: Policy, cases: Sequence[Case], now: datetime, total: int | None = None, *, money_first: bool = False
) -> list[str]:
    """Ten lines, then how many more. ``total``: of how many these are the first."""
    lines = [case_line(policy, case, nth, now, money_first=money_first) for nth, case in enumerate(cases[:LINES], 1)]
    rest = (len(cases) if total is None else total) - LINES
    if rest > 0:
        lines.append(t.QUEUE_MORE.format(count=fmt.number(rest)))
    return lines


def storm_line(policy: Policy, storm: Storm) -> str:
    """``⚡ ST-31 Acme is silent · 1,284 exceptions · $8,412 · nobody``."""
    return t.STORM_LINE.format(
        mark=t.STORM_MARK,
        name=storm.name,
        cause=fmt.mrkdwn(fmt.spoken(told(policy, storm.cause)), 80),
        count=fmt.counted(storm.members, t.EXCEPTIONS),
        risk=fmt.estimate(storm.risk, policy.currency),
        owner=fmt.mrkdwn(storm.owner_name, 40) if storm.owner else t.NOBODY,
    )


@dataclass(frozen=True, slots=True)
class Owned:
    """What a person has: how many, how many late, money at risk; and of these the storms, and what is told in none."""

    count: int
    late: int
    risk: Decimal
    storms: tuple[Storm, ...]
    cases: tuple[Case, ...]


async def owned_by(room: Room, user: UserId) -> Owned:
    """What somebody has now."""
    async with room.store.reading() as uow:
        count, late, risk = await uow.cases.of_owner(user)
        cases = await uow.cases.unresolved(None, user, loose=True) if count else ()
        storms = [one for one in await uow.storms.standing() if one.owner == user] if count else ()
    return Owned(count, late, risk, tuple(storms), tuple(cases))


def act_on(count: int, words: Sequence[str], block_id: str = "list.actions") -> tuple[Block, ...]:
    """The button that acts on a list of so many; its value is the command that lists them again. None where there are not two."""
    if count < 2:
        return ()
    shown = fmt.number(count)
    label = t.BULK_LIST_LABEL.format(count=shown)
    button = b.button("list.act.open", t.BULK_OPEN.format(count=shown), " ".join(("exceptions", *words)), label=label)
    return (b.actions(block_id, [button]),)


async def queue_text(room: Room, queue: QueueId, *, money_first: bool = False) -> str:
    """A queue's headline and its list: its storms, then what is told in none."""
    policy, now = room.policy.current, room.now
    counts = await room.inbox.queue_counts()
    open_, late, risk = counts.get(queue, (0, 0, Decimal(0)))
    name = fmt.mrkdwn(policy.queues[queue].name, 40)
    if not open_:
        return t.QUEUE_EMPTY.format(queue=name, calm=await calm_text(room))
    head = t.QUEUE_HEAD.format(
        queue=name,
        open=t.OPEN_ONE.format(count=fmt.number(open_)),
        late=t.QUEUE_LATE.format(late=fmt.number(late)) if late else "",
        risk=fmt.estimate(risk, policy.currency),
    )
    async with room.store.reading() as uow:
        cases = await uow.cases.unresolved(queue, None, LINES, loose=True)
        storms = [storm for storm in await uow.storms.standing() if storm.queue == queue]
    rest = open_ - sum(storm.members for storm in storms)
    return "\n".join(
        [
            head,
            *(storm_line(policy, one) for one in storms),
            *case_lines(policy, cases, now, rest, money_first=money_first),
        ]
    )
