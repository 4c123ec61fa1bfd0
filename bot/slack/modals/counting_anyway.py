"""Count a held file anyway: what it says beside the last good one, what it would change, and why it is true."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.cards.state import mention
from bot.slack.modals.form import Form, Meta, Parsed, register
from bot.slack.payloads import Values
from sync.inbox.acts import CountAnyway, FieldError
from sync.inbox.view import CaseView, Prepared
from sync.landing.held_file import Change, HeldFile
from sync.model.exceptions import Action

WIDEST = 34
"""Columns of fixed-width text that a phone shows without wrapping."""


def _skus(count: int) -> str:
    return fmt.counted(count, t.SKUS_COUNTED)


def _file_blocks(view: CaseView, held: HeldFile, prefix: str) -> list[Block]:
    """Which file, its figures beside the last good one's, and what it would change."""
    what = t.COUNTFILE_WHAT.format(
        file=fmt.mrkdwn(held.name, 80),
        system=fmt.mrkdwn(view.system_name, 40),
        came=fmt.at(held.received_at, view.now),
        content=fmt.at(held.content_at, view.now),
        why=fmt.sentence(held.why, 300),
    )
    return [
        b.section(f"{prefix}.what", what),
        b.preformatted(f"{prefix}.figures", _table(held)),
        b.section(f"{prefix}.preview", "\n".join([_changes(held.change, view.currency), *_caution(held.change)])),
    ]


def _table(held: HeldFile) -> str:
    last, this = held.last, held.figures
    names = (t.COUNTFILE_ROWS, t.COUNTFILE_ZEROS, t.COUNTFILE_UNITS)
    before = [t.COUNTFILE_NONE] * 3
    if last is not None:
        before = [fmt.number(number) for number in (last.rows, last.zeros, last.total)]
    now = [fmt.number(number) for number in (this.rows, this.zeros, this.total)]
    rows = [("", t.COUNTFILE_LAST, t.COUNTFILE_THIS), *zip(names, before, now, strict=True)]
    return "\n".join(_line(*row) for row in rows)


def _line(name: str, left: str, right: str) -> str:
    numbers = f"{left:>11} {right:>11}"
    return f"{fmt.column(name, WIDEST - len(numbers))}{numbers}"


def _changes(change: Change, currency: str) -> str:
    if not (change.to_zero or change.lowered or change.raised):
        return t.COUNTFILE_NO_CHANGE
    return t.COUNTFILE_CHANGE.format(
        zero=_skus(change.to_zero),
        lowered=fmt.number(change.lowered),
        raised=fmt.number(change.raised),
        less=fmt.units(change.less),
        more=fmt.number(change.more),
        value=fmt.booked(change.value, currency),
    )


def _caution(change: Change) -> list[str]:
    """What the figures do not say by themselves."""
    told = []
    if not change.whole:
        rows = fmt.counted(change.rows, t.ROWS_COUNTED)
        told.append(t.COUNTFILE_ABOUT.format(reckoned=fmt.number(change.reckoned), rows=rows))
    if change.unvalued:
        told.append(t.COUNTFILE_UNVALUED.format(skus=_skus(change.unvalued)))
    if change.unknown:
        told.append(t.COUNTFILE_UNKNOWN.format(rows=fmt.counted(change.unknown, t.ROWS_COUNTED)))
    if change.unnamed:
        told.append(t.COUNTFILE_UNNAMED.format(skus=_skus(change.unnamed)))
    return told


def _body(prepared: Prepared) -> Sequence[Block]:
    view, held = prepared.view, prepared.view.held
    if held is None:
        return [b.plain_section("countfile.what", t.COUNTFILE_GONE)]
    limit = t.COUNTFILE_LIMIT.format(limit=fmt.booked(view.limit_money, view.currency))
    reason = b.text_input(multiline=True)
    return [
        *_file_blocks(view, held, "countfile"),
        b.field("countfile.reason", t.COUNTFILE_REASON, reason, hint=t.COUNTFILE_REASON_HINT),
        b.context("countfile.why", b.mrkdwn_text(limit)),
    ]


def _parse(values: Values, meta: Meta) -> Parsed:
    reason = values.text("reason")
    return CountAnyway(reason) if reason else (FieldError("reason", t.COUNTFILE_NO_REASON),)


COUNT_FILE = register(
    Form(
        kind="countfile",
        callback_id="file.count",
        prefix="countfile",
        title=lambda: t.COUNTFILE_TITLE,
        fields=("reason",),
        note_field="reason",
        submit=lambda prepared: t.COUNTFILE_SUBMIT,
        body=_body,
        parse=_parse,
    )
)


def decide_on_file(view: CaseView, act: Action, why: str) -> Sequence[Block]:
    """What a second person is shown: the same as who asked, and their reason."""
    what = t.DECIDE_FILE_WHAT.format(
        file=fmt.mrkdwn(act.figure("file") or "", 80),
        system=fmt.mrkdwn(view.system_name, 40),
        by=mention(act.by, act.by_name),
        at=fmt.at(act.at, view.now),
        reason=fmt.mrkdwn(act.note, 200),
    )
    held = view.held
    if held is None or str(held.delivery) != act.figure("delivery"):
        return [b.section("correction.what", what), b.plain_section("correction.preview", t.COUNTFILE_GONE)]
    within = Decimal(act.figure("value") or 0) <= view.limit_money
    options = [
        b.Option(t.DECIDE_APPROVE, "approve", t.DECIDE_FILE_ABOUT),
        b.Option(t.DECIDE_REJECT, "reject", t.DECIDE_FILE_NOTHING),
    ]
    reason = b.text_input(multiline=True)
    return [
        b.section("correction.asked", what),
        *_file_blocks(view, held, "correction"),
        b.context("correction.why", b.mrkdwn_text(t.DECIDE_FILE_UNSURE if within else why)),
        b.field("correction.decision", t.DECIDE_YOURS, b.radio(options)),
        b.field("correction.reason", t.REASON, reason, optional=True, hint=t.DECIDE_REASON_HINT),
    ]
