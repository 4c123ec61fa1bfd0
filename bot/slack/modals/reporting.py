"""Report a wrong number: opens an exception, or adds the words to the one that is open."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.cards.state import shows, subject
from bot.slack.modals.counting import places_of
from bot.slack.modals.form import Form, Meta, Parsed, previews, register
from bot.slack.payloads import Values
from sync.inbox.acts import FieldError, Report
from sync.inbox.view import Prepared
from sync.model.ids import ListingId, LocationId

WHOLE = "*"
NO_COUNT = "-"
MOST_LISTINGS = 90


def _body(prepared: Prepared) -> Sequence[Block]:
    view, data = prepared.view, dict(prepared.data)
    lines = (view.sku.listings if view.sku else ())[:MOST_LISTINGS]
    where = [b.Option(t.REPORT_WHOLE, WHOLE)]
    where += [
        b.Option(
            t.REPORT_OPTION.format(system=fmt.plain(line.system_name, 40), shows=fmt.plain(shows(line), 15)),
            line.listing,
        )
        for line in lines
    ]
    blocks = previews(prepared, "report.preview")
    open_ = view.sku.cases if view.sku else ()
    if open_:
        cases = fmt.listed([case.name for case in open_], 5)
        blocks.append(b.section("report.open", t.REPORT_OPEN.format(sku=fmt.mrkdwn(subject(view), 60), cases=cases)))
    blocks += [
        b.field("report.where", t.REPORT_WHERE, b.select(where, chosen=data.get("listing") or WHOLE)),
        b.field(
            "report.words",
            t.REPORT_WORDS,
            b.text_input(multiline=True, initial=data.get("words", ""), most=1_000),
            hint=t.REPORT_WORDS_HINT,
        ),
    ]
    places = places_of(view) if data.get("may_count") else []
    if places:
        counts = [b.Option(t.REPORT_NO_COUNT, NO_COUNT)]
        counts += [b.Option(t.REPORT_COUNT_AT.format(place=one.text), one.value) for one in places[:50]]
        blocks.append(b.field("report.count", t.REPORT_COUNT, b.select(counts, chosen=NO_COUNT)))
    return [*blocks, b.context("report.why", b.mrkdwn_text(t.REPORT_NOBODYS))]


def _parse(values: Values, meta: Meta) -> Parsed:
    where, words, count = values.option("where"), values.text("words"), values.option("count")
    if not words:
        return (FieldError("words", t.REPORT_NO_WORDS),)
    listing = None if where in ("", WHOLE) else ListingId(where)
    return Report(words, listing, None if count in ("", NO_COUNT) else LocationId(count))


REPORT = register(
    Form(
        kind="report",
        callback_id="exception.report",
        prefix="report",
        title=lambda: t.REPORT_TITLE,
        fields=("where", "words", "count"),
        note_field="words",
        submit=lambda prepared: t.REPORT_SUBMIT,
        body=_body,
        parse=_parse,
    )
)
