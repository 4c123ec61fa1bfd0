"""Propose a correction, and decide on one: before, after, value at cost, evidence, and why you are asked."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.cards.state import correction_system, mention, place_name, position_of, subject
from bot.slack.modals.counting import whole
from bot.slack.modals.counting_anyway import decide_on_file
from bot.slack.modals.form import Form, Meta, Parsed, previews, register, to_decide
from bot.slack.modals.freeing import decide_on_release
from bot.slack.modals.speaking import decide_on_vouch
from bot.slack.payloads import Values
from sync.actions.applied import unvalued
from sync.exceptions.standing import ends_at
from sync.inbox.acts import DecideCorrection, FieldError, ProposeCorrection
from sync.inbox.view import CaseView, PositionLine, Prepared
from sync.model.exceptions import Action, ActionKind, ActionState
from sync.model.ids import LocationId
from sync.model.money import known_in
from sync.policy.schema import COUNT_SYSTEM

WIDEST = 34
"""Columns of fixed-width text that a phone shows without wrapping."""


def stated(line: PositionLine) -> int | None:
    """The number a system states at a place."""
    return line.on_hand if line.on_hand is not None else line.available


def _numbers(view: CaseView) -> list[b.Option]:
    """Numbers that can be corrected: stated by a system, not by a person's count."""
    options = []
    for line in view.sku.positions if view.sku else ():
        number = stated(line)
        if number is None or line.system == COUNT_SYSTEM:
            continue
        text = t.CORRECT_OPTION.format(
            system=fmt.plain(line.system_name, 30), place=fmt.plain(line.location_name, 20), units=fmt.units(number)
        )
        options.append(b.Option(text, f"{line.system}|{line.location}|{number}"))
    return options


def _propose_body(prepared: Prepared) -> Sequence[Block]:
    view = prepared.view
    numbers = _numbers(view)
    limit = t.CORRECT_LIMIT.format(limit=fmt.booked(view.limit_money, view.currency))
    causes = [b.Option(name, cause) for cause, name in t.CAUSE_NAMES.items()]
    blocks = previews(prepared, "correction.preview")
    if numbers:
        only = numbers[0].value if len(numbers) == 1 else None
        blocks.append(
            b.field("correction.which", t.CORRECT_WHICH, b.select(numbers, chosen=only, placeholder=t.CHOOSE))
        )
    return [
        *blocks,
        b.field("correction.units", t.CORRECT_UNITS, b.number_input()),
        b.field("correction.cause", t.CORRECT_CAUSE, b.select(causes, placeholder=t.CHOOSE)),
        b.field("correction.reason", t.REASON, b.text_input(multiline=True), hint=t.NOTE_HINT),
        b.context("correction.why", b.mrkdwn_text(limit)),
    ]


def _parse_propose(values: Values, meta: Meta) -> Parsed:
    which, units = values.option("which").split("|"), whole(values.text("units"))
    cause, reason = values.option("cause"), values.text("reason")
    errors = []
    if len(which) != 3:
        errors.append(FieldError("which", t.CORRECT_NO_CHOICE))
    if units is None:
        errors.append(FieldError("units", t.ENTER_WHOLE))
    if not cause:
        errors.append(FieldError("cause", t.CORRECT_NO_CAUSE))
    if not reason:
        errors.append(FieldError("reason", t.CORRECT_NO_REASON))
    if errors or units is None:
        return tuple(errors)
    system, location, shown = which
    return ProposeCorrection(system, LocationId(location), int(shown), units, cause, reason)


PROPOSE = register(
    Form(
        kind="correct",
        callback_id="correction.propose",
        prefix="correction",
        title=lambda: t.CORRECT_TITLE,
        fields=("which", "units", "cause", "reason"),
        note_field="reason",
        submit=lambda prepared: t.CORRECT_SUBMIT,
        body=_propose_body,
        parse=_parse_propose,
    )
)


def _decide_body(prepared: Prepared) -> Sequence[Block]:
    view = prepared.view
    act = to_decide(view.case)
    if act is None:
        return [b.plain_section("correction.what", t.DECIDE_NO_COUNT)]
    if act.kind is ActionKind.OVERRIDE:
        return _override_body(view, act)
    if act.kind is ActionKind.FREE:
        return decide_on_release(view, act, _why_you(view, act))
    if act.kind is ActionKind.VOUCH:
        return decide_on_vouch(view, act, _why_you(view, act))
    if act.kind is ActionKind.FILE:
        return decide_on_file(view, act, _why_you(view, act))
    place, system = place_name(view, act.location), correction_system(view, act)
    what = t.DECIDE_WHAT.format(
        sku=fmt.mrkdwn(subject(view), 60),
        place=fmt.mrkdwn(place, 40),
        by=mention(act.by, act.by_name),
        at=fmt.at(act.at, view.now),
        reason=fmt.mrkdwn(f"{act.reason}: {act.note}" if act.note else act.reason, 200),
    )
    evidence = t.DECIDE_EVIDENCE.format(counts="\n".join(_evidence(view)) or t.DECIDE_NO_COUNT, then=_then(view, act))
    return [
        b.section("correction.what", what),
        b.section("correction.preview", _decide_preview(view, act)),
        b.preformatted("correction.table", _table(view, act)),
        b.section("correction.evidence", evidence),
        b.context("correction.why", b.mrkdwn_text(_why_you(view, act))),
        b.field("correction.decision", t.DECIDE_YOURS, b.radio(_decisions(act, system, place))),
        b.field(
            "correction.reason",
            t.REASON,
            b.text_input(multiline=True),
            optional=True,
            hint=t.DECIDE_REASON_HINT,
        ),
    ]


def _override_body(view: CaseView, act: Action) -> Sequence[Block]:
    system, place = correction_system(view, act), place_name(view, act.location)
    was, to = _figures(act)
    what = t.DECIDE_WHAT.format(
        sku=fmt.mrkdwn(subject(view), 60),
        place=fmt.mrkdwn(place, 40),
        by=mention(act.by, act.by_name),
        at=fmt.at(act.at, view.now),
        reason=fmt.mrkdwn(act.note or act.reason, 200),
    )
    preview = t.DECIDE_OVERRIDE_PREVIEW.format(
        system=fmt.mrkdwn(system, 40),
        to=fmt.units(to),
        delta=t.DECIDE_OVERRIDE_MORE.format(count=fmt.number(to - was)),
        can=fmt.number(was),
        until=fmt.at(ends_at(act), view.now),
        value=fmt.booked(Decimal(act.figure("value") or 0), view.currency),
    )
    about = t.DECIDE_OVERRIDE_ABOUT.format(system=system, to=fmt.number(to))
    options = [
        b.Option(t.DECIDE_APPROVE, "approve", about),
        b.Option(t.DECIDE_REJECT, "reject", t.DECIDE_OVERRIDE_NOTHING),
    ]
    reason = b.text_input(multiline=True)
    return [
        b.section("correction.what", what),
        b.section("correction.preview", preview),
        b.context("correction.why", b.mrkdwn_text(_why_you(view, act))),
        b.field("correction.decision", t.DECIDE_YOURS, b.radio(options)),
        b.field("correction.reason", t.REASON, reason, optional=True, hint=t.DECIDE_REASON_HINT),
    ]


def _figures(act: Action) -> tuple[int, int]:
    return int(act.figure("from") or 0), int(act.figure("to") or 0)


def _each(view: CaseView) -> Decimal | None:
    sku = view.sku.sku if view.sku else None
    return known_in(view.currency, sku.unit_cost, sku.price) if sku else None


def _decide_preview(view: CaseView, act: Action) -> str:
    was, to = _figures(act)
    each, money = _each(view), ""
    if each is not None:
        money = t.DECIDE_VALUE.format(
            was=fmt.booked(each * was, view.currency),
            to=fmt.booked(each * to, view.currency),
            delta=fmt.signed_booked(each * (to - was), view.currency),
        )
    return t.DECIDE_PREVIEW.format(was=fmt.number(was), to=fmt.units(to), delta=fmt.signed(to - was), value=money)


def _table(view: CaseView, act: Action) -> str:
    was, to = _figures(act)
    each = _each(view)
    title = fmt.column(f"{correction_system(view, act)}, {place_name(view, act.location)}", 15)
    rows = [
        (title, t.DECIDE_TABLE_NOW, t.DECIDE_TABLE_AFTER),
        (t.DECIDE_TABLE_ON_HAND, fmt.number(was), fmt.number(to)),
        (t.DECIDE_TABLE_CHANGE, "", fmt.signed(to - was)),
    ]
    if each is not None:
        now, after = fmt.booked(each * was, view.currency), fmt.booked(each * to, view.currency)
        change = fmt.signed_booked(each * (to - was), view.currency).replace(fmt.JOINER, "")
        rows += [(t.DECIDE_TABLE_VALUE, now, after), (t.DECIDE_TABLE_CHANGE, "", change)]
    return "\n".join(columns(row) for row in rows)


def columns(row: tuple[str, str, str]) -> str:
    """One line of at most 34 columns: a name to the left, two numbers to the right."""
    name, left, right = row
    numbers = f"{left:>9} {right:>9}"
    return f"{fmt.column(name, WIDEST - len(numbers))}{numbers}"


def _evidence(view: CaseView) -> list[str]:
    told = []
    for line in view.sku.positions if view.sku else ():
        number = stated(line)
        if number is not None and line.system != COUNT_SYSTEM:
            at = fmt.at(line.as_of, view.now) if line.as_of else t.NOT_KNOWN
            system = fmt.mrkdwn(f"{line.system_name}, {line.location_name}", 60)
            told.append(t.DECIDE_COUNT.format(system=system, units=fmt.units(number), at=at))
    for act in view.case.actions:
        if act.kind is ActionKind.COUNT and act.state is ActionState.DONE:
            units = fmt.units(int(act.figure("units") or 0))
            at = fmt.at(act.decided_at or act.at, view.now)
            told.append(t.DECIDE_COUNT_BLIND.format(units=units, who=mention(act.decided_by, act.decided_name), at=at))
    return told[-8:]


def _then(view: CaseView, act: Action) -> str:
    was, to = _figures(act)
    line = position_of(view, act)
    shape = t.DECIDE_WRITE if line is not None and line.writable else t.DECIDE_TASK
    return shape.format(to=fmt.number(to), system=fmt.mrkdwn(correction_system(view, act), 40), was=fmt.number(was))


def _why_you(view: CaseView, act: Action) -> str:
    if foreign := unvalued(view):
        return t.DECIDE_WHY_NO_RATE.format(currency=foreign, policy=view.policy_version)
    was, to = _figures(act)
    value = Decimal(act.figure("value") or 0).copy_abs() * (-1 if to < was else 1)
    givers = fmt.listed([mention(user) for user in act.contributors]) or mention(act.by, act.by_name)
    return t.DECIDE_WHY.format(
        value=fmt.signed_booked(value, view.currency),
        limit=fmt.booked(view.limit_money, view.currency),
        policy=view.policy_version,
        givers=givers,
    )


def _decisions(act: Action, system: str, place: str) -> list[b.Option]:
    to = fmt.number(_figures(act)[1])
    who = fmt.plain(act.by_name, 30)
    return [
        b.Option(t.DECIDE_APPROVE, "approve", t.DECIDE_APPROVE_ABOUT.format(to=to, system=system, place=place)),
        b.Option(t.DECIDE_REJECT, "reject", t.DECIDE_REJECT_ABOUT.format(who=who)),
        b.Option(t.DECIDE_RECOUNT, "recount", t.DECIDE_RECOUNT_ABOUT),
    ]


def _parse_decide(values: Values, meta: Meta) -> Parsed:
    decision, reason = values.option("decision"), values.text("reason")
    if meta.request is None or decision not in ("approve", "reject", "recount"):
        return (FieldError("decision", t.DECIDE_NO_CHOICE),)
    if decision == "approve":
        return DecideCorrection(meta.request, "approve", reason)
    if not reason:
        return (FieldError("reason", t.DECIDE_NO_REASON),)
    return DecideCorrection(meta.request, "reject" if decision == "reject" else "recount", reason)


DECIDE = register(
    Form(
        kind="decide",
        callback_id="correction.decide",
        prefix="correction",
        title=lambda: t.DECIDE_TITLE,
        fields=("decision", "reason"),
        note_field="reason",
        submit=lambda prepared: t.DECIDE_SUBMIT,
        body=_decide_body,
        parse=_parse_decide,
    )
)
