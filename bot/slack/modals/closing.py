"""Add a note, name the cause of what was repaired, and close an exception by a person with its outcome."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.cards.state import own_listing, shows
from bot.slack.modals.form import Form, Meta, Parsed, previews, register
from bot.slack.payloads import Values
from sync.exceptions.lifecycle import UNKNOWN
from sync.inbox.acts import AddNote, Close, FieldError, NameCause, Reopen
from sync.inbox.view import Prepared


def _note_body(prepared: Prepared) -> Sequence[Block]:
    typed = dict(prepared.data).get("typed", "")
    preview = t.NOTE_PREVIEW.format(name=prepared.view.case.name)
    return [
        b.plain_section("note.preview", preview),
        b.field("note.text", t.NOTE, b.text_input(multiline=True, initial=typed, most=1_000)),
    ]


def _parse_note(values: Values, meta: Meta) -> Parsed:
    text = values.text("text")
    return AddNote(text) if text else (FieldError("text", t.NOTE_EMPTY),)


NOTE = register(
    Form(
        kind="note",
        callback_id="exception.note",
        prefix="note",
        title=lambda: t.NOTE_TITLE,
        fields=("text",),
        note_field="text",
        submit=lambda prepared: t.NOTE_SUBMIT,
        body=_note_body,
        parse=_parse_note,
    )
)


def _close_body(prepared: Prepared) -> Sequence[Block]:
    view = prepared.view
    line = own_listing(view)
    rest = t.CLOSE_STAYS_PLAIN
    if line is not None:
        rest = t.CLOSE_STAYS.format(
            delta=fmt.signed_units(view.case.delta),
            system=fmt.mrkdwn(line.system_name, 40),
            shows=fmt.mrkdwn(shows(line), 40),
        )
    options = [b.Option(text, outcome) for outcome, text in t.OUTCOMES.items()]
    return [
        b.section("close.preview", t.CLOSE_PREVIEW.format(name=view.case.name, rest=rest)),
        b.field("close.outcome", t.CLOSE_OUTCOME, b.select(options, placeholder=t.CHOOSE)),
        b.field(
            "close.reason", t.REASON, b.text_input(multiline=True), optional=not view.note_required, hint=t.NOTE_HINT
        ),
    ]


def _parse_close(values: Values, meta: Meta) -> Parsed:
    outcome, reason = values.option("outcome"), values.text("reason")
    if not outcome:
        return (FieldError("outcome", t.CLOSE_NO_OUTCOME),)
    if not reason and outcome == "false_alarm":
        return (FieldError("reason", t.CLOSE_FALSE_ALARM),)
    return Close(outcome, reason)


CLOSE = register(
    Form(
        kind="close",
        callback_id="exception.close",
        prefix="close",
        title=lambda: t.CLOSE_TITLE,
        fields=("outcome", "reason"),
        note_field="reason",
        submit=lambda prepared: t.CLOSE_SUBMIT,
        body=_close_body,
        parse=_parse_close,
    )
)


def _reopen_body(prepared: Prepared) -> Sequence[Block]:
    reason = b.field("reopen.reason", t.REASON, b.text_input(multiline=True), hint=t.NOTE_HINT)
    return [*previews(prepared, "reopen.preview"), reason]


def _parse_reopen(values: Values, meta: Meta) -> Parsed:
    reason = values.text("reason")
    return Reopen(reason) if reason else (FieldError("reason", t.HOLD_NO_REASON),)


REOPEN = register(
    Form(
        kind="reopen",
        callback_id="exception.reopen",
        prefix="reopen",
        title=lambda: t.REOPEN_TITLE,
        fields=("reason",),
        note_field="reason",
        submit=lambda prepared: t.REOPEN_SUBMIT,
        body=_reopen_body,
        parse=_parse_reopen,
    )
)


def _cause_body(prepared: Prepared) -> Sequence[Block]:
    case = prepared.view.case
    shape = t.CAUSE_PREVIEW if case.lacks == "cause" else t.CAUSE_PREVIEW_AGAIN
    causes = [b.Option(name, cause) for cause, name in t.CAUSE_NAMES.items() if cause != UNKNOWN]
    note = b.text_input(multiline=True)
    return [
        b.section("cause.preview", shape.format(name=case.name, nth=fmt.ordinal(case.recurrences))),
        b.field("cause.cause", t.CORRECT_CAUSE, b.select(causes, placeholder=t.CHOOSE)),
        b.field("cause.note", t.CAUSE_NOTE, note, optional=not prepared.view.note_required, hint=t.NOTE_HINT),
    ]


def _parse_cause(values: Values, meta: Meta) -> Parsed:
    chosen = values.option("cause")
    return NameCause(chosen, values.text("note")) if chosen else (FieldError("cause", t.CAUSE_NONE),)


CAUSE = register(
    Form(
        kind="cause",
        callback_id="exception.cause",
        prefix="cause",
        title=lambda: t.CAUSE_TITLE,
        fields=("cause", "note"),
        note_field="note",
        submit=lambda prepared: t.CAUSE_SUBMIT,
        body=_cause_body,
        parse=_parse_cause,
    )
)
