"""Modals that only show: how a figure was computed, the picture of a SKU, the proof."""

from __future__ import annotations

from datetime import datetime

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.cards import render_card
from bot.slack.picture import picture_blocks
from sync.inbox.view import CaseView

MOST_ENTRIES = 40
LONGEST_ENTRY = 400
"""Also of its UTF-16 length: forty of emoji alone would be more than a view may hold."""


def why_modal(view: CaseView) -> Block:
    """Revenue at risk as a sum that a person can redo."""
    risk = view.case.risk
    lines = [
        t.WHY_SUM.format(text=fmt.sentence(term.text, 300), amount=fmt.booked(term.amount, risk.total.currency))
        for term in risk.terms
    ]
    total = t.WHY_TOTAL.format(total=fmt.booked(risk.total.amount, risk.total.currency))
    text = "\n".join([*lines, total]) if lines or risk.total.amount else t.WHY_NOTHING
    blocks = [b.section("why.sum", text), b.section("why.basis", f"{fmt.sentence(risk.basis, 600)} {t.WHY_ESTIMATE}")]
    if view.pause_cost:
        by = fmt.at(view.case.resolve_by, view.now) if view.case.resolve_by else t.NOT_KNOWN
        cost = t.WHY_PAUSE.format(cost=fmt.estimate(view.pause_cost, view.currency), by=by)
        blocks.append(b.section("why.pause", cost))
    arithmetic = [fmt.sentence(line, 300) for line in view.case.evidence.arithmetic]
    if arithmetic:
        blocks.append(b.section("why.can_sell", "\n".join(arithmetic)))
    return b.modal("why", t.WHY_TITLE, blocks, close=t.CLOSE)


def card_modal(view: CaseView) -> Block:
    """The card itself over whatever was looked at; its buttons work. Needs the view's history."""
    return b.modal("card", view.case.name, render_card(view).blocks, close=t.CLOSE)


def picture_modal(view: CaseView) -> Block:
    """All channels, counts and orders of the case's SKU."""
    if view.sku is None:
        return b.modal("picture", t.PICTURE_TITLE, [b.plain_section("picture.none", t.PICTURE_GONE)], close=t.CLOSE)
    return b.modal("picture", t.PICTURE_TITLE, picture_blocks(view.sku, view.now, "picture"), close=t.CLOSE)


def verify_modal(view: CaseView) -> Block:
    """How anybody checks the proof without us. Needs the view's history."""
    entries = view.history
    last, name = entries[-1].hash[:8] if entries else t.NOT_KNOWN, view.case.name
    steps = t.VERIFY_STEPS.format(name=name, hash=last, count=fmt.number(len(entries)))
    blocks = [b.section("verify.steps", steps), b.context("verify.limits", b.mrkdwn_text(t.VERIFY_LIMITS))]
    return b.modal("verify", t.VERIFY_TITLE, blocks, close=t.CLOSE)


def proof_modal(view: CaseView, now: datetime) -> Block:
    """The newest entries of the case's chain, and how to check it. Needs the view's history."""
    name, entries = view.case.name, view.history
    last = entries[-1].hash[:8] if entries else ""
    count = fmt.counted(len(entries), t.ENTRIES)
    blocks = [b.section("proof.head", t.PROOF_MODAL_HEAD.format(name=name, entries=count, hash=last))]
    for chained in entries[-MOST_ENTRIES:]:
        said = fmt.cut(chained.entry.sentence, LONGEST_ENTRY, LONGEST_ENTRY)
        line = t.PROOF_MODAL_LINE.format(
            seq=chained.seq,
            at=fmt.at(chained.entry.at, now),
            sentence=fmt.sentence(said, LONGEST_ENTRY, chained.entry.at),
        )
        blocks.append(b.section(f"proof.entry.{chained.seq}", f"{line} {fmt.code(chained.hash[:8])}"))
    foot = t.PROOF_MODAL_CHECK.format(name=name)
    if len(entries) > MOST_ENTRIES:
        foot = t.PROOF_MODAL_MORE.format(count=fmt.number(len(entries) - MOST_ENTRIES), name=name) + "\n" + foot
    blocks.append(b.context("proof.foot", b.mrkdwn_text(foot)))
    return b.modal("proof", t.PROOF_MODAL_TITLE, blocks, close=t.CLOSE)
