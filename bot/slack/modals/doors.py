"""Pause and resume: what customers will see, where, and why."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.cards.state import money, shows
from bot.slack.modals.form import Form, Meta, Parsed, previews, register
from bot.slack.payloads import Values
from sync.inbox.acts import FieldError, Pause, Resume
from sync.inbox.view import ListingLine, Prepared
from sync.model.ids import ListingId

MOST_BOXES = 10


def _lines(prepared: Prepared) -> list[ListingLine]:
    """Listings that can be paused, the case's own first, then those that show most beyond what can be sold."""
    lines = prepared.view.sku.listings if prepared.view.sku else ()
    open_ = [line for line in lines if line.live is not False and not line.paused_by_us and line.can_pause]
    own = prepared.view.case.fingerprint.listing
    return sorted(open_, key=lambda line: (line.listing != own, -((line.shows or 0) - (line.can_sell or 0))))


def chosen_listings(prepared: Prepared) -> tuple[str, ...]:
    """The ticked listings: those that were asked for, else the case's own."""
    data = dict(prepared.data)
    if "listings" in data:
        return tuple(one for one in data["listings"].split(",") if one)
    own = prepared.view.case.fingerprint.listing
    return (own,) if own else tuple(line.listing for line in _lines(prepared)[:1])


def _pause_preview(prepared: Prepared) -> str:
    chosen = chosen_listings(prepared)
    told, rest = [], []
    for line in _lines(prepared):
        system = fmt.mrkdwn(line.system_name, 40)
        if line.listing in chosen:
            orders = fmt.counted(line.open_orders, t.OPEN_ORDERS)
            kept = t.PAUSE_ORDERS.format(orders=orders) if line.open_orders else ""
            kept = t.PAUSE_ZERO.format(system=system) + kept if line.zero_only else kept
            told.append(t.PAUSE_SEE.format(system=system, shows=fmt.mrkdwn(shows(line), 40), orders=kept))
        else:
            rest.append(t.PAUSE_REST.format(system=system, shows=fmt.mrkdwn(shows(line), 40)))
    if not told:
        return "\n".join(fmt.sentence(line, 600) for line in prepared.preview) or t.PAUSE_NO_LISTING
    risk = prepared.view.case.risk.total
    costs = []
    if risk.amount and prepared.view.case.delta > 0:
        cost = fmt.estimate(prepared.view.pause_cost, risk.currency)
        shape = t.PAUSE_COST if prepared.view.pause_cost else t.PAUSE_SAVES
        costs.append(shape.format(cost=cost, risk=money(prepared.view)))
    return "\n".join([*told[:3], *rest[:3], *costs])


def _pause_body(prepared: Prepared) -> Sequence[Block]:
    lines = _lines(prepared)
    options = [
        b.Option(
            t.PAUSE_WHERE_OPTION.format(system=fmt.plain(line.system_name, 40), shows=fmt.plain(shows(line), 20)),
            line.listing,
        )
        for line in lines[:MOST_BOXES]
    ]
    blocks = [b.section("pause.preview", _pause_preview(prepared))]
    if options:
        boxes = b.checkboxes(options, chosen_listings(prepared))
        blocks.append(b.field("pause.listings", t.PAUSE_WHERE, boxes, optional=True, dispatch=True))
    if len(lines) > MOST_BOXES:
        more = t.PAUSE_WHERE_MORE.format(count=fmt.number(len(lines) - MOST_BOXES))
        blocks.append(b.context("pause.more", b.mrkdwn_text(more)))
    reasons = [b.Option(text, reason) for reason, text in t.PAUSE_WHYS.items()]
    blocks += [
        b.field("pause.reason", t.PAUSE_WHY, b.select(reasons, placeholder=t.CHOOSE)),
        b.field("pause.note", t.NOTE, b.text_input(multiline=True), optional=True, hint=t.NOTE_HINT),
        b.context("pause.back", b.mrkdwn_text(t.PAUSE_BACK)),
    ]
    return blocks


def _pause_submit(prepared: Prepared) -> str:
    chosen = len(chosen_listings(prepared))
    return t.PAUSE_SUBMIT.format(count=fmt.counted(chosen, t.LISTINGS)) if chosen else t.PAUSE_SUBMIT_NONE


def _parse_pause(values: Values, meta: Meta) -> Parsed:
    reason, note, listings = values.option("reason"), values.text("note"), values.options("listings")
    errors = []
    if not listings:
        errors.append(FieldError("listings", t.PAUSE_NO_LISTING))
    if not reason:
        errors.append(FieldError("reason", t.PAUSE_NO_REASON))
    if reason == "other" and not note:
        errors.append(FieldError("note", t.PAUSE_NO_NOTE))
    return tuple(errors) or Pause(tuple(ListingId(one) for one in listings), reason, note)


PAUSE = register(
    Form(
        kind="pause",
        callback_id="listing.pause",
        prefix="pause",
        title=lambda: t.PAUSE_TITLE,
        fields=("listings", "reason", "note"),
        note_field="note",
        submit=_pause_submit,
        body=_pause_body,
        parse=_parse_pause,
    )
)


def _resume_body(prepared: Prepared) -> Sequence[Block]:
    needed = prepared.view.note_required
    typed = b.text_input(multiline=True)
    note = b.field("resume.note", t.RESUME_NOTE, typed, optional=not needed, hint=t.RESUME_NOTE_HINT)
    return [*previews(prepared, "resume.preview"), note]


def _resume_submit(prepared: Prepared) -> str:
    paused = [line for line in (prepared.view.sku.listings if prepared.view.sku else ()) if line.paused_by_us]
    if len(paused) == 1 and paused[0].can_sell is not None:
        return t.RESUME_SUBMIT_WITH.format(units=fmt.number(paused[0].can_sell))
    return t.RESUME_SUBMIT


def _parse_resume(values: Values, meta: Meta) -> Parsed:
    return Resume(values.text("note"))


RESUME = register(
    Form(
        kind="resume",
        callback_id="listing.resume",
        prefix="resume",
        title=lambda: t.RESUME_TITLE,
        fields=("note",),
        note_field="note",
        submit=_resume_submit,
        body=_resume_body,
        parse=_parse_resume,
    )
)
