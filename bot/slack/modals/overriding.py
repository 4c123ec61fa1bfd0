"""A fixed promise for one listing, and its end before its time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.cards.state import shows
from bot.slack.modals.counting import whole
from bot.slack.modals.form import Form, Meta, Parsed, previews, register
from bot.slack.payloads import Values
from sync.inbox.acts import EndOverride, FieldError, Override
from sync.inbox.view import Prepared
from sync.model.ids import ListingId, UserId

LASTS = (timedelta(hours=1), timedelta(hours=4), timedelta(hours=8), timedelta(hours=24))


def _override_body(prepared: Prepared) -> Sequence[Block]:
    view, data = prepared.view, dict(prepared.data)
    lines = [line for line in (view.sku.listings if view.sku else ()) if line.writable]
    wanted = data.get("listing") or view.case.fingerprint.listing
    options = [
        b.Option(
            t.OVERRIDE_OPTION.format(system=fmt.plain(line.system_name, 30), shows=fmt.plain(shows(line), 15)),
            line.listing,
        )
        for line in lines
    ]
    longest = max((one for one in LASTS if one <= prepared.longest), default=prepared.longest)
    ends = [
        b.Option(t.OVERRIDE_FOR.format(span=fmt.span(one)), str(int((view.now + one).timestamp())))
        for one in dict.fromkeys((*(one for one in LASTS if one <= prepared.longest), longest))
    ]
    people = [b.Option(fmt.plain(one.name, 60), one.user) for one in prepared.people if one.queue == view.queue.id]
    blocks = previews(prepared, "override.preview")
    if options:
        blocks.append(b.field("override.listing", t.CAP_WHERE, b.select(options, chosen=wanted)))
    else:
        blocks.append(b.plain_section("override.none", t.CAP_NONE))
    kept = next((str(line.shows) for line in lines if line.listing == wanted and line.shows is not None), "")
    units = data.get("units", "") or (kept if "keep" in data else "")
    blocks.append(b.field("override.units", t.OVERRIDE_UNITS, b.number_input(units)))
    blocks.append(b.field("override.until", t.OVERRIDE_ENDS, b.select(ends, chosen=ends[-1].value)))
    if people:
        blocks.append(b.field("override.owner", t.OVERRIDE_OWNER, b.select(people, placeholder=t.CHOOSE)))
    limit = t.OVERRIDE_LIMIT.format(limit=fmt.booked(view.limit_money, view.currency))
    return [
        *blocks,
        b.field("override.reason", t.REASON, b.text_input(multiline=True), hint=t.NOTE_HINT),
        b.context("override.why", b.mrkdwn_text(limit)),
    ]


def _parse_override(values: Values, meta: Meta) -> Parsed:
    listing, units, until = values.option("listing"), whole(values.text("units")), values.option("until")
    owner, reason = values.option("owner"), values.text("reason")
    errors = []
    if not listing:
        errors.append(FieldError("listing", t.CAP_NO_LISTING))
    if units is None:
        errors.append(FieldError("units", t.ENTER_WHOLE))
    if not until.isdigit():
        errors.append(FieldError("until", t.OVERRIDE_NO_END))
    if not owner:
        errors.append(FieldError("owner", t.OVERRIDE_NO_OWNER))
    if not reason:
        errors.append(FieldError("reason", t.CAP_NO_REASON))
    if errors or units is None:
        return tuple(errors)
    return Override(ListingId(listing), units, datetime.fromtimestamp(int(until), UTC), UserId(owner), reason)


OVERRIDE = register(
    Form(
        kind="override",
        callback_id="stock.override",
        prefix="override",
        title=lambda: t.OVERRIDE_TITLE,
        fields=("listing", "units", "until", "owner", "reason"),
        note_field="reason",
        submit=lambda prepared: t.OVERRIDE_SUBMIT,
        body=_override_body,
        parse=_parse_override,
    )
)


def _end_body(prepared: Prepared) -> Sequence[Block]:
    note = b.field("endoverride.note", t.RESUME_NOTE, b.text_input(multiline=True), hint=t.RESUME_NOTE_HINT)
    return [*previews(prepared, "endoverride.preview"), note]


def _parse_end(values: Values, meta: Meta) -> Parsed:
    note = values.text("note")
    return EndOverride(note) if note else (FieldError("note", t.END_OVERRIDE_NO_NOTE),)


END_OVERRIDE = register(
    Form(
        kind="endoverride",
        callback_id="stock.endoverride",
        prefix="endoverride",
        title=lambda: t.END_OVERRIDE_TITLE,
        fields=("note",),
        note_field="note",
        submit=lambda prepared: t.END_OVERRIDE_SUBMIT,
        body=_end_body,
        parse=_parse_end,
    )
)
