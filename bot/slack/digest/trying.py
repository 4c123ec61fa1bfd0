"""*Try the 25 min rule*: a rule that the digest proposes, lived through on the recorded past beside today's, for whoever asks.

It takes processor time, not the loop's: each SKU is lived through in a thread, one at a time, and one trial at a time runs. The
modal says how far it is; whoever closes it meanwhile gets the figures as a direct message.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import modals as m
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.clicks import Clicks
from bot.slack.client import error_code
from bot.slack.payloads import Click
from bot.slack.room import Room, recorded
from sync.backtest.replayed import Tally, live_through
from sync.errors import BadInput
from sync.measures.review import Advice, Tighten
from sync.model.exceptions import ExceptionClass
from sync.model.facts import Fact
from sync.model.ids import SystemId
from sync.model.stock import Sku, SkuState
from sync.policy.schema import Policy
from sync.policy.spans import span

TRIED_ON = timedelta(days=14)
LONGEST = timedelta(minutes=10)
"""What takes longer is told of the SKUs that were tried until then."""
TOLD_EVERY = 3.0
"""Seconds between two words on how far it is."""

_log = structlog.get_logger(__name__)


class Past(Protocol):
    """One SKU's past: what it began with, and every fact after that."""

    @property
    def sku(self) -> Sku:
        """The SKU."""

    @property
    def carried(self) -> SkuState:
        """Its newest carry."""

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Its facts after that, oldest received first."""


Pasts = Callable[[datetime, datetime], AsyncIterator[Past]]
"""Every SKU of which something was recorded in a period."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A difference on ``system`` must last ``wait`` before it is an exception; proposed for the sake of ``cls``."""

    system: SystemId
    cls: ExceptionClass
    wait: timedelta

    @property
    def value(self) -> str:
        """As a button carries it."""
        return f"{self.system}|{self.cls}|{int(self.wait.total_seconds())}"


def proposed(one: Tighten) -> Proposal | None:
    """What of an advice can be tried; None: it is no rule with a number."""
    if one.advice is not Advice.WAIT or one.system is None or one.cls is None or one.wait is None:
        return None
    return Proposal(one.system, one.cls, one.wait)


def try_button(one: Proposal, policy: Policy) -> Block:
    """Below the digest's rules."""
    known = policy.systems.get(one.system)
    text = t.DIGEST_TRY.format(wait=fmt.span(one.wait))
    label = t.DIGEST_TRY_LABEL.format(wait=span(one.wait), system=known.name if known is not None else one.system)
    return b.button("digest.try.open", text, one.value, label=fmt.cut(label, 75, 75), primary=True)


def read_proposal(value: str) -> Proposal:
    """Raises BadInput on what no button of this version carries."""
    try:
        system, cls, seconds = value.split("|")
        return Proposal(SystemId(system), ExceptionClass(cls), timedelta(seconds=int(seconds)))
    except ValueError as error:
        raise BadInput(t.OLD_BUTTON) from error


def under(policy: Policy, one: Proposal) -> Policy:
    """The policy with the proposed rule. Raises BadInput when it has no such system any more."""
    rules = policy.systems.get(one.system)
    if rules is None:
        raise BadInput(t.DIGEST_TRY_GONE)
    return policy.model_copy(
        update={"systems": policy.systems | {one.system: rules.model_copy(update={"settles_in": one.wait})}}
    )


@dataclass(frozen=True, slots=True)
class Trial:
    """Both rules on the same past; ``whole`` False: the time was over before every SKU was tried."""

    today: Tally
    new: Tally
    whole: bool


class Trier:
    """Answers the button."""

    def __init__(self, room: Room, clicks: Clicks, pasts: Pasts) -> None:
        self._room = room
        self._clicks = clicks
        self._pasts = pasts
        self._running = asyncio.Lock()

    async def pressed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Try it, and say what came of it where the click was made."""
        await ack()
        click = Click.model_validate(body)
        one = read_proposal(click.pressed.value)
        view_id = await self._clicks.open_loading(click)
        if view_id is None:
            return
        try:
            view = await self._tried(click, view_id, one)
        except BadInput as error:
            view = m.refused(str(error))
        except Exception as error:  # noqa: BLE001 - recorded, and told to the person who waits
            view = m.broken(recorded(error, "trial"))
        if not await self._shown(view_id, view):
            await self._room.client.chat_postMessage(
                channel=click.user.id, text=t.DIGEST_TRY_TITLE, blocks=list(_blocks(view))
            )

    async def _tried(self, click: Click, view_id: str, one: Proposal) -> Block:
        actor = await self._room.actor(click.user, click.team)
        if actor.restricted:
            return m.refused(t.DIGEST_TRY_GUEST)
        if self._running.locked():
            return m.refused(t.DIGEST_TRY_BUSY)
        async with self._running:
            policy = self._room.policy.current
            trial = await self._trial(view_id, policy, under(policy, one))
        return trial_modal(trial, one, policy)

    async def _trial(self, view_id: str, policy: Policy, new: Policy) -> Trial:
        now, began = self._room.now, time.monotonic()
        since, told = now - TRIED_ON, began
        found = Trial(Tally(), Tally(), whole=True)
        async for past in self._pasts(since, now):
            for rules, tally in ((policy, found.today), (new, found.new)):
                tally.add(await asyncio.to_thread(live_through, past.sku, past.carried, past.facts, rules, since, now))
            if time.monotonic() - told >= TOLD_EVERY:
                told = time.monotonic()
                done = fmt.counted(found.today.skus, t.SKUS_COUNTED)
                await self._shown(view_id, m.loading(t.DIGEST_TRY_TITLE, t.DIGEST_TRY_LONG.format(done=done)))
            if time.monotonic() - began > LONGEST.total_seconds():
                return Trial(found.today, found.new, whole=False)
        _log.info("rule_tried", skus=found.today.skus, seconds=round(time.monotonic() - began, 1))
        return found

    async def _shown(self, view_id: str, view: Block) -> bool:
        """False when the person closed it meanwhile."""
        try:
            await self._room.client.views_update(view_id=view_id, view=view)
        except SlackApiError as error:
            if error_code(error) != "not_found":
                raise
            return False
        return True


def _blocks(view: Block) -> list[Block]:
    blocks = view["blocks"]
    return [dict(one) for one in blocks if isinstance(one, dict)] if isinstance(blocks, list | tuple) else []


def trial_modal(trial: Trial, one: Proposal, policy: Policy) -> Block:
    """What the proposed rule would have changed, as sentences and as a table."""
    known = policy.systems[one.system]
    today, new, cls = trial.today, trial.new, t.CLASS_NAMES[one.cls]
    names = {
        "system": fmt.mrkdwn(known.name, 40),
        "wait": fmt.span(one.wait),
        "now": fmt.span(known.settles_in),
        "skus": fmt.counted(today.skus, t.SKUS_COUNTED),
        "span": fmt.span(TRIED_ON),
    }
    if not today.skus:
        return b.modal(
            "trial", t.DIGEST_TRY_TITLE, [b.section("trial.none", t.DIGEST_TRY_NONE.format(**names))], close=t.CLOSE
        )
    of_class = [sum(count for (_, kind), count in tally.opened.items() if kind == one.cls) for tally in (today, new)]
    head = t.DIGEST_TRY_HEAD.format(
        **names,
        cls=fmt.mrkdwn(cls, 40),
        change=fmt.signed(of_class[1] - of_class[0]),
        before=fmt.number(of_class[0]),
        after=fmt.number(of_class[1]),
    )
    rows = [
        t.DIGEST_TRY_TABLE,
        (t.DIGEST_TRY_ROWS["class"], fmt.number(of_class[0]), fmt.number(of_class[1])),
        (t.DIGEST_TRY_ROWS["all"], fmt.number(today.opened.total()), fmt.number(new.opened.total())),
        *(
            (t.DIGEST_TRY_ROWS[name], fmt.number(int(getattr(today, name))), fmt.number(int(getattr(new, name))))
            for name in ("prevented", "oversold", "missed", "pauses", "updates")
        ),
    ]
    table = "\n".join(
        f"{fmt.column(a, 18)}{fmt.column(now, 8, right=True)}{fmt.column(then, 8, right=True)}" for a, now, then in rows
    )
    take = t.DIGEST_TRY_TAKE.format(system=fmt.escape(one.system), wait=span(one.wait))
    basis = t.DIGEST_TRY_BASIS if trial.whole else f"{t.DIGEST_TRY_PART} {t.DIGEST_TRY_BASIS}"
    blocks = [
        b.section("trial.head", head),
        b.preformatted("trial.figures", table),
        b.section("trial.take", take),
        b.context("trial.basis", b.mrkdwn_text(basis)),
    ]
    return b.modal("trial", t.DIGEST_TRY_TITLE, blocks, close=t.CLOSE)
