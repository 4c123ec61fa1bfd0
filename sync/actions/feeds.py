"""Asking for a silent source's content: whom policy names, in Slack or by hand, and who asked already."""

from __future__ import annotations

from datetime import datetime, timedelta

from sync.actions.applied import Applied, Setting, bumped, clock_time, done_at_once, owning, span
from sync.errors import AlreadyHandled, BadInput, ReasonRequired
from sync.inbox.acts import Actor, AskFeed
from sync.inbox.view import CaseView
from sync.model.exceptions import Action, ActionKind, Case
from sync.model.proof import Entry
from sync.sentences import one_stop

FEED = "feed"
"""The reason of an act that asked for a source's content."""
ASKED_AGAIN = timedelta(hours=1)
"""Between two requests for one silence: nobody outside is asked twice by two of us."""


def asked_for_feed(case: Case) -> Action | None:
    """The newest request for the content that is still missing; None: nobody asked, or newer content came since."""
    act = case.newest(ActionKind.ASK)
    if act is None or act.reason != FEED:
        return None
    last = case.evidence.event_at
    return act if last is None or act.at > last else None


def preview_ask(view: CaseView) -> tuple[str, ...]:
    """Since when nothing newer came, and who asked already."""
    feed = view.feed
    if feed is None:
        return ("This exception is not about a silent source.",)
    lines = [f"The newest content of {view.system_name} is of {_moment(view.case.evidence.event_at)}."]
    before = asked_for_feed(view.case)
    if before is not None:
        lines.append(
            f"{before.by_name} asked {before.figure('whom')} at {_moment(before.at)}, and nothing newer has come yet."
        )
    return tuple(lines)


def ask_for_feed(view: CaseView, act: AskFeed, actor: Actor, setting: Setting) -> Applied:
    """Ask policy's contact directly, or keep who was asked by hand. Whoever asks owns it.

    Raises ReasonRequired (no text), BadInput (nobody to ask), AlreadyHandled (somebody asked within ASKED_AGAIN).
    """
    feed, text, by_hand = view.feed, act.text.strip(), act.whom.strip()
    if feed is None:
        raise BadInput("This exception is not about a silent source; nothing is missing that could be asked for.")
    if not text:
        raise ReasonRequired("Write what you ask for.")
    whom = by_hand or (feed.contact if feed.user is not None else "")
    if not whom:
        raise BadInput("Say whom you asked: policy names nobody for this source who is in Slack.", "whom")
    before = asked_for_feed(view.case)
    if before is not None and setting.now - before.at < ASKED_AGAIN:
        ago = span(setting.now - before.at)
        raise AlreadyHandled(
            f"{before.by_name} asked {before.figure('whom')} {ago} ago, and nothing newer has come yet. Ask again from"
            f" {clock_time(before.at + ASKED_AGAIN)} on."
        )
    figures = (("whom", whom), ("way", "by hand" if by_hand else "directly"), ("system", feed.system))
    action = done_at_once(ActionKind.ASK, actor, setting, FEED, text, figures)
    case, taken = owning(view.case, actor, setting.now)
    entry = Entry(
        "feed_asked",
        setting.now,
        actor.user,
        one_stop(f"{actor.name} asked {whom} for a feed of {view.system_name}: {text}"),
        (("by", actor.name), *action.figures, ("note", text)),
    )
    applied = bumped(case, action), (*taken, entry)
    if by_hand or feed.user is None:
        return Applied(*applied, f"Kept: you asked {whom}. The card says so until newer content comes.")
    message = one_stop(f"{actor.name} of {feed.company} asks you for a feed of {view.system_name}: {text}")
    return Applied(*applied, f"{whom} is asked in a direct message.", notices=((feed.user, message),))


def _moment(instant: datetime | None) -> str:
    return "a time not known" if instant is None else f"{instant:%b %d} {clock_time(instant)}"
