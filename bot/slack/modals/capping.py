"""Show less on one channel, and show all again."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.cards.state import shows
from bot.slack.modals.counting import whole
from bot.slack.modals.form import Form, Meta, Parsed, previews, register
from bot.slack.payloads import Values
from sync.inbox.acts import Cap, FieldError, Uncap
from sync.inbox.view import Prepared
from sync.model.ids import ListingId


def _cap_body(prepared: Prepared) -> Sequence[Block]:
    own = prepared.view.case.fingerprint.listing
    lines = [line for line in (prepared.view.sku.listings if prepared.view.sku else ()) if line.writable]
    lines.sort(key=lambda line: line.listing != own)
    options = [
        b.Option(
            t.CAP_WHERE_OPTION.format(system=fmt.plain(line.system_name, 40), shows=fmt.plain(shows(line), 20)),
            line.listing,
        )
        for line in lines
    ]
    blocks = previews(prepared, "cap.preview")
    if options:
        first = own if any(line.listing == own for line in lines) else options[0].value
        blocks.append(b.field("cap.listing", t.CAP_WHERE, b.select(options, chosen=first)))
    else:
        blocks.append(b.plain_section("cap.none", t.CAP_NONE))
    return [
        *blocks,
        b.field("cap.units", t.CAP_UNITS, b.number_input(dict(prepared.data).get("units", "")), hint=t.CAP_UNITS_HINT),
        b.field("cap.reason", t.REASON, b.text_input(multiline=True), hint=t.NOTE_HINT),
        b.context("cap.stands", b.mrkdwn_text(t.CAP_STANDS)),
    ]


def _parse_cap(values: Values, meta: Meta) -> Parsed:
    listing, units, reason = values.option("listing"), whole(values.text("units")), values.text("reason")
    errors = []
    if not listing:
        errors.append(FieldError("listing", t.CAP_NO_LISTING))
    if units is None:
        errors.append(FieldError("units", t.ENTER_WHOLE))
    if not reason:
        errors.append(FieldError("reason", t.CAP_NO_REASON))
    if errors or units is None:
        return tuple(errors)
    return Cap(ListingId(listing), units, reason)


CAP = register(
    Form(
        kind="cap",
        callback_id="listing.cap",
        prefix="cap",
        title=lambda: t.CAP_TITLE,
        fields=("listing", "units", "reason"),
        note_field="reason",
        submit=lambda prepared: t.CAP_SUBMIT,
        body=_cap_body,
        parse=_parse_cap,
    )
)


def _uncap_body(prepared: Prepared) -> Sequence[Block]:
    needed = prepared.view.note_required
    typed = b.text_input(multiline=True)
    note = b.field("uncap.note", t.RESUME_NOTE, typed, optional=not needed, hint=t.RESUME_NOTE_HINT)
    return [*previews(prepared, "uncap.preview"), note]


def _parse_uncap(values: Values, meta: Meta) -> Parsed:
    return Uncap(values.text("note"))


UNCAP = register(
    Form(
        kind="uncap",
        callback_id="listing.uncap",
        prefix="uncap",
        title=lambda: t.UNCAP_TITLE,
        fields=("note",),
        note_field="note",
        submit=lambda prepared: t.UNCAP_SUBMIT,
        body=_uncap_body,
        parse=_parse_uncap,
    )
)
