"""A person's word on a silent source ends by itself: at its time, or once the source is silent no longer. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sync.exceptions.lifecycle import SELF, Step
from sync.exceptions.standing import ends_at
from sync.model.exceptions import WORDS, Action, ActionKind, ActionState, Case, ExceptionClass
from sync.model.picture import SystemPicture
from sync.model.proof import Entry
from sync.policy.schema import Policy

TIME_OVER = "Its time is over."
HEARD_AGAIN = "The source is not silent any more."


def silent_since(system: SystemPicture, policy: Policy, now: datetime) -> datetime | None:
    """As of when the newest content of a source is that is silent now; None: it is no source, or not silent."""
    rules = policy.systems.get(system.system)
    source = rules.source if rules is not None else None
    last = system.content_at or system.first_seen
    if source is None or source.fresh_for is None or last is None or now - last <= source.fresh_for:
        return None
    return last


def why_over(system: SystemPicture, policy: Policy, now: datetime) -> str:
    """Why the word that stands on a source is over; empty: it stands, or there is none."""
    word = system.word
    if word is None:
        return ""
    if silent_since(system, policy, now) is None:
        return HEARD_AGAIN
    return TIME_OVER if word.until is not None and word.until <= now else ""


def is_silence(case: Case) -> bool:
    """Whether a case is about a silent source as a whole."""
    return case.fingerprint.cls is ExceptionClass.STALE_FEED and not case.fingerprint.detail


def words_over(system: SystemPicture, policy: Policy, now: datetime) -> list[Step]:
    """The cases beside which people said something of this source, with what is over now undone."""
    quiet = silent_since(system, policy, now) is not None
    steps = []
    for case in system.cases:
        if case.life.ended or not is_silence(case):
            continue
        actions, entries = _ended(case.actions, now, quiet=quiet)
        if entries:
            steps.append(Step(replace(case, actions=actions, version=case.version + 1), entries))
    return steps


def word_until(act: Action) -> datetime | None:
    """When what is vouched for (or asked to be) ends by itself; None for every other act."""
    return ends_at(act) if act.kind is ActionKind.VOUCH and act.state.stands else None


def _ended(actions: Sequence[Action], now: datetime, *, quiet: bool) -> tuple[tuple[Action, ...], tuple[Entry, ...]]:
    kept, entries = [], []
    for act in actions:
        until = word_until(act)
        timed = until is not None and until <= now
        if act.kind in WORDS and act.state.stands and (timed or not quiet):
            why = HEARD_AGAIN if not quiet else TIME_OVER
            asked = act.state is ActionState.ASKED
            act = replace(act, state=ActionState.UNDONE, settled_at=now, result=why)
            entries.append(_entry(act, why, now, asked=asked))
        kept.append(act)
    return tuple(kept), tuple(entries)


def _entry(act: Action, why: str, now: datetime, *, asked: bool) -> Entry:
    if asked:
        sentence = f"Nobody decided whether its last numbers are vouched for. {why}"
    elif act.kind is ActionKind.VOUCH:
        sentence = f"Its last numbers are vouched for no longer. {why}"
    else:
        sentence = f"Its stock counts by policy again. {why}"
    return Entry("word_ended", now, SELF, sentence, (("by", act.by_name),))
