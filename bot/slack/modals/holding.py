"""Hold orders until somebody has looked, and release them: order numbers only, nobody's name."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.modals.form import Form, Meta, Parsed, previews, register
from bot.slack.payloads import Values
from sync.actions.holds import MOST, holds_of, order_of, to_hold
from sync.inbox.acts import FieldError, HoldOrders, ReleaseOrders
from sync.inbox.view import Prepared


def _option(order: str, system: str, units: int, value: str) -> b.Option:
    text = t.HOLD_OPTION.format(order=fmt.plain(order, 30), system=fmt.plain(system, 25), units=fmt.units(units))
    return b.Option(text, value)


def _hold_body(prepared: Prepared) -> Sequence[Block]:
    options = [_option(one.order, one.channel_name, one.units, one.key) for one in to_hold(prepared.view)]
    blocks = previews(prepared, "hold.preview")
    if options:
        blocks.append(b.field("hold.orders", t.HOLD_ORDERS, b.checkboxes(options, [])))
    return [
        *blocks,
        b.field("hold.reason", t.REASON, b.text_input(multiline=True), hint=t.NOTE_HINT),
        b.context("hold.stands", b.mrkdwn_text(t.HOLD_STANDS)),
    ]


def _parse_hold(values: Values, meta: Meta) -> Parsed:
    orders, reason = values.options("orders"), values.text("reason")
    errors = []
    if not orders:
        errors.append(FieldError("orders", t.HOLD_NO_ORDER))
    if not reason:
        errors.append(FieldError("reason", t.HOLD_NO_REASON))
    return tuple(errors) if errors else HoldOrders(orders, reason)


HOLD = register(
    Form(
        kind="hold",
        callback_id="order.hold",
        prefix="hold",
        title=lambda: t.HOLD_TITLE,
        fields=("orders", "reason"),
        note_field="reason",
        submit=lambda prepared: t.HOLD_SUBMIT,
        body=_hold_body,
        parse=_parse_hold,
    )
)


def _release_body(prepared: Prepared) -> Sequence[Block]:
    options = [
        _option(
            act.figure("order") or "",
            act.figure("system_name") or "",
            int(act.figure("units") or 0),
            order_of(act),
        )
        for act in holds_of(prepared.view.case)[:MOST]
    ]
    blocks = previews(prepared, "release.preview")
    if options:
        chosen = [one.value for one in options]
        blocks.append(b.field("release.orders", t.RELEASE_ORDERS, b.checkboxes(options, chosen)))
    needed = prepared.view.note_required
    typed = b.text_input(multiline=True)
    note = b.field("release.note", t.RESUME_NOTE, typed, optional=not needed, hint=t.RESUME_NOTE_HINT)
    return [*blocks, note]


def _parse_release(values: Values, meta: Meta) -> Parsed:
    orders = values.options("orders")
    if not orders:
        return (FieldError("orders", t.HOLD_NO_ORDER),)
    return ReleaseOrders(orders, values.text("note"))


RELEASE = register(
    Form(
        kind="release",
        callback_id="order.release",
        prefix="release",
        title=lambda: t.RELEASE_TITLE,
        fields=("orders", "note"),
        note_field="note",
        submit=lambda prepared: t.RELEASE_SUBMIT,
        body=_release_body,
        parse=_parse_release,
    )
)
