"""The form of an act on many: which ones, what to do, and what that act needs; and what is shown before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Literal

from pydantic import BaseModel

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.bulk.words import items, quoted, would
from bot.slack.lists import what_plain
from bot.slack.modals.handing import UNTIL_WORSE, snooze_options
from bot.slack.payloads import Values
from sync.bulk.bulk import Asked, Bulk, Deed
from sync.model.exceptions import Case
from sync.model.ids import ExceptionId, parse_exception_name
from sync.policy.schema import Policy

STORM, LIST, CONFIRM, DECIDE = "storm.act", "bulk.act", "bulk.confirm", "bulk.decide"
"""Callback ids: the form of a storm, that of a list, what is shown before it is sent, and the second person's decision."""
PREFIX = "bulk"
MOST_CHOSEN = 100
Who = Literal["at_risk", "above", "all", "chosen"]


class About(BaseModel):
    """``private_metadata`` of the form: the storm's name, or the words that narrow a list; how many there were, and how many of
    them at risk."""

    storm: str = ""
    words: str = ""
    count: int
    exposed: int = 0


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it was sent: which ones, above which amount or which by name, and what to do."""

    who: Who
    above: Decimal | None
    chosen: tuple[ExceptionId, ...]
    asked: Asked


def form(about: About, head: str, worst: Sequence[Case], policy: Policy, now: datetime, values: Values | None) -> Block:
    """The form. ``worst`` are those that can be chosen by name; ``values`` what has been chosen so far, which says what else
    is asked."""
    who, deed = (values.option("who"), values.option("deed")) if values is not None else ("", "")
    blocks = [b.section("bulk.about", head), b.field("bulk.who", t.BULK_WHO, b.radio(_whom(about)), dispatch=True)]
    if who == "above":
        hint = t.BULK_ABOVE_HINT.format(currency=policy.currency)
        blocks.append(b.field("bulk.above", t.BULK_ABOVE_FIELD, b.text_input(most=20), hint=hint))
    if who == "chosen" and worst:
        hint = t.BULK_CHOSEN_HINT.format(count=fmt.number(min(len(worst), MOST_CHOSEN)))
        options = [_option(policy, case) for case in worst[:MOST_CHOSEN]]
        blocks.append(b.field("bulk.chosen", t.BULK_CHOSEN_FIELD, b.multi_select(options), hint=hint))
    deeds = [b.Option(text, name) for name, text in t.BULK_DEEDS.items()]
    blocks.append(b.field("bulk.deed", t.BULK_WHAT, b.select(deeds, placeholder=t.CHOOSE), dispatch=True))
    blocks += _needs(deed, now)
    box = b.checkboxes([b.Option(t.BULK_OWNED_BOX, "owned")], [])
    blocks.append(b.field("bulk.owned", t.BULK_OWNED, box, optional=True))
    return b.modal(
        STORM if about.storm else LIST,
        t.BULK_TITLE,
        blocks,
        submit=t.BULK_LOOK,
        close=t.NOT_NOW,
        private_metadata=about.model_dump_json(),
    )


def _whom(about: About) -> list[b.Option]:
    risky = [b.Option(t.BULK_AT_RISK.format(count=fmt.number(about.exposed)), "at_risk")] if about.exposed else []
    above = [b.Option(t.BULK_ABOVE, "above")] if about.exposed else []
    return [
        *risky,
        *above,
        b.Option(t.BULK_ALL.format(count=fmt.number(about.count)), "all"),
        b.Option(t.BULK_CHOSEN, "chosen"),
    ]


def _option(policy: Policy, case: Case) -> b.Option:
    risk = case.risk_now
    told = f", {fmt.estimate(risk.amount, risk.currency)}" if risk.amount else ""
    shape = t.BULK_CHOSEN_OPTION
    return b.Option(shape.format(name=case.name, what=fmt.plain(what_plain(policy, case), 40), risk=told), case.name)


def _needs(deed: str, now: datetime) -> list[Block]:
    """What an act asks beside the list."""
    why = b.field("bulk.note", t.REASON, b.text_input(multiline=True), hint=t.NOTE_HINT)
    match deed:
        case "pause":
            reasons = [b.Option(text, reason) for reason, text in t.PAUSE_WHYS.items()]
            note = b.field("bulk.note", t.NOTE, b.text_input(multiline=True), optional=True, hint=t.NOTE_HINT)
            return [b.field("bulk.reason", t.PAUSE_WHY, b.select(reasons, placeholder=t.CHOOSE)), note]
        case "cap":
            return [b.field("bulk.units", t.CAP_UNITS, b.number_input(), hint=t.CAP_UNITS_HINT), why]
        case "snooze":
            until = b.select(snooze_options(now), placeholder=t.CHOOSE)
            return [b.field("bulk.until", t.SNOOZE_UNTIL, until), why]
        case "close":
            options = [b.Option(text, outcome) for outcome, text in t.OUTCOMES.items()]
            return [b.field("bulk.outcome", t.CLOSE_OUTCOME, b.select(options, placeholder=t.CHOOSE)), why]
        case "take" | "":
            return []
        case _:
            return [why]


def read(values: Values) -> Filled | dict[str, str]:
    """What was filled in, or the errors by block id."""
    who, deed, note = values.option("who"), values.option("deed"), values.text("note")
    errors: dict[str, str] = {}
    if not who:
        errors["bulk.who"] = t.BULK_NO_WHO
    if not deed:
        errors["bulk.deed"] = t.BULK_NO_DEED
    above = _amount(values.text("above")) if who == "above" else None
    if who == "above" and above is None:
        errors["bulk.above"] = t.BULK_NO_AMOUNT
    chosen = tuple(parse_exception_name(one) for one in values.options("chosen")) if who == "chosen" else ()
    if who == "chosen" and not chosen:
        errors["bulk.chosen"] = t.BULK_NO_CHOSEN
    errors |= _lacking(values, deed, note)
    if errors or not deed:
        return errors
    until = values.option("until")
    asked = Asked(
        Deed(deed),
        note=note,
        reason=values.option("reason") if deed == "pause" else "",
        units=int(values.text("units") or 0) if deed == "cap" else 0,
        until=datetime.fromtimestamp(int(until), UTC) if deed == "snooze" and until.isdigit() else None,
        outcome=values.option("outcome") if deed == "close" else "",
        owned="owned" in values.options("owned"),
    )
    whom: Who = "at_risk" if who == "at_risk" else "above" if who == "above" else "all" if who == "all" else "chosen"
    return Filled(whom, above, chosen, asked)


def _lacking(values: Values, deed: str, note: str) -> dict[str, str]:
    errors: dict[str, str] = {}
    if deed == "pause" and not values.option("reason"):
        errors["bulk.reason"] = t.PAUSE_NO_REASON
    if deed == "pause" and values.option("reason") == "other" and not note:
        errors["bulk.note"] = t.PAUSE_NO_NOTE
    if deed == "cap" and not values.text("units").isdigit():
        errors["bulk.units"] = t.ENTER_WHOLE
    if deed == "snooze" and values.option("until") != UNTIL_WORSE and not values.option("until").isdigit():
        errors["bulk.until"] = t.SNOOZE_NO_TIME
    if deed == "close" and not values.option("outcome"):
        errors["bulk.outcome"] = t.CLOSE_NO_OUTCOME
    if deed not in ("", "take", "pause") and not note:
        errors["bulk.note"] = t.PAUSE_NO_NOTE
    return errors


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text.strip().lstrip("$€£").replace(",", ""))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount >= 0 else None


def confirm(bulk: Bulk, policy: Policy, deciders: str, notice: str = "") -> Block:
    """What the act would do, with its list frozen. ``deciders`` are who would be asked; ``notice`` stands on top."""
    count = fmt.number(bulk.figures.items)
    top = [b.section("bulk.notice", f":warning: {fmt.sentence(notice, 300)}")] if notice else []
    lines = [would(bulk, policy.currency), quoted(bulk)]
    if bulk.second:
        lines.append(t.BULK_SECOND.format(above=fmt.number(policy.bulk.second_person_above), who=deciders))
    shape = t.BULK_SUBMIT_ASK if bulk.second else t.BULK_SUBMIT[bulk.asked.deed.value]
    return b.modal(
        CONFIRM,
        t.BULK_TITLE,
        [
            *top,
            b.section("bulk.preview", "\n".join(line for line in lines if line)),
            b.actions("bulk.list", [show_button(bulk)]),
            b.context("bulk.frozen", b.mrkdwn_text(t.BULK_FROZEN)),
        ],
        submit=shape.format(count=count),
        close=t.NOT_NOW,
        private_metadata=bulk.name,
    )


def show_button(bulk: Bulk) -> Block:
    """Opens the frozen list."""
    label = t.BULK_SHOW_LABEL.format(name=bulk.name)
    return b.button("bulk.list.show", t.BULK_SHOW, f"{bulk.name}:{bulk.version}", label=label)


def decision(bulk: Bulk, same: int, policy: Policy) -> Block:
    """The second person's form; nothing is chosen in it."""
    count = fmt.number(bulk.figures.items)
    state = t.BULK_ASK_STATE.format(
        at=fmt.at(bulk.frozen_at, bulk.frozen_at),
        until=fmt.at(bulk.until, bulk.frozen_at),
        by=fmt.mrkdwn(bulk.actor_name, 40),
    )
    lines = [would(bulk, policy.currency), quoted(bulk)]
    lines.append(t.BULK_DECIDE_STILL.format(same=fmt.number(same), count=count))
    who = fmt.plain(bulk.actor_name, 30)
    options = [
        b.Option(t.DECIDE_APPROVE, "approve", t.BULK_DECIDE_APPROVE_ABOUT),
        b.Option(t.DECIDE_REJECT, "reject", t.BULK_DECIDE_REJECT_ABOUT.format(who=who)),
    ]
    reason = b.text_input(multiline=True)
    return b.modal(
        DECIDE,
        t.BULK_DECIDE_TITLE,
        [
            b.section("bulk.state", state),
            b.section("bulk.preview", "\n".join(line for line in lines if line)),
            b.actions("bulk.list", [show_button(bulk)]),
            b.field("bulk.decision", t.DECIDE_YOURS, b.radio(options)),
            b.field("bulk.reason", t.REASON, reason, optional=True, hint=t.BULK_DECIDE_HINT),
        ],
        submit=t.DECIDE_SUBMIT,
        close=t.NOT_NOW,
        private_metadata=bulk.name,
    )


def nothing(bulk: Bulk, policy: Policy) -> str:
    """Why nothing would be done."""
    left = would(bulk, policy.currency).partition("*")[2]
    return t.BULK_NOTHING + (f" *{left}" if left else "")


def head_of_list(about: About) -> str:
    """What a list's form is about."""
    words = fmt.mrkdwn(about.words, 120) or t.BULK_EVERYTHING
    return t.BULK_ABOUT_LIST.format(count=items(about.count), words=words)
