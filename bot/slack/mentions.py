"""Telling people: what waits becomes messages, at most one per person and cause in a while, below the card where there is one.

Only the process that holds the delivery lane looks. A mention is the one thing here that notifies: cards, edits and history
lines never do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block, Message
from bot.slack.directs import late_directs
from bot.slack.lists import what
from bot.slack.morning import waits_until
from bot.slack.storm_mentions import gathered_mentions
from sync.exceptions.lifecycle import SELF
from sync.model.exceptions import STILL, ActionKind, Case
from sync.model.ids import UserId
from sync.model.mentions import Mention, PersonSettings, Why
from sync.model.outbox import Post, PostKind, card_key
from sync.owners.gathering import AGAIN_AFTER, held, plan, quiet_until
from sync.policy.holder import PolicyInForce
from sync.policy.schema import Policy
from sync.ports import Clock, Store, UnitOfWork

LOOK = timedelta(seconds=2)
AT_ONCE = 500
"""Mentions looked through at a time; what is beyond waits for the next look."""
LINES = 5
URGENT, NEW = 0, 1

_log = structlog.get_logger(__name__)


class Mentions:
    """Turns mentions that wait into posts."""

    def __init__(self, store: Store, policy: PolicyInForce, clock: Clock) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._looked: datetime | None = None

    @property
    def due(self) -> bool:
        """Whether it is time to look again."""
        return self._looked is None or self._clock.now() - self._looked >= LOOK

    async def look(self) -> int:
        """Want a message for whatever may be told now; how many. The caller holds the lane."""
        now = self._looked = self._clock.now()
        async with self._store.reading() as uow:
            if not await uow.attention.waiting(now, 1):
                return 0
        async with self._store.unit_of_work() as uow:
            dropped = await uow.attention.drop_needless(now)
            waiting = await uow.attention.waiting(now, AT_ONCE)
            settings = await uow.attention.settings({one.person for one in waiting if one.person})
            told = await uow.attention.told_since(now - AGAIN_AFTER)
            await _held(uow, waiting, settings, now)
            waiting, of_storms, gathered = await gathered_mentions(uow, waiting, settings, now)
            groups = plan(waiting, told, settings, now)
            posts = [_post(group, now) for group in groups]
            everybody = await uow.attention.everybody()
            late = [post for one in groups for post in late_directs(one, everybody, self._policy.current, now)]
            await uow.posts.want([*posts, *late, *of_storms])
            told_in = {one.key: post.key for group, post in zip(groups, posts, strict=True) for one in group} | gathered
            posts += of_storms
            await uow.attention.settle(told_in, now)
        if posts or dropped:
            _log.info("people_told", messages=len(posts), mentions=len(told_in), needless=dropped)
        return len(posts)


async def _held(
    uow: UnitOfWork, waiting: Sequence[Mention], settings: Mapping[UserId, PersonSettings], now: datetime
) -> None:
    """Who is off now is told in one note what waited, when they are back."""
    kept: dict[UserId, list[str]] = {}
    for one in waiting:
        if held(one, settings.get(one.person), now):
            kept.setdefault(one.person, []).append(one.key)
    for person, keys in sorted(kept.items()):
        chosen = settings[person]
        await waits_until(uow, chosen, quiet_until(chosen, now), mentions=keys)


def _post(group: Sequence[Mention], now: datetime) -> Post:
    first = group[0]
    urgent = any(one.critical for one in group)
    return Post(
        key=f"mention:{first.key}",
        kind=PostKind.MENTION,
        channel=first.channel or first.queue,
        wanted=1,
        priority=URGENT if urgent else NEW,
        case=first.case,
        next_at=now,
    )


@dataclass(frozen=True, slots=True)
class Telling:
    """What one message tells: to whom, of which exceptions, and the key of the card below which it stands (empty: none)."""

    mentions: tuple[Mention, ...]
    cases: tuple[Case, ...]
    settings: PersonSettings | None
    under: str


async def telling_of(uow: UnitOfWork, post: Post) -> Telling | None:
    """Read what a post tells; None when nothing of it is left to tell."""
    found = await uow.attention.of_post(post.key)
    cases = [case for one in found[: LINES + 1] if (case := await uow.cases.get(one.case)) is not None]
    needed = [case for case in cases if not case.life.ended]
    if not needed:
        return None
    under = ""
    if len(found) == 1 and not found[0].channel:
        key = card_key(needed[0].name, needed[0].card_life)
        root = await uow.posts.get(key)
        under = key if root is not None and root.ts else ""
    person = found[0].person
    settings = (await uow.attention.settings({person})).get(person) if person else None
    return Telling(tuple(found), tuple(needed), settings, under)


def render_telling(telling: Telling, policy: Policy, post: Post, now: datetime) -> Message:
    """The message: one sentence for one exception, a short list for more."""
    first = telling.mentions[0]
    mentioned = telling.settings is None or telling.settings.mentioned or first.critical
    who = _who(policy, first.person, mentioned=mentioned)
    if len(telling.mentions) == 1:
        text = _sentence(first, telling.cases[0], policy, who, now)
        buttons = _buttons(first, telling.cases[0], shown=bool(telling.under))
    else:
        text = _list(telling, policy, who, now)
        mine = first.why is Why.STILL
        buttons = [
            b.button("inventory.run", t.TELL_MINE if mine else t.TELL_LIST, "mine" if mine else f"queue {first.queue}")
        ]
    blocks: list[Block] = [b.section("mention.text.v1", text)]
    if buttons:
        blocks.append(b.actions("mention.acts.v1", buttons))
    return Message(fmt.cut(text, b.FALLBACK_MOST, b.FALLBACK_MOST), tuple(blocks), "mention", post.key, post.wanted)


def _who(policy: Policy, person: UserId, *, mentioned: bool) -> str:
    if not person:
        return t.TELL_ALL
    known = policy.person_of(person)
    return f"<@{person}>" if mentioned or known is None else fmt.mrkdwn(known.name, 40)


def _sentence(one: Mention, case: Case, policy: Policy, who: str, now: datetime) -> str:
    shape = {
        Why.OWN: t.TELL_OWN,
        Why.END: t.TELL_END_YOURS if one.person == case.owner else t.TELL_END,
        Why.LAST_RESORT: t.TELL_LAST if case.owner is None else t.TELL_LAST_APPROVAL,
        Why.COPY: t.TELL_COPY,
        Why.STILL: t.TELL_STILL,
    }[one.why]
    still = case.climb(STILL)
    return shape.format(
        who=who,
        name=case.name,
        since=fmt.at(case.opened_at, now),
        what=_what(policy, case),
        late=fmt.span(now - (case.resolve_by or now)),
        owner=fmt.mrkdwn(case.owner_name, 40) if case.owner is not None else t.TELL_ASIDE_FIRST,
        queue=_queue(policy, one),
        fallback=_fallback(case, now),
        risk=_risk(case),
        had=fmt.span(now - (case.owner_since or case.opened_at)),
        until=fmt.at(still.next_at, now) if still is not None and still.next_at is not None else t.NOT_KNOWN,
    )


def _what(policy: Policy, case: Case) -> str:
    trouble = t.CLASS_NAMES[case.fingerprint.cls].casefold()
    delta = f", {fmt.signed_units(case.delta)}" if case.delta else ""
    return f"{what(policy, case)}, {trouble}{delta}"


def _fallback(case: Case, now: datetime) -> str:
    by_policy = any(act.kind is ActionKind.PAUSE and act.state.stands and act.by == SELF for act in case.actions)
    if case.fell_back_at is None or not by_policy:
        return ""
    return t.TELL_FALLBACK.format(at=fmt.at(case.fell_back_at, now))


def _risk(case: Case) -> str:
    risk = case.risk_now
    return t.TELL_RISK.format(risk=fmt.estimate(risk.amount, risk.currency)) if risk.amount else ""


def _queue(policy: Policy, one: Mention) -> str:
    known = policy.queues.get(one.queue)
    return fmt.mrkdwn(known.name if known is not None else one.queue, 40)


def _list(telling: Telling, policy: Policy, who: str, now: datetime) -> str:
    first = telling.mentions[0]
    shape = t.TELL_MANY
    for why, words in ((Why.COPY, t.TELL_MANY_COPY), (Why.STILL, t.TELL_MANY_STILL)):
        shape = words if all(one.why is why for one in telling.mentions) else shape
    lines = [shape.format(who=who, count=fmt.number(len(telling.mentions)), queue=_queue(policy, first))]
    for case in telling.cases[:LINES]:
        state = t.TELL_NOBODY.format(since=fmt.at(case.opened_at, now))
        if case.owner is not None:
            late = fmt.span(now - (case.resolve_by or now))
            state = t.TELL_LATE.format(late=late, owner=fmt.mrkdwn(case.owner_name, 40))
        lines.append(t.TELL_LINE.format(name=case.name, what=what(policy, case), state=state, risk=_short_risk(case)))
    if len(telling.mentions) > LINES:
        lines.append(t.TELL_MORE.format(count=fmt.number(len(telling.mentions) - LINES)))
    return "\n".join(lines)


def _short_risk(case: Case) -> str:
    risk = case.risk_now
    return f", {fmt.estimate(risk.amount, risk.currency)}" if risk.amount else ""


def _buttons(one: Mention, case: Case, *, shown: bool) -> list[Block]:
    """Take it, for who is told because nobody has it; a way to the card, where the message does not stand below it."""
    buttons, value = [], f"{case.name}:{case.version}"
    if one.why is Why.STILL:
        still = t.BUTTON["stillonit"]
        buttons.append(b.button("card.stillonit", still, value, label=f"{still}: {case.name}", primary=True))
        buttons.append(b.button("card.giveback", t.BUTTON["giveback"], value))
    elif case.owner is None and one.why is not Why.COPY:
        buttons.append(b.button("card.take", t.TELL_TAKE, value, label=f"{t.TELL_TAKE}: {case.name}", primary=True))
    if not shown:
        buttons.append(b.button("inventory.run", t.TELL_SHOW.format(name=case.name), f"show {case.name}"))
    return buttons
