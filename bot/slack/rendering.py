"""From a wanted post to the message it shows now: state is read at sending time, so only the newest is ever sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.slack import format as fmt
from bot.slack.blocks import Message
from bot.slack.bulk.messages import NAMED, render_ask, render_progress
from bot.slack.cards import (
    Names,
    act_of,
    render_approval_ask,
    render_card,
    render_count_ask,
    render_proof,
    render_superseded,
)
from bot.slack.cards.queue import render_overflow, render_pin
from bot.slack.cards.returned import read_away, render_returned
from bot.slack.cards.state import own_listing
from bot.slack.cards.storm import render_gathered, render_storm
from bot.slack.cards.tries import render_tries
from bot.slack.digest.drawing import OF_DIGEST, DigestDrawing
from bot.slack.digest.standup import render_standup, standup_of
from bot.slack.inbox_port import InboxPort
from bot.slack.mentions import render_telling, telling_of
from bot.slack.morning import morning_of, render_morning
from bot.slack.standing import figures_of, most_behind, storm_view, waiting_of
from bot.slack.storm_mentions import is_of_storm, render_storm_telling, storm_telling
from sync.bulk.posts import bulk_of_post
from sync.inbox.view import CaseView
from sync.measures.pressure import LaneStanding
from sync.model.exceptions import DECIDED, ActionKind
from sync.model.ids import ExceptionId, QueueId, parse_bulk_name
from sync.model.outbox import Post, PostKind, card_key, digest_key
from sync.path.retries import read_tries
from sync.policy.holder import PolicyInForce
from sync.ports import Clock, Store

LANES_KEPT = timedelta(seconds=5)
"""How long what is known of lanes serves other cards, too."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A message, and the post under whose message it stands as a thread reply."""

    message: Message
    under: str = ""


def life_of(key: str) -> int:
    """Which life of an exception a card's key belongs to: ``card:EX-7`` is 0, ``card:EX-7:2`` is 2."""
    parts = key.split(":")
    return int(parts[2]) if len(parts) > 2 else 0


class Renderer:
    """Draws posts. Reads the inbox and, for the digest, the recorded figures."""

    def __init__(
        self,
        store: Store,
        inbox: InboxPort,
        policy: PolicyInForce,
        clock: Clock,
        names: Callable[[], Names],
        digest: DigestDrawing,
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._policy = policy
        self._clock = clock
        self._names = names
        self.digest = digest
        self._lanes: tuple[datetime, Sequence[LaneStanding]] | None = None

    async def draw(
        self, post: Post, link: str | None = None, *, charts: bool = True, pictures: bool = True
    ) -> Drawn | None:
        """The message of a post; None when there is nothing to show any more. ``link`` leads to the newer card. ``charts`` False:
        with uploaded ``pictures`` of them, or in words."""
        if post.kind in OF_DIGEST:
            shown = await self.digest.draw(post, charts=charts, pictures=pictures)
            under = digest_key(post.key) if post.kind is PostKind.DIGEST_PART else ""
            return Drawn(shown, under) if shown is not None else None
        if post.kind in (PostKind.SUMMARY, PostKind.OVERFLOW, PostKind.RETURNED, PostKind.STANDUP):
            return await self._of_queue(post)
        if post.kind is PostKind.STORM:
            return await self._of_storm(post, native=charts)
        if post.kind in (PostKind.BULK, PostKind.BULK_ASK):
            return await self._of_bulk(post)
        if post.kind in (PostKind.MENTION, PostKind.MORNING):
            return await self._of_people(post)
        if post.kind is PostKind.RETRIES:
            return await self._of_retries(post)
        if post.kind is PostKind.PRIVATE or post.case is None:
            text = fmt.sentence_with_people(post.body)
            return Drawn(Message(text, (), "private", post.key, post.wanted)) if text else None
        view = await self._inbox.view(post.case, history=post.kind is PostKind.PROOF)
        if view is not None and post.kind is PostKind.CARD:
            view = replace(view, lane=await self._lane_of(view))
        return None if view is None else self._of_case(post, view, link)

    async def _lane_of(self, view: CaseView) -> LaneStanding | None:
        """Where the update of an exception's own listing waits, if it does and that is behind."""
        line, now = own_listing(view), self._clock.now()
        if line is None or line.wanted_at is None or (line.sent_at is not None and line.sent_at >= line.wanted_at):
            return None
        known = self._lanes
        if known is None or now - known[0] > LANES_KEPT:
            async with self._store.reading() as uow:
                known = self._lanes = now, await uow.measured.lanes(now)
        return most_behind(known[1], {line.system}, now)

    async def _of_queue(self, post: Post) -> Drawn | None:
        """A queue's own message; None when policy no longer has the queue."""
        policy, now, queue = self._policy.current, self._clock.now(), QueueId(post.channel)
        if queue not in policy.queues:
            return None
        if post.kind is PostKind.RETURNED:
            return Drawn(render_returned(read_away(post.body), policy, queue, post.wanted, now))
        async with self._store.reading() as uow:
            if post.kind is PostKind.STANDUP:
                return Drawn(render_standup(await standup_of(uow, queue, now), policy, post, now))
            if post.kind is PostKind.OVERFLOW:
                return Drawn(render_overflow(await waiting_of(uow, post, now), policy, post.wanted))
            (figures,) = await figures_of(uow, policy, [queue], now)
        return Drawn(render_pin(figures, policy, post.wanted))

    async def _of_storm(self, post: Post, *, native: bool) -> Drawn | None:
        """A storm's card; None when policy no longer has its queue."""
        async with self._store.reading() as uow:
            view = await storm_view(uow, post, self._policy.current, self._clock.now())
        if view is None or view.storm.queue not in self._policy.current.queues:
            return None
        return Drawn(render_storm(view, self._policy.current, view.storm.version, native=native))

    async def _of_bulk(self, post: Post) -> Drawn | None:
        """How an act on many goes, or what a second person is asked; None when there is no such act."""
        now, bulk_id = self._clock.now(), parse_bulk_name(bulk_of_post(post.key))
        async with self._store.reading() as uow:
            bulk = await uow.bulks.get(bulk_id)
            apart = await uow.bulks.page(bulk_id, ExceptionId(0), NAMED, apart=True)
        if bulk is None:
            return None
        if post.kind is PostKind.BULK_ASK:
            return Drawn(render_ask(bulk, self._policy.current, now))
        return Drawn(render_progress(bulk, [one.case for one in apart], now))

    async def _of_people(self, post: Post) -> Drawn | None:
        """Somebody is told; None when nothing is left to tell."""
        if post.kind is PostKind.MORNING:
            async with self._store.reading() as uow:
                waited = await morning_of(uow, post)
            if waited is None:
                return None
            return Drawn(render_morning(waited, self._policy.current, post, self._clock.now()))
        if is_of_storm(post.key):
            async with self._store.reading() as uow:
                storm = await storm_telling(uow, post)
            if storm is None:
                return None
            return Drawn(render_storm_telling(storm, self._policy.current, post, self._clock.now()), storm.under)
        async with self._store.reading() as uow:
            telling = await telling_of(uow, post)
        if telling is None:
            return None
        return Drawn(render_telling(telling, self._policy.current, post, self._clock.now()), telling.under)

    async def _of_retries(self, post: Post) -> Drawn | None:
        """How an update fares, below the card; None while that is not shown: with the next try it may be."""
        async with self._store.reading() as uow:
            case = await uow.cases.get(post.case) if post.case is not None else None
            root = await uow.posts.get(card_key(case.name, case.card_life)) if case is not None else None
        if root is None or not root.ts:
            return None
        return Drawn(render_tries(read_tries(post.body), self._policy.current, post, self._clock.now()), root.key)

    def _of_case(self, post: Post, view: CaseView, link: str | None) -> Drawn | None:
        match post.kind:
            case PostKind.CARD:
                older = life_of(post.key) < view.case.card_life
                if view.case.storm is not None and not view.case.life.ended and not older:
                    return Drawn(render_gathered(view.case, self._policy.current, link))
                return Drawn(render_superseded(view, link) if older else render_card(view, self._names()))
            case PostKind.PROOF:
                return Drawn(render_proof(view), card_key(view.case.name, view.case.card_life))
            case PostKind.COUNT_ASK:
                count = act_of(view, post.action, ActionKind.COUNT)
                return Drawn(render_count_ask(view, count)) if count else None
            case PostKind.APPROVAL_ASK:
                asked = act_of(view, post.action, *DECIDED)
                return Drawn(render_approval_ask(view, asked, self._names())) if asked else None
            case _:
                return None
