"""Writing what was decided about cases: the case, its proof, and the Slack messages that must show it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sync.exceptions.lifecycle import Step
from sync.model.exceptions import ActionKind, Case
from sync.model.ids import ExceptionId
from sync.model.made import replaced
from sync.model.mentions import Mention
from sync.model.outbox import Post, PostKind, card_key
from sync.model.proof import exception_chain
from sync.ports import UnitOfWork
from sync.storms.accounting import account, members_before
from sync.storms.membership import of_its_people

URGENT, NEW, CHANGE, HISTORY = 0, 1, 2, 3
"""Order of Slack posts: answers to clicks and large risks, new cards, changed cards, history lines."""
OF_CARD = (PostKind.CARD, PostKind.THREAD, PostKind.PROOF)
"""What an exception's own card is, and what stands below it."""


async def write_steps(
    uow: UnitOfWork, steps: Sequence[Step], now: datetime, *, clicked: bool = False
) -> Sequence[Case]:
    """Open or save the cases, append their proof, and want their cards and threads. Returns the cases with their ids."""
    if not steps:
        return ()
    steps = [of_its_people(step, now) for step in steps]
    fresh = [step for step in steps if step.opened]
    opened = await uow.cases.open([step.case for step in fresh]) if fresh else ()
    known = [step for step in steps if not step.opened]
    before = await members_before(uow, known)
    if known:
        await uow.cases.save([step.case for step in known], {step.case.id for step in known if step.agrees})
    written = [replaced(step, case=case) for step, case in zip(fresh, opened, strict=True)] + known
    entries = [(exception_chain(step.case.id), entry) for step in written for entry in step.entries]
    begun = [exception_chain(case.id) for case in opened]
    chained = await uow.proofs.append(entries, begun) if entries else ()
    heads = {entry.chain: entry.seq for entry in chained}
    silent = await _told_in_storm(uow, written)
    posts = [
        post
        for step in written
        for post in _posts(step, heads, now, clicked=clicked)
        if step.case.id not in silent or post.kind not in OF_CARD
    ]
    await uow.posts.want(posts)
    await uow.attention.want([_of_case(one, step.case) for step in written for one in step.mentions])
    await account(uow, before, written, now)
    return [step.case for step in written]


def _of_case(one: Mention, case: Case) -> Mention:
    """A mention that was made before its case had an id."""
    return one if one.case == case.id else replaced(one, case=case.id, key=f"{case.name}:{one.key}")


async def _told_in_storm(uow: UnitOfWork, written: Sequence[Step]) -> set[ExceptionId]:
    """Cases that are told in a storm and have no card of their own: they get none."""
    gathered = {step.case.id for step in written if step.case.storm is not None}
    known = [step.case.id for step in written if step.case.id in gathered and not step.opened]
    return gathered - set(await uow.posts.shown(known)) if known else gathered


def _posts(step: Step, heads: dict[str, int], now: datetime, *, clicked: bool) -> list[Post]:
    case = step.case
    priority = URGENT if clicked else NEW if step.opened or step.reopened else CHANGE
    life = case.card_life
    lives = [life - 1, life] if step.reopened or step.moved else [life]
    posts = [
        Post(
            key=card_key(case.name, one),
            kind=PostKind.CARD,
            channel=case.queue,
            wanted=case.version,
            priority=priority,
            case=case.id,
            next_at=now,
        )
        for one in lives
    ]
    seq = heads.get(exception_chain(case.id))
    if seq is not None:
        posts.append(
            Post(
                key=f"thread:{case.name}",
                kind=PostKind.THREAD,
                channel=case.queue,
                wanted=seq,
                priority=HISTORY,
                case=case.id,
                next_at=now,
            )
        )
    posts.extend(_asks(case, now))
    if case.life.ended and case.actions:
        posts.append(
            Post(
                key=f"proof:{case.name}",
                kind=PostKind.PROOF,
                channel=case.queue,
                wanted=case.version,
                priority=HISTORY,
                case=case.id,
                next_at=now,
            )
        )
    return posts


_ASKS = {
    ActionKind.COUNT: PostKind.COUNT_ASK,
    ActionKind.CORRECTION: PostKind.APPROVAL_ASK,
    ActionKind.OVERRIDE: PostKind.APPROVAL_ASK,
    ActionKind.FREE: PostKind.APPROVAL_ASK,
    ActionKind.VOUCH: PostKind.APPROVAL_ASK,
    ActionKind.FILE: PostKind.APPROVAL_ASK,
}


def _asks(case: Case, now: datetime) -> list[Post]:
    """Messages that ask other queues for something: a count of the warehouse, an approval of finance. They follow the case,
    so that they fold once it is done. A correction that needed nobody else asks nobody. An approver is also asked directly."""
    posts = []
    for number, act in enumerate(case.actions):
        kind = _ASKS.get(act.kind)
        queue = act.figure("queue")
        if kind is None or queue is None or (act.kind is ActionKind.CORRECTION and act.decided_by == act.by):
            continue
        climb = case.climb(f"approve:{act.id}")
        directly = climb.told if climb is not None else ()
        key = f"{kind}:{case.name}:{number}"
        for to, one in ((queue, key), *((user, f"{key}:{user}") for user in directly)):
            posts.append(
                Post(
                    key=one,
                    kind=kind,
                    channel=to,
                    wanted=case.version,
                    priority=NEW,
                    case=case.id,
                    action=number,
                    next_at=now,
                )
            )
    return posts
