"""Messages of a bulk act: how it goes, to whoever began it; and what a second person is asked. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block, Message
from bot.slack.bulk.form import show_button
from bot.slack.bulk.words import changes_cards, items, quoted, reasons, would
from sync.bulk.bulk import Bulk, BulkState
from sync.bulk.deciding import deciders
from sync.model.ids import ExceptionId, exception_name
from sync.policy.schema import Policy

NAMED = 10
"""How many of those that were left out are named; the file has all."""


def render_progress(bulk: Bulk, apart: Sequence[ExceptionId], now: datetime) -> Message:
    """How far it is, and in the end what came of it. ``apart`` are the first of those that were left out when their turn came."""
    text = _progress(bulk, apart, now)
    v = f"v{bulk.version}"
    blocks = (
        b.section(f"bulk.state.{v}", text),
        b.actions(f"bulk.actions.{v}", [show_button(bulk)]),
        b.context(f"bulk.foot.{v}", b.mrkdwn_text(bulk.name)),
    )
    return Message(fmt.cut(fmt.bare(text), b.FALLBACK_MOST, b.FALLBACK_MOST), blocks, "bulk", bulk.name, bulk.version)


def _progress(bulk: Bulk, apart: Sequence[ExceptionId], now: datetime) -> str:
    deed, count = bulk.asked.deed.value, items(bulk.figures.items)
    shape = {
        "name": bulk.name,
        "doing": t.BULK_DOING[deed],
        "did": t.BULK_DID[deed],
        "count": count,
        "done": fmt.number(bulk.done),
        "chosen": fmt.mrkdwn(bulk.chosen, 120),
        "apart": t.BULK_APART.format(count=fmt.number(bulk.apart)) if bulk.apart else "",
    }
    match bulk.state:
        case BulkState.ASKED | BulkState.SHOWN:
            return t.BULK_WAITS.format(until=fmt.at(bulk.until, now), **shape)
        case BulkState.REFUSED:
            told = t.BULK_WAS_REFUSED.format(name=bulk.name, who=_decider(bulk), at=_decided_at(bulk, now))
            return f"{told}\n{t.BULK_QUOTE.format(text=fmt.mrkdwn(bulk.reason, 300))}"
        case BulkState.EXPIRED:
            return t.BULK_WAS_EXPIRED.format(name=bulk.name)
        case BulkState.ACCEPTED:
            return t.BULK_PROGRESS.format(**shape)
    parts = [t.BULK_DONE.format(**shape)]
    if changes_cards(bulk.asked.deed) and bulk.done:
        parts.append(t.BULK_DONE_CARDS)
    if bulk.left:
        names = _names(apart, bulk.apart)
        parts.append(t.BULK_LEFT_NAMED.format(count=fmt.number(bulk.apart), reasons=reasons(bulk.left), names=names))
    return " ".join(parts)


def _names(apart: Sequence[ExceptionId], count: int) -> str:
    shown = [exception_name(one) for one in apart[:NAMED]]
    rest = count - len(shown)
    if rest <= 0:
        return fmt.listed(shown, NAMED)
    return t.LIST_MORE.format(shown=t.LIST_COMMA.join(shown), count=fmt.number(rest))


def _decider(bulk: Bulk) -> str:
    return fmt.mrkdwn(bulk.decided_name, 40)


def _decided_at(bulk: Bulk, now: datetime) -> str:
    return fmt.at(bulk.decided_at or now, now)


def render_ask(bulk: Bulk, policy: Policy, now: datetime) -> Message:
    """Asks a second person; folds once somebody decided, or nobody did in time. People are named and not mentioned: those who are
    asked first are told directly."""
    v = f"v{bulk.version}"
    foot = b.context(f"bulk.foot.{v}", b.mrkdwn_text(bulk.name))
    doing = t.BULK_DOING[bulk.asked.deed.value]
    title = t.BULK_ASK_TITLE.format(doing=doing[:1].upper() + doing[1:], count=items(bulk.figures.items))
    if bulk.state is not BulkState.ASKED:
        text = _progress(bulk, (), now)
        if bulk.decided_by is not None and bulk.state is not BulkState.REFUSED:
            text = t.BULK_ASK_WAS.format(who=_decider(bulk), name=bulk.name, at=_decided_at(bulk, now))
        blocks: tuple[Block, ...] = (b.section(f"bulk.state.{v}", f"{text}\n{fmt.mrkdwn(title, 120)}"), foot)
        return Message(f"{fmt.bare(text)} {fmt.inert(title)}", blocks, "bulk_ask", bulk.name, bulk.version)
    by = fmt.mrkdwn(bulk.actor_name, 40)
    state = t.BULK_ASK_STATE.format(at=fmt.at(bulk.frozen_at, now), until=fmt.at(bulk.until, now), by=by)
    preview = would(bulk, policy.currency)
    above = fmt.number(policy.bulk.second_person_above)
    why = t.BULK_ASK_WHY.format(who=names_of(bulk, policy, now), by=by, above=above)
    label = t.BULK_DECIDE_LABEL.format(name=bulk.name)
    decide = b.button("bulk.decide.open", t.BULK_DECIDE, f"{bulk.name}:{bulk.version}", label=label, primary=True)
    blocks = (
        b.header(f"bulk.title.{v}", title),
        b.context(f"bulk.state.{v}", b.mrkdwn_text(state)),
        b.section(f"bulk.preview.{v}", "\n".join(line for line in (preview, quoted(bulk), why) if line)),
        b.actions(f"bulk.actions.{v}", [decide, show_button(bulk)]),
        foot,
    )
    text = f"{fmt.inert(title)} {fmt.bare(state)}. {fmt.bare(preview)} {bulk.name}."
    return Message(fmt.cut(text, b.FALLBACK_MOST, b.FALLBACK_MOST), blocks, "bulk_ask", bulk.name, bulk.version)


def names_of(bulk: Bulk, policy: Policy, now: datetime) -> str:
    """Who would be asked first, by name."""
    found = [policy.person_of(user) for user in deciders(bulk, policy, now)[:2]]
    return fmt.either([fmt.mrkdwn(one.name, 40) for one in found if one is not None]) or t.ANYONE_WITH_RIGHT
