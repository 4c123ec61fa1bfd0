"""Release the units of old orders: which, and why; what a second person is shown before they decide."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.cards.state import mention, subject
from bot.slack.modals.form import Form, Meta, Parsed, previews, register
from bot.slack.payloads import Values
from sync.actions.freeing import to_free
from sync.inbox.acts import FieldError, ReleaseUnits
from sync.inbox.view import CaseView, Prepared
from sync.model.exceptions import Action


def _free_body(prepared: Prepared) -> Sequence[Block]:
    view = prepared.view
    options = [
        b.Option(
            t.HOLD_OPTION.format(
                order=fmt.plain(one.order, 30), system=fmt.plain(one.channel_name, 25), units=fmt.units(one.free_units)
            ),
            one.key,
        )
        for one in to_free(view)
    ]
    blocks = previews(prepared, "free.preview")
    if options:
        blocks.append(b.field("free.orders", t.FREE_ORDERS, b.checkboxes(options, [])))
    limit = t.FREE_LIMIT.format(limit=fmt.booked(view.limit_money, view.currency))
    return [
        *blocks,
        b.field("free.reason", t.REASON, b.text_input(multiline=True), hint=t.NOTE_HINT),
        b.context("free.why", b.mrkdwn_text(limit)),
    ]


def _parse_free(values: Values, meta: Meta) -> Parsed:
    orders, reason = values.options("orders"), values.text("reason")
    errors = []
    if not orders:
        errors.append(FieldError("orders", t.HOLD_NO_ORDER))
    if not reason:
        errors.append(FieldError("reason", t.HOLD_NO_REASON))
    return tuple(errors) or ReleaseUnits(orders, reason)


FREE = register(
    Form(
        kind="free",
        callback_id="order.free",
        prefix="free",
        title=lambda: t.FREE_TITLE,
        fields=("orders", "reason"),
        note_field="reason",
        submit=lambda prepared: t.FREE_SUBMIT,
        body=_free_body,
        parse=_parse_free,
    )
)


def decide_on_release(view: CaseView, act: Action, why: str) -> Sequence[Block]:
    """What a second person is shown: which orders, how many units, what they are worth."""
    units = int(act.figure("units") or 0)
    what = t.FREE_WHAT.format(
        sku=fmt.mrkdwn(subject(view), 60),
        by=mention(act.by, act.by_name),
        at=fmt.at(act.at, view.now),
        reason=fmt.mrkdwn(act.note, 200),
    )
    preview = t.FREE_PREVIEW.format(
        units=fmt.units(units),
        orders=fmt.mrkdwn(act.figure("orders") or "", 300),
        value=fmt.booked(Decimal(act.figure("value") or 0), view.currency),
    )
    options = [
        b.Option(t.DECIDE_APPROVE, "approve", t.FREE_APPROVE_ABOUT),
        b.Option(t.DECIDE_REJECT, "reject", t.FREE_REJECT_ABOUT),
    ]
    reason = b.text_input(multiline=True)
    return [
        b.section("correction.what", what),
        b.section("correction.preview", preview),
        b.context("correction.why", b.mrkdwn_text(why)),
        b.field("correction.decision", t.DECIDE_YOURS, b.radio(options)),
        b.field("correction.reason", t.REASON, reason, optional=True, hint=t.DECIDE_REASON_HINT),
    ]
