"""Repeated tries of one update, told below each card that is about it: one line, edited with each further try."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from sync.model.exceptions import Case
from sync.model.ids import SystemId
from sync.model.outbox import Post, PostKind, Target, TargetKind, TargetState
from sync.ports import UnitOfWork

FROM = 2
"""One failed try is nobody's business: the next one mostly goes through."""
HISTORY = 3


@dataclass(frozen=True, slots=True)
class Tries:
    """How an update fares. ``next_at``: when it is tried again; None: it went through (``done``), or is given up."""

    system: SystemId
    tries: int
    since: datetime
    until: datetime
    why: str
    next_at: datetime | None
    done: bool


_TRIES = TypeAdapter(Tries)


def read_tries(body: str) -> Tries:
    """What a post carries."""
    return _TRIES.validate_json(body)


async def tell_tries(uow: UnitOfWork, before: Target, after: Target, now: datetime) -> None:
    """Want the line for each unresolved exception that the update is about. ``before`` and ``after`` one try."""
    since, tries = before.failing_since or after.failing_since, before.attempts + 1
    done = after.confirmed and not after.attempts
    told_before, failed_again = before.attempts >= FROM, after.attempts == tries
    if since is None or before.kind is TargetKind.READ or not (told_before if done else failed_again and tries >= FROM):
        return
    told = Tries(
        system=before.lane,
        tries=tries,
        since=since,
        until=now,
        why=after.fault_text or str(after.fault),
        next_at=after.next_at if after.state is TargetState.DUE else None,
        done=done,
    )
    body = _TRIES.dump_json(told).decode()
    await uow.posts.want(
        [
            Post(
                key=f"retries:{case.name}:{before.key}:{int(since.timestamp())}",
                kind=PostKind.RETRIES,
                channel=case.queue,
                wanted=tries,
                priority=HISTORY,
                case=case.id,
                body=body,
                next_at=now,
            )
            for case in await uow.cases.for_sku(before.sku)
            if _is_about(case, before)
        ]
    )


def _is_about(case: Case, target: Target) -> bool:
    about = case.fingerprint
    return target.case == case.id or (about.listing is not None and about.listing == target.listing)
