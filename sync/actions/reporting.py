"""A person says that a number is wrong: an exception in the queue that owns it, fresh looks at the channels, perhaps a count."""

from __future__ import annotations

from dataclasses import replace

from sync.actions.applied import Applied, Setting, bumped
from sync.actions.count import asking
from sync.actions.quantities import look_at, numbers_shown
from sync.errors import ReasonRequired
from sync.inbox.acts import Actor, Report, RequestCount
from sync.inbox.view import CaseView
from sync.model.exceptions import Action
from sync.model.proof import Entry
from sync.owners.copying import copies
from sync.sentences import one_stop

LONGEST = 1_000
"""Of what was reported is kept on the card and in the proof."""


def preview_report(view: CaseView) -> tuple[str, ...]:
    """What each listing shows and could sell now, and where the report goes."""
    return (*numbers_shown(view), f"{view.queue.name} gets it; every channel of this SKU is read again.")


def report(view: CaseView, act: Report, actor: Actor, setting: Setting) -> Applied:
    """Open the exception of a report, or add the words to the one that is open. It stays nobody's: who sees that a number is
    wrong need not be who mends it. Raises ReasonRequired, and for a count what that raises."""
    words = " ".join(act.words.split())[:LONGEST]
    if not words:
        raise ReasonRequired("Say what is wrong; whoever takes it reads only that.")
    counted: tuple[Action, Entry, str] | None = None
    if act.location is not None:
        counted = asking(view, RequestCount(act.location, None, None, words), actor, setting)
    case, fresh = view.case, not view.case.id
    known = (("by", actor.name), ("words", words), *((("message", act.source),) if act.source else ()))
    if fresh:
        sentence = one_stop(f"{actor.name} reported: {words}")
        case = replace(case, evidence=replace(case.evidence, changed=sentence, event_at=setting.now))
        opening = (("fingerprint", case.fingerprint.text), ("queue", case.queue), ("policy", str(case.policy_version)))
        said = Entry("opened", setting.now, actor.user, f"Opened: {sentence}", (*known, *opening))
    else:
        said = Entry("reported", setting.now, actor.user, one_stop(f"{actor.name} reports it, too: {words}"), known)
    acts: tuple[Action, ...] = ()
    entries, answers = [said], ["Opened." if fresh else "It is open already; your words are in it."]
    if counted is not None:
        action, asked, answer = counted
        acts, entries, answers = (action,), [*entries, asked], [*answers, answer]
    lines = view.sku.listings if view.sku else ()
    return Applied(
        bumped(case, *acts),
        tuple(entries),
        " ".join(answers),
        tuple(look_at(view, line, setting) for line in lines if line.listing),
        mentions=copies(case, setting.policy, setting.now) if fresh else (),
    )
