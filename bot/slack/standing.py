"""What each queue's channel always shows of the whole queue: its pinned summary, and the overflow card of a crowd.

Only the process that holds the delivery lane looks. A channel takes about one message a second, so a queue for which more
than thirty cards wait is half a minute behind: its twenty worst stay cards of their own, the rest is told in one message.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.slack.cards.queue import URGENT_SHOWN, QueueFigures, Waiting
from bot.slack.cards.storm import LISTED, StormOver, StormView
from bot.slack.duty import on_duty
from bot.slack.silence import silent_systems
from sync.measures.pressure import LaneStanding
from sync.model.ids import QueueId, StormId, SystemId
from sync.model.outbox import Post, PostKind, storm_key
from sync.policy.holder import PolicyInForce
from sync.policy.schema import Policy
from sync.ports import Clock, Store, UnitOfWork
from sync.storms.accounting import storm_post
from sync.storms.causes import parts
from sync.storms.storm import TREND_OVER, Storm, parse_storm_name

BEHIND = 30
"""New cards that wait for one channel: half a minute at Slack's pace."""
SHOWN = 20
FEW = 10
LOOK = timedelta(seconds=2)
PIN_EVERY = timedelta(seconds=30)
OVERFLOW_EVERY = timedelta(seconds=5)
HELD_FOR = timedelta(minutes=10)
CALM, GROWS_AT_MOST, LISTED_EVERY = timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10)
"""A storm's list is posted once nothing joined for so long, or it is so old; and again at most so often."""
URGENT, SUMMARY = 0, 4

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Crowd:
    """An overflow card that stands: the most that waited, what it last said, and when."""

    most: int
    said: tuple[int, ...] = ()
    at: datetime | None = None


class QueueMessages:
    """Wants summaries and overflow cards, and holds back what a crowded channel cannot show."""

    def __init__(self, store: Store, policy: PolicyInForce, clock: Clock) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._looked: datetime | None = None
        self._said: dict[QueueId, tuple[str, datetime]] = {}
        self._crowds: dict[str, _Crowd] | None = None
        self._listed = _Listed()

    @property
    def due(self) -> bool:
        """Whether it is time to look again."""
        return self._looked is None or self._clock.now() - self._looked >= LOOK

    async def look(self) -> None:
        """Bring what the queues' own messages should say up to date. The caller holds the lane."""
        now, policy = self._clock.now(), self._policy.current
        self._looked = now
        if self._crowds is None:
            self._crowds = await self._standing_crowds(policy)
        await self._crowded(policy, self._crowds, now)
        await self._files(now)
        await self._summaries(policy, now)

    # -- summaries -----------------------------------------------------------------------------------------------------

    async def _summaries(self, policy: Policy, now: datetime) -> None:
        due = [QueueId(name) for name in policy.queues if self._may_say(QueueId(name), now)]
        if not due:
            return
        async with self._store.reading() as uow:
            figures = await figures_of(uow, policy, due, now)
        posts = []
        for one in figures:
            mark = f"{policy.version}:{one.mark}"
            said = self._said.get(one.queue)
            self._said[one.queue] = (mark, now)
            if said is None or said[0] != mark:
                posts.append(_post(f"pin:{one.queue}", PostKind.SUMMARY, one.queue, now, SUMMARY))
        if posts:
            async with self._store.unit_of_work() as uow:
                await uow.posts.want(posts)

    def _may_say(self, queue: QueueId, now: datetime) -> bool:
        said = self._said.get(queue)
        return said is None or now - said[1] >= PIN_EVERY

    # -- crowds --------------------------------------------------------------------------------------------------------

    async def _standing_crowds(self, policy: Policy) -> dict[str, _Crowd]:
        """Overflow cards that stood when this process took over."""
        found = {}
        async with self._store.reading() as uow:
            for queue in policy.queues:
                post = await uow.posts.get(f"overflow:{queue}")
                told = json.loads(post.body) if post is not None else {}
                if told.get("standing"):
                    found[queue] = _Crowd(int(told["most"]))
        return found

    async def _crowded(self, policy: Policy, crowds: dict[str, _Crowd], now: datetime) -> None:
        async with self._store.reading() as uow:
            waiting = {one.channel: one.waiting for one in await uow.posts.crowds(FEW)}
        waiting = {queue: count for queue, count in waiting.items() if queue in policy.queues}
        for queue, count in waiting.items():
            if queue in crowds or count > BEHIND:
                await self._hold(QueueId(queue), crowds.setdefault(queue, _Crowd(0)), count, now)
        for queue in set(crowds) - set(waiting):
            await self._let_go(QueueId(queue), crowds.pop(queue), now)

    async def _hold(self, queue: QueueId, crowd: _Crowd, count: int, now: datetime) -> None:
        new = crowd.most == 0
        crowd.most = max(crowd.most, count)
        async with self._store.unit_of_work() as uow:
            await uow.posts.drop_cleared()
            worst = [case.id for case in await uow.cases.unresolved(queue, None, SHOWN, loose=True)]
            await uow.posts.hold(queue, worst, now, now + HELD_FOR)
            said = (count, *worst)
            if said == crowd.said or (crowd.at is not None and now - crowd.at < OVERFLOW_EVERY):
                return
            crowd.said, crowd.at = said, now
            if new:
                await _begin_again(uow, f"overflow:{queue}")
                _log.warning("queue_is_behind", queue=queue, waiting=count)
            await uow.posts.want([_overflow(queue, crowd.most, now, standing=True)])

    async def _let_go(self, queue: QueueId, crowd: _Crowd, now: datetime) -> None:
        async with self._store.unit_of_work() as uow:
            await uow.posts.drop_cleared()
            _count, _late, _risk, rest = await uow.posts.uncarded(queue, 10 * FEW)
            await uow.posts.hold(queue, rest, now, now + HELD_FOR)
            await uow.posts.want([_overflow(queue, crowd.most, now, standing=False)])
        _log.info("queue_caught_up", queue=queue, most=crowd.most)

    # -- the lists of storms -------------------------------------------------------------------------------------------

    async def _files(self, now: datetime) -> None:
        """Below a storm's card goes a file of all that is in it: once it no longer grows, or has grown for a minute; again when
        it grew by a quarter, at most every ten minutes."""
        async with self._store.reading() as uow:
            standing = await uow.storms.standing()
            ripe = [storm for storm in standing if self._listed.ripe(storm, now)]
            known = {storm.id: await uow.posts.get(_file_key(storm)) for storm in ripe}
        posts = []
        for storm in ripe:
            listed = known[storm.id]
            if listed is None or int(listed.body) * 5 < storm.joined * 4:
                posts.append(
                    replace(
                        _post(_file_key(storm), PostKind.STORM_FILE, storm.queue, now, SUMMARY), body=str(storm.joined)
                    )
                )
            self._listed.looked(storm, now)
        if posts:
            async with self._store.unit_of_work() as uow:
                await uow.posts.want(posts)
        for storm in standing:
            if self._listed.calmed(storm, now):
                await self._once_more(storm.id, now)

    async def _once_more(self, storm: StormId, now: datetime) -> None:
        """A storm that neither grows nor shrinks any more says so, once."""
        async with self._store.unit_of_work() as uow:
            known = [replace(one, version=one.version + 1) for one in await uow.storms.lock([storm])]
            await uow.storms.save(known)
            await uow.posts.want([storm_post(one, now) for one in known if one.ended_at is None])


def _file_key(storm: Storm) -> str:
    return f"storm_file:{storm.name}"


class _Listed:
    """When a storm's file was thought of last, and since when nothing joined it or left it."""

    def __init__(self) -> None:
        self._joined: dict[StormId, tuple[int, datetime]] = {}
        self._moved: dict[StormId, tuple[int, datetime]] = {}
        self._calm: set[StormId] = set()
        self._at: dict[StormId, datetime] = {}

    def calmed(self, storm: Storm, now: datetime) -> bool:
        """True once, when nothing has moved for as long as growth is told over."""
        moves = storm.joined + storm.ended + storm.left
        known, since = self._moved.get(storm.id, (-1, now))
        if known != moves:
            self._moved[storm.id] = (moves, now)
            self._calm.discard(storm.id)
            return False
        if storm.id in self._calm or now - since < TREND_OVER:
            return False
        self._calm.add(storm.id)
        return True

    def ripe(self, storm: Storm, now: datetime) -> bool:
        """Whether a file may be due."""
        joined, since = self._joined.get(storm.id, (-1, now))
        if joined != storm.joined:
            self._joined[storm.id] = (storm.joined, now)
            since = now
        calm = now - since >= CALM or now - storm.opened_at >= GROWS_AT_MOST
        last = self._at.get(storm.id)
        return calm and (last is None or now - last >= LISTED_EVERY)

    def looked(self, storm: Storm, now: datetime) -> None:
        """A file was wanted, or was not needed."""
        self._at[storm.id] = now


async def _begin_again(uow: UnitOfWork, key: str) -> None:
    """A new crowd is a new message; the last one's has folded and stays where it is."""
    known = await uow.posts.get(key)
    if known is not None:
        await uow.posts.save(replace(known, ts="", sent=0, slack_channel="", attempted_at=None))


def _overflow(queue: QueueId, most: int, now: datetime, *, standing: bool) -> Post:
    body = json.dumps({"standing": standing, "most": most})
    return replace(_post(f"overflow:{queue}", PostKind.OVERFLOW, queue, now, URGENT), body=body)


def _post(key: str, kind: PostKind, queue: QueueId, now: datetime, priority: int) -> Post:
    """Versions of what has none of its own are seconds: a later one always is higher."""
    version = int(now.timestamp())
    return Post(key=key, kind=kind, channel=queue, wanted=version, priority=priority, next_at=now)


async def figures_of(
    uow: UnitOfWork, policy: Policy, queues: Sequence[QueueId], now: datetime
) -> Sequence[QueueFigures]:
    """What the summaries of some queues show."""
    standing = await uow.cases.standing()
    silent = await silent_systems(uow, policy, now)
    storms = await uow.storms.standing()
    freezes, words = tuple(await uow.freezes.standing()), tuple(await uow.words.standing())
    found = []
    for queue in queues:
        worst = await uow.cases.unresolved(queue, None, URGENT_SHOWN, loose=True) if queue in standing else ()
        own, duty = tuple(storm for storm in storms if storm.queue == queue), on_duty(policy, queue, now)
        found.append(QueueFigures(queue, standing.get(queue), tuple(worst), silent, now, duty, own, freezes, words))
    return found


async def storm_view(uow: UnitOfWork, post: Post, policy: Policy, now: datetime) -> StormView | None:
    """What a storm's card shows, as it is now."""
    storm = await uow.storms.get(parse_storm_name(post.key.removeprefix(storm_key(""))))
    if storm is None:
        return None
    worst = tuple(await uow.storms.worst(storm.id, LISTED))
    if storm.ended_at is not None:
        return StormView(storm, worst, now, over=await _over(uow, storm, storm.ended_at, policy, now))
    channels = {system for case in worst for system in case.fingerprint.systems if system in policy.channels}
    return StormView(storm, worst, now, lane=most_behind(await uow.measured.lanes(now), channels, now))


async def _over(uow: UnitOfWork, storm: Storm, ended: datetime, policy: Policy, now: datetime) -> StormOver:
    subject, _, _ = parts(storm.cause)
    silent = {system for system, _ in await silent_systems(uow, policy, now)}
    left = await uow.storms.left_open(storm.id, storm.queue, LISTED) if storm.left else ()
    return StormOver(await uow.storms.oversold(storm.id, storm.opened_at, ended), tuple(left), subject not in silent)


def most_behind(lanes: Sequence[LaneStanding], systems: Collection[SystemId], now: datetime) -> LaneStanding | None:
    """Of these systems the one whose updates take longest, if one is behind."""
    behind = [one for one in lanes if one.system in systems and one.behind(now)]
    return max(behind, key=lambda one: one.drains_in or timedelta(0), default=None)


async def waiting_of(uow: UnitOfWork, post: Post, now: datetime) -> Waiting:
    """What an overflow card stands for, as it is now."""
    queue, told = QueueId(post.channel), json.loads(post.body)
    count, late, risk, worst = await uow.posts.uncarded(queue, 10)
    cases = [case for one in worst if (case := await uow.cases.get(one)) is not None]
    if not told["standing"]:
        count = 0
    return Waiting(queue, count, late, risk, tuple(cases), SHOWN, int(told["most"]), now)
