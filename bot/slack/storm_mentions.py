"""A storm whose exceptions are late is told once to each person and reason, as one storm, never member by member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block, Message
from sync.model.ids import StormId, UserId
from sync.model.mentions import Mention, PersonSettings, Why
from sync.model.outbox import Post, PostKind, storm_key
from sync.owners.gathering import held
from sync.policy.schema import Policy
from sync.ports import UnitOfWork
from sync.storms.causes import told
from sync.storms.storm import Storm, parse_storm_name, storm_name

PREFIX = "mention:storm:"
URGENT, NEW = 0, 1
OF_STORMS = frozenset({Why.OWN, Why.END, Why.LAST_RESORT})
"""Reasons that a storm is told for; copies and questions to an owner are about one exception each."""


@dataclass(frozen=True, slots=True)
class StormTelling:
    """What is told of a storm: to whom and why, and the key of the card below which it stands (empty: none)."""

    storm: Storm
    why: Why
    person: UserId
    mentioned: bool
    under: str


async def gathered_mentions(
    uow: UnitOfWork, waiting: Sequence[Mention], settings: Mapping[UserId, PersonSettings], now: datetime
) -> tuple[Sequence[Mention], list[Post], dict[str, str]]:
    """Those of no storm; one new message per storm, person and reason; and by its key the message that each other is told in.

    What a storm has been told for before, or what its owner makes needless, is settled without a word.
    """
    members = await uow.storms.among([one.case for one in waiting if one.why in OF_STORMS])
    of_storms = [one for one in waiting if one.case in members and one.why in OF_STORMS]
    owners = {
        storm: (found := await uow.storms.get(storm)) is not None and found.owner is not None
        for storm in sorted({members[one.case][0] for one in of_storms})
    }
    posts: dict[str, Post] = {}
    told_in: dict[str, str] = {}
    for one in of_storms:
        storm = members[one.case][0]
        if owners[storm] and one.why is Why.OWN:
            told_in[one.key] = ""
        elif not held(one, settings.get(one.person), now):
            key = f"{PREFIX}{storm_name(storm)}:{one.why}:{one.person}"
            if key not in posts and await uow.posts.get(key) is None:
                posts[key] = _post(key, one, now)
            told_in[one.key] = key
    told_with = {one.key for one in of_storms}
    rest = [one for one in waiting if one.key not in told_with]
    return rest, list(posts.values()), told_in


def _post(key: str, first: Mention, now: datetime) -> Post:
    return Post(
        key=key,
        kind=PostKind.MENTION,
        channel=first.channel or first.queue,
        wanted=1,
        priority=URGENT if first.critical else NEW,
        next_at=now,
    )


def is_of_storm(key: str) -> bool:
    """Whether a post tells of a storm."""
    return key.startswith(PREFIX)


async def storm_telling(uow: UnitOfWork, post: Post) -> StormTelling | None:
    """Read what a post tells of a storm; None when the storm is over."""
    name, why, person = post.key.removeprefix(PREFIX).split(":", 2)
    storm: StormId = parse_storm_name(name)
    found = await uow.storms.get(storm)
    if found is None or found.ended_at is not None:
        return None
    root = await uow.posts.get(storm_key(name))
    below = root is not None and root.ts and post.channel == found.queue
    settings = (await uow.attention.settings({UserId(person)})).get(UserId(person))
    mentioned = settings is None or settings.mentioned or post.priority == URGENT
    return StormTelling(found, Why(why), UserId(person), mentioned, storm_key(name) if below else "")


def render_storm_telling(telling: StormTelling, policy: Policy, post: Post, now: datetime) -> Message:
    """One sentence on the whole storm, with a way to take it and to see it."""
    storm = telling.storm
    known = policy.person_of(telling.person)
    who = f"<@{telling.person}>" if telling.mentioned or known is None else fmt.mrkdwn(known.name, 40)
    yours = telling.why is Why.END and storm.owner == telling.person
    shape = {
        Why.OWN: t.TELL_STORM_OWN,
        Why.END: t.TELL_STORM_END_YOURS if yours else t.TELL_STORM_END,
        Why.LAST_RESORT: t.TELL_STORM_LAST,
    }[telling.why]
    text = shape.format(
        who=who,
        name=storm.name,
        since=fmt.at(storm.opened_at, now),
        cause=fmt.mrkdwn(fmt.spoken(told(policy, storm.cause)), 120),
        count=fmt.counted(storm.members, t.EXCEPTIONS),
        owner=fmt.mrkdwn(storm.owner_name, 40) if storm.owner is not None else t.TELL_ASIDE.capitalize(),
        risk=t.TELL_RISK.format(risk=fmt.estimate(storm.risk, policy.currency)) if storm.risk else "",
    )
    blocks: list[Block] = [b.section("mention.text.v1", text), b.actions("mention.acts.v1", _buttons(storm))]
    return Message(fmt.cut(text, b.FALLBACK_MOST, b.FALLBACK_MOST), tuple(blocks), "mention", post.key, post.wanted)


def _buttons(storm: Storm) -> list[Block]:
    count, value = fmt.number(storm.members), f"{storm.name}:{storm.version}"
    show = b.button("inventory.storm", t.STORM_LIST.format(count=count), f"storm {storm.name}")
    if storm.owner is not None:
        return [show]
    label = t.STORM_TAKE_LABEL.format(name=storm.name)
    return [b.button("storm.take.open", t.STORM_TAKE.format(count=count), value, label=label, primary=True), show]
