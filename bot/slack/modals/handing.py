"""Hand over to a person or a queue, and snooze."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.modals.form import Form, Meta, Parsed, previews, register
from bot.slack.payloads import Values
from sync.inbox.acts import FieldError, HandOver, Snooze
from sync.inbox.view import CaseView, Colleague, Prepared
from sync.model.ids import QueueId, UserId

SLEEPS = (timedelta(minutes=30), timedelta(hours=1), timedelta(hours=4), timedelta(hours=24))
UNTIL_WORSE = "worse"


def route_of(view: CaseView, route: str) -> QueueId | None:
    """The queue that a routing button leads to; None where it leads nowhere."""
    return {"finance": view.finance, "vendor": view.vendor, "sendback": view.case.home}.get(route)


def _person(one: Colleague, own: QueueId) -> b.Option:
    name, works = fmt.plain(one.name, 30), fmt.counted(one.owns, t.OPEN_EXCEPTIONS)
    shape = t.HAND_PERSON if one.queue == own else t.HAND_PERSON_OF
    return b.Option(shape.format(name=name, queue=fmt.plain(one.queue_name, 20), works=works), one.user)


def _hand_body(prepared: Prepared) -> Sequence[Block]:
    view = prepared.view
    people = [_person(one, view.queue.id) for one in prepared.people]
    queues = [b.Option(fmt.plain(name, 60), queue) for queue, name in view.queues]
    route = route_of(view, dict(prepared.data).get("route", ""))
    blocks = previews(prepared, "handover.preview")
    if people:
        suggested = prepared.people[0]
        hint = t.HAND_SUGGESTED.format(name=fmt.plain(suggested.name, 40))
        who = b.select(people, placeholder=t.CHOOSE)
        blocks.append(b.field("handover.to", t.HAND_TO, who, optional=True, hint="" if route else hint))
    if queues:
        where = b.select(queues, chosen=route, placeholder=t.CHOOSE)
        blocks.append(b.field("handover.queue", t.HAND_QUEUE, where, optional=True, hint=t.HAND_QUEUE_HINT))
    return [*blocks, b.field("handover.reason", t.REASON, b.text_input(multiline=True), hint=t.HAND_REASON_HINT)]


def _parse_hand(values: Values, meta: Meta) -> Parsed:
    to, queue, reason = values.option("to"), values.option("queue"), values.text("reason")
    errors = []
    if not to and not queue:
        errors.append(FieldError("to", t.HAND_NOBODY))
    if not reason:
        errors.append(FieldError("reason", t.HAND_NO_REASON))
    return tuple(errors) or HandOver(UserId(to) if to else None, reason, QueueId(queue) if queue else None)


HAND_OVER = register(
    Form(
        kind="handover",
        callback_id="exception.handover",
        prefix="handover",
        title=lambda: t.HAND_TITLE,
        fields=("to", "queue", "reason"),
        note_field="reason",
        submit=lambda prepared: t.HAND_SUBMIT,
        body=_hand_body,
        parse=_parse_hand,
    )
)


def snooze_options(now: datetime) -> list[b.Option]:
    """Until when something may sleep; the value is seconds since 1970, or UNTIL_WORSE."""
    options = [
        b.Option(t.SNOOZE_OPTION.format(span=fmt.span(one)), str(int((now + one).timestamp()))) for one in SLEEPS
    ]
    return [*options, b.Option(t.SNOOZE_WORSE, UNTIL_WORSE)]


def _snooze_body(prepared: Prepared) -> Sequence[Block]:
    options = snooze_options(prepared.view.now)
    return [
        *previews(prepared, "snooze.preview"),
        b.field("snooze.until", t.SNOOZE_UNTIL, b.select(options, placeholder=t.CHOOSE)),
        b.field("snooze.reason", t.SNOOZE_WHY, b.text_input(multiline=True), hint=t.NOTE_HINT),
    ]


def _parse_snooze(values: Values, meta: Meta) -> Parsed:
    until, reason = values.option("until"), values.text("reason")
    errors = []
    if until != UNTIL_WORSE and not until.isdigit():
        errors.append(FieldError("until", t.SNOOZE_NO_TIME))
    if not reason:
        errors.append(FieldError("reason", t.SNOOZE_NO_REASON))
    if errors:
        return tuple(errors)
    return Snooze(None if until == UNTIL_WORSE else datetime.fromtimestamp(int(until), UTC), reason)


SNOOZE = register(
    Form(
        kind="snooze",
        callback_id="exception.snooze",
        prefix="snooze",
        title=lambda: t.SNOOZE_TITLE,
        fields=("until", "reason"),
        note_field="reason",
        submit=lambda prepared: t.SNOOZE_SUBMIT,
        body=_snooze_body,
        parse=_parse_snooze,
    )
)
