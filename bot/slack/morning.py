"""The note after somebody's quiet hours: what waited for them, once, by direct message, before what waited follows.

It is wanted by whatever is held, so it comes only if something was; what it says is read when it is sent. Its key names the
person and the day on which their quiet hours end, so that many processes, or a clock that is put back, make one of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block, Message
from bot.slack.lists import case_line
from sync.model.exceptions import ActionState, Case
from sync.model.ids import ExceptionId
from sync.model.mentions import PersonSettings
from sync.model.outbox import Post, PostKind
from sync.policy.schema import Policy
from sync.ports import UnitOfWork
from sync.storms.storm import storm_name

BEFORE_THE_REST = 0
LINES = 5
KEPT = 500
"""Keys of what waits that are remembered; of more than a list can show the number is all that counts."""


@dataclass(frozen=True, slots=True)
class Waited:
    """What was held for somebody: keys of mentions and of direct messages."""

    mentions: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()


_WAITED = TypeAdapter(Waited)


def morning_key(chosen: PersonSettings, ends: datetime) -> str:
    """Of the note after the quiet hours that end then."""
    return f"morning:{chosen.user}:{ends.astimezone(ZoneInfo(chosen.timezone)).date().isoformat()}"


async def waits_until(
    uow: UnitOfWork,
    chosen: PersonSettings,
    ends: datetime,
    mentions: Sequence[str] = (),
    posts: Sequence[str] = (),
) -> None:
    """Want the note for what is held until somebody's quiet hours end. One that was sent is not sent again."""
    key = morning_key(chosen, ends)
    known = await uow.posts.get(key)
    if known is not None and known.sent >= known.wanted:
        return
    before = _WAITED.validate_json(known.body) if known is not None else Waited()
    now = Waited(_joined(before.mentions, mentions), _joined(before.posts, posts))
    if now == before:
        return
    wanted, body = (known.wanted if known is not None else 0) + 1, _WAITED.dump_json(now).decode()
    note = Post(key, PostKind.MORNING, chosen.user, wanted, priority=BEFORE_THE_REST, body=body, next_at=ends)
    await uow.posts.want([note])


def _joined(before: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*before, *more)))[:KEPT]


@dataclass(frozen=True, slots=True)
class Morning:
    """What waited and still needs somebody: exceptions, storms by their name, and how many other direct messages."""

    cases: tuple[Case, ...]
    storms: frozenset[str]
    others: int


async def morning_of(uow: UnitOfWork, post: Post) -> Morning | None:
    """What a note tells; None when nothing of it is left."""
    waited = _WAITED.validate_json(post.body)
    about = {one.case for one in await uow.attention.needed(waited.mentions)}
    others = 0
    for key in waited.posts:
        held = await uow.posts.get(key)
        if held is None:
            continue
        if held.case is None:
            others += 1
        elif await _asks_still(uow, held, held.case):
            about.add(held.case)
    cases = [case for case in await uow.cases.some(about) if not case.life.ended]
    storms = frozenset(storm_name(case.storm) for case in cases if case.storm is not None)
    alone = tuple(case for case in cases if case.storm is None)
    return Morning(alone, storms, others) if alone or storms or others else None


async def _asks_still(uow: UnitOfWork, post: Post, about: ExceptionId) -> bool:
    """Whether a message that was held is not answered by somebody else meanwhile."""
    if post.kind is not PostKind.APPROVAL_ASK or post.action is None:
        return True
    case = await uow.cases.get(about)
    return case is not None and case.actions[post.action].state is ActionState.ASKED


def render_morning(shown: Morning, policy: Policy, post: Post, now: datetime) -> Message:
    """One sentence, and at most five exceptions, the late ones first."""
    late = [case for case in shown.cases if _is_late(case, now)]
    count = len(shown.cases) + len(shown.storms) + shown.others
    told = t.MORNING_LATE.format(late=fmt.number(len(late))) if late else t.MORNING_NONE_LATE
    head = t.MORNING.format(count=fmt.number(count), late=told)
    ordered = sorted(shown.cases, key=lambda case: (not _is_late(case, now), -case.risk.per_hour, case.id))
    lines = [case_line(policy, case, nth, now) for nth, case in enumerate(ordered[:LINES], 1)]
    if shown.storms:
        lines.append(t.MORNING_STORMS.format(storms=fmt.listed(sorted(shown.storms))))
    if len(ordered) > LINES:
        lines.append(t.QUEUE_MORE.format(count=fmt.number(len(ordered) - LINES)))
    blocks: list[Block] = [b.section("morning.head.v1", head)]
    if lines:
        blocks.append(b.section("morning.lines.v1", "\n".join(lines)))
    text = fmt.bare("\n".join([head, *lines]))
    return Message(fmt.cut(text, b.FALLBACK_MOST, b.FALLBACK_MOST), tuple(blocks), "morning", post.key, post.wanted)


def _is_late(case: Case, now: datetime) -> bool:
    """As the pinned summary counts it: not taken in time, or not ended in time."""
    limits = [case.resolve_by] if case.owner is not None else [case.assign_by, case.resolve_by]
    return any(limit is not None and limit < now for limit in limits)
