"""The final proof card of the thread: before and after, who did what, and the final state as read back."""

from __future__ import annotations

from decimal import Decimal

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Message
from bot.slack.cards.buttons import act_button
from bot.slack.cards.state import mention, own_listing, position_of, product_title, shows, subject
from sync.inbox.view import CaseView
from sync.model.exceptions import Action, ActionKind, ActionState, ExceptionClass, Life
from sync.model.ids import UserId
from sync.recovery import recovery

OPENINGS = frozenset({"opened", "reopened"})


def render_proof(view: CaseView) -> Message:
    """What happened from trigger to final customer-facing state. Needs the view's history."""
    case, version = view.case, f"v{view.case.version}"
    state = _state(view)
    head = [b.mrkdwn_text(state)]
    if product_title(view):
        head.append(b.plain_text(product_title(view), 150))
    title = _title(view)
    read = _read_back(view)
    blocks = [b.header(f"proof.title.{version}", title), b.context(f"proof.state.{version}", *head)]
    rows = _rows(view)
    if len(rows) > 1:
        blocks.append(b.table(f"proof.table.{version}", rows))
    blocks += [
        b.section(f"proof.story.{version}", "\n".join([*_story(view), read])),
        b.actions(f"proof.actions.{version}", _buttons(view)),
        b.context(f"proof.foot.{version}", *(b.mrkdwn_text(text) for text in _foot(view))),
    ]
    words = fmt.bare(state)
    numbers = "; ".join(f"{name} {before} → {after}" for name, before, after in rows[1:4])
    text = f"{words}. {fmt.inert(title)}. {fmt.inert(numbers)}. {fmt.bare(read)}. {case.name}."
    return Message(text, tuple(blocks), "proof", case.name, case.version)


def _buttons(view: CaseView) -> list[b.Block]:
    """The record as a file, how to check it without us, and the way back for what a person ended."""
    buttons = [act_button(view, "export"), act_button(view, "verify")]
    return [*buttons, act_button(view, "reopen")] if view.case.life is Life.RESOLVED else buttons


def _named(user: UserId | None, name: str) -> str:
    """Somebody by name: a record notifies nobody."""
    return fmt.mrkdwn(name, 40) if name else mention(user)


def _title(view: CaseView) -> str:
    if view.case.fingerprint.cls is ExceptionClass.EXPOSURE_MISMATCH and view.case.outcome in ("fixed", ""):
        return t.PROOF_TITLE_RIGHT.format(sku=subject(view), system=fmt.plain(view.system_name, 40))
    return t.PROOF_TITLE.format(what=subject(view))


def _state(view: CaseView) -> str:
    case = view.case
    ended = case.ended_at or view.now
    took, at = fmt.span(ended - case.opened_at), fmt.at(ended, view.now)
    if case.life is Life.CLEARED:
        return t.PROOF_STATE_CLEARED.format(mark=t.MARK_CLEARED, at=at, span=took)
    who = _named(case.ended_by, case.ended_name)
    outcome = fmt.mrkdwn(case.outcome, 40)
    return t.PROOF_STATE.format(mark=t.MARK_RESOLVED, who=who, at=at, span=took, outcome=outcome)


def _opening(view: CaseView) -> dict[str, str]:
    """The figures of the entry with which this life of the case began."""
    for chained in reversed(view.history):
        if chained.entry.kind in OPENINGS:
            return dict(chained.entry.figures)
    return {}


def _rows(view: CaseView) -> list[list[str]]:
    rows = [[t.PROOF_UNITS, t.PROOF_BEFORE, t.PROOF_AFTER]]
    opening, line = _opening(view), own_listing(view)
    if line is not None:
        name = t.PROOF_ROW_SHOWS.format(system=fmt.plain(line.system_name, 40))
        rows.append([name, opening.get("shows") or t.NOT_KNOWN, shows(line)])
        can = t.NOT_KNOWN if line.can_sell is None else fmt.number(line.can_sell)
        rows.append([t.PROOF_ROW_CAN, opening.get("can_sell") or t.NOT_KNOWN, can])
    corrected = {
        (act.figure("system"), act.location): act
        for act in view.case.actions
        if act.kind is ActionKind.CORRECTION and act.state is ActionState.SEEN
    }
    for position in view.sku.positions if view.sku else ():
        value = position.on_hand if position.on_hand is not None else position.available
        if value is None:
            continue
        act = corrected.get((position.system, position.location))
        before = (act.figure("from") or "") if act else fmt.number(value)
        rows.append([fmt.plain(f"{position.system_name} {position.location_name}", 60), before, fmt.number(value)])
    return rows[:12]


def _story(view: CaseView) -> list[str]:
    case, now = view.case, view.now
    evidence = case.evidence
    event = t.PROOF_EVENT.format(event=fmt.code(evidence.event)) if evidence.event else ""
    at = f"{fmt.at(evidence.event_at, now)}: " if evidence.event_at else ""
    happened = recovery(view.history)
    lines = [t.PROOF_TRIGGER.format(text=f"{at}{fmt.sentence(evidence.changed, 600)}", event=event)]
    if case.owner is not None:
        owner = _named(case.owner, case.owner_name)
        lines.append(t.PROOF_OWNER.format(who=owner, at=fmt.at(case.owned_at or case.opened_at, now)))
    else:
        lines.append(t.PROOF_NOBODY)
    acts = [told for act in case.actions if (told := _act(view, act))]
    if acts:
        lines.append(t.PROOF_ACTIONS.format(what=" · ".join(acts)))
    if happened.approved:
        lines.append(t.PROOF_APPROVED.format(text=fmt.sentence(" ".join(happened.approved), 300)))
    if happened.channel:
        lines.append(t.PROOF_CHANNEL.format(text=fmt.sentence(" ".join(happened.channel), 900)))
    if happened.cause:
        lines.append(t.PROOF_CAUSE.format(cause=fmt.mrkdwn(happened.cause, 40)))
    if case.note:
        lines.append(t.PROOF_NOTE.format(text=fmt.mrkdwn(case.note, 500)))
    return lines


def _act(view: CaseView, act: Action) -> str:
    """One act in a few words; refused and failed acts are told by the thread."""
    if act.state in (ActionState.REFUSED, ActionState.FAILED, ActionState.ASKED):
        return ""
    if act.kind is ActionKind.COUNT and act.state is ActionState.WANTED:
        return ""
    was, to = int(act.figure("from") or 0), int(act.figure("to") or 0)
    value = Decimal(act.figure("value") or 0).copy_abs() * (-1 if to < was else 1)
    decided = t.PROOF_DECIDED.format(
        at=fmt.at(act.decided_at or act.at, view.now), who=_named(act.decided_by, act.decided_name)
    )
    by = _named(act.by, act.by_name)
    at = act.at
    if act.kind is ActionKind.COUNT:
        by, at = _named(act.decided_by, act.decided_name), act.decided_at or act.at
    line = position_of(view, act)
    where = f" {fmt.mrkdwn(line.system_name, 40)}" if line and act.kind is ActionKind.CORRECTION else ""
    told = t.PROOF_ACT[act.kind].format(
        at=fmt.at(at, view.now),
        who=by,
        units=fmt.units(int(act.figure("units") or 0)),
        delta=fmt.signed_units(to - was),
        value=fmt.signed_booked(value, view.currency),
        decided=decided,
    )
    return told.replace("corrected", f"corrected{where}", 1) if where else told


def _read_back(view: CaseView) -> str:
    line = own_listing(view)
    if line is None:
        return t.PROOF_READ_NONE.format(why=t.PROOF_NO_CHANNEL)
    system = fmt.mrkdwn(line.system_name, 40)
    if line.read_at is None:
        return t.PROOF_READ_NONE.format(why=t.PROOF_NEVER_READ.format(system=system))
    live = t.PROOF_OFF if line.live is False else t.PROOF_LIVE
    return t.PROOF_READ.format(at=fmt.at(line.read_at, view.now), system=system, live=live, shows=shows(line))


def _foot(view: CaseView) -> list[str]:
    case = view.case
    ended = case.ended_at or view.now
    owner = ""
    if case.owned_at is not None:
        limit = t.PROOF_LIMIT.format(span=fmt.span(case.assign_by - case.opened_at)) if case.assign_by else ""
        owner = t.PROOF_FOOT_OWNER.format(span=fmt.span(case.owned_at - case.opened_at), limit=limit)
    limit = t.PROOF_LIMIT.format(span=fmt.span(case.resolve_by - case.opened_at)) if case.resolve_by else ""
    foot = [t.PROOF_FOOT.format(name=case.name, owner=owner, fixed=fmt.span(ended - case.opened_at), limit=limit)]
    if view.history:
        entries = fmt.counted(len(view.history), t.ENTRIES)
        foot.append(t.PROOF_CHAIN.format(entries=entries, hash=view.history[-1].hash[:8]))
    return foot
