"""A number that somebody set in the shop: ask why, give the reason, or publish over it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.cards.state import subject
from bot.slack.modals.form import Form, Meta, Parsed, previews, register
from bot.slack.payloads import Values
from sync.actions.publishing import hidden_line
from sync.inbox.acts import AskReason, FieldError, GiveReason, PublishOver
from sync.inbox.view import Prepared
from sync.model.ids import UserId


def _ask_body(prepared: Prepared) -> Sequence[Block]:
    view = prepared.view
    evidence = view.case.evidence
    text = t.ASKREASON_TEXT.format(
        shows=fmt.clean(evidence.shows_text) if evidence.shows is None else fmt.number(evidence.shows),
        sku=subject(view),
        system=fmt.clean(view.system_name),
        can=t.NOT_KNOWN if evidence.can_sell is None else fmt.number(evidence.can_sell),
    )
    whom = b.field("askreason.whom", t.ASKREASON_WHOM, b.user_select(None), optional=True, hint=t.ASKREASON_WHOM_HINT)
    return [
        *previews(prepared, "askreason.preview"),
        whom,
        b.field("askreason.text", t.ASKREASON_FIELD, b.text_input(multiline=True, initial=text), hint=t.NOTE_HINT),
    ]


def _parse_ask(values: Values, meta: Meta) -> Parsed:
    text = values.text("text")
    return AskReason(text, values.user("whom")) if text else (FieldError("text", t.ASKREASON_NO_TEXT),)


ASK_REASON = register(
    Form(
        kind="askreason",
        callback_id="override.askreason",
        prefix="askreason",
        title=lambda: t.ASKREASON_TITLE,
        fields=("whom", "text"),
        note_field="text",
        submit=lambda prepared: t.ASKREASON_SUBMIT,
        body=_ask_body,
        parse=_parse_ask,
    )
)


def _give_body(prepared: Prepared) -> Sequence[Block]:
    people = [
        b.Option(fmt.plain(one.name, 60), one.user) for one in prepared.people if one.queue == prepared.view.queue.id
    ]
    blocks = [
        *previews(prepared, "givereason.preview"),
        b.field("givereason.reason", t.REASON, b.text_input(multiline=True), hint=t.NOTE_HINT),
    ]
    if people:
        chosen = b.select(people, placeholder=t.CHOOSE)
        blocks.append(
            b.field("givereason.owner", t.GIVEREASON_OWNER, chosen, optional=True, hint=t.GIVEREASON_OWNER_HINT)
        )
    return blocks


def _parse_give(values: Values, meta: Meta) -> Parsed:
    reason, owner = values.text("reason"), values.option("owner")
    if not reason:
        return (FieldError("reason", t.GIVEREASON_NONE),)
    return GiveReason(reason, UserId(owner) if owner else None)


GIVE_REASON = register(
    Form(
        kind="givereason",
        callback_id="override.givereason",
        prefix="givereason",
        title=lambda: t.GIVEREASON_TITLE,
        fields=("reason", "owner"),
        note_field="reason",
        submit=lambda prepared: t.GIVEREASON_SUBMIT,
        body=_give_body,
        parse=_parse_give,
    )
)


def _publish_body(prepared: Prepared) -> Sequence[Block]:
    return [
        *previews(prepared, "publish.preview"),
        b.field("publish.reason", t.REASON, b.text_input(multiline=True), hint=t.NOTE_HINT),
        b.context("publish.why", b.mrkdwn_text(t.PUBLISH_WHY)),
    ]


def _publish_submit(prepared: Prepared) -> str:
    line = hidden_line(prepared.view)
    if line is None or line.may_show is None:
        return t.PUBLISH_SUBMIT_NONE
    return t.PUBLISH_SUBMIT.format(units=fmt.number(line.may_show))


def _parse_publish(values: Values, meta: Meta) -> Parsed:
    reason = values.text("reason")
    return PublishOver(reason) if reason else (FieldError("reason", t.GIVEREASON_NONE),)


PUBLISH = register(
    Form(
        kind="publish",
        callback_id="override.publish",
        prefix="publish",
        title=lambda: t.PUBLISH_TITLE,
        fields=("reason",),
        note_field="reason",
        submit=_publish_submit,
        body=_publish_body,
        parse=_parse_publish,
    )
)
