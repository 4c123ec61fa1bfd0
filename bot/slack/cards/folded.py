"""Cards that have ended, and cards that a newer one replaced: folded small, with id, outcome and final state."""

from __future__ import annotations

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Message
from bot.slack.cards.buttons import act_button
from bot.slack.cards.state import (
    CardState,
    correction_system,
    mention,
    own_listing,
    place_name,
    read_back,
    shows,
    subject,
)
from sync.inbox.view import CaseView
from sync.model.exceptions import ActionKind, ActionState


def render_folded(view: CaseView, state: CardState) -> Message:
    """A card that was resolved by a person or cleared by itself."""
    case = view.case
    took = fmt.span((case.ended_at or view.now) - case.opened_at)
    if state is CardState.RESOLVED:
        who = mention(case.ended_by, case.ended_name)
        head = t.FOLD_RESOLVED.format(mark=t.MARK_RESOLVED, who=who, span=took, what=final_state(view))
    else:
        head = t.FOLD_CLEARED.format(mark=t.MARK_CLEARED, span=took, what=final_state(view))
    lines = [head, *_written(view)]
    if case.note and state is CardState.RESOLVED:
        lines.append(f"> {fmt.mrkdwn(case.note, 200)}")
    text = "\n".join(lines)
    foot = t.FOOT_ENDED.format(name=case.name, outcome=fmt.mrkdwn(case.outcome, 40))
    version = f"v{case.version}"
    last = b.context(f"card.foot.{version}", b.mrkdwn_text(foot))
    blocks: tuple[b.Block, ...] = (b.section(f"card.state.{version}", text, act_button(view, "proof")), last)
    if state is CardState.RESOLVED:
        buttons = [act_button(view, "proof"), act_button(view, "reopen")]
        blocks = (b.section(f"card.state.{version}", text), b.actions(f"card.actions.{version}", buttons), last)
    words = fmt.bare(head).replace(f"<@{case.ended_by}>", fmt.mrkdwn(case.ended_name, 40))
    return Message(f"{words} {case.name}.", blocks, "card", case.name, case.version)


def final_state(view: CaseView) -> str:
    """What customers see now, with the time of the reading."""
    line = own_listing(view)
    if line is None:
        return f"{fmt.mrkdwn(subject(view), 60)}."
    system = fmt.mrkdwn(line.system_name, 40)
    return t.FOLD_SHOWS.format(
        sku=fmt.mrkdwn(subject(view), 60), system=system, shows=shows(line), read=read_back(line, view.now)
    )


def _written(view: CaseView) -> list[str]:
    told = []
    for act in view.case.actions:
        if act.kind is not ActionKind.CORRECTION or act.state is not ActionState.SEEN:
            continue
        told.append(
            t.FOLD_WRITTEN.format(
                system=fmt.mrkdwn(correction_system(view, act), 40),
                place=fmt.mrkdwn(place_name(view, act.location), 40),
                was=act.figure("from") or t.NOT_KNOWN,
                to=act.figure("to") or t.NOT_KNOWN,
                who=mention(act.decided_by, act.decided_name),
            )
        )
    return told


def render_superseded(view: CaseView, link: str | None) -> Message:
    """The older card of an exception that opened again or went to another queue: it leads to the newer one."""
    card = t.FOLD_AGAIN_CARD.format(link=link) if link else t.FOLD_AGAIN_BELOW
    shape, mark = (t.FOLD_MOVED, t.MARK_MOVED) if view.case.moves else (t.FOLD_AGAIN, t.MARK_AGAIN)
    queue = fmt.mrkdwn(view.queue.name, 40)
    text = shape.format(mark=mark, card=card, queue=queue)
    version = f"v{view.case.version}"
    blocks = (
        b.section(f"card.state.{version}", f"{text}\n{fmt.mrkdwn(subject(view), 60)}"),
        b.context(f"card.foot.{version}", b.mrkdwn_text(view.case.name)),
    )
    words = fmt.bare(shape.format(mark="", card=t.FOLD_AGAIN_BELOW, queue=queue)).strip()
    return Message(
        f"{words}: {fmt.mrkdwn(subject(view), 60)}. {view.case.name}.",
        blocks,
        "card",
        view.case.name,
        view.case.version,
    )
