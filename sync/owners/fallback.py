"""What policy does by itself when the limit to fix an exception passes: the same act that a person would make, once.

It goes through the act itself, so that its reasons, refusals, read-back and undo are those of a person's pause; only nobody
becomes the owner by it. What cannot be done is said once, and nothing is tried again by itself.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sync.actions import doors
from sync.actions.applied import Applied, Setting
from sync.errors import AlreadyHandled, RefusedByRule
from sync.exceptions.lifecycle import SELF
from sync.inbox.acts import Actor, Pause
from sync.inbox.looking import listing_ids
from sync.inbox.view import CaseView
from sync.model.exceptions import Case
from sync.model.ids import UserId
from sync.model.outbox import Target
from sync.model.proof import Entry
from sync.policy.schema import Policy

ITSELF = Actor(UserId(SELF), "Countersign", "")
"""The actor of what policy does by itself."""


def is_due(case: Case, policy: Policy, now: datetime) -> bool:
    """Whether the limit has passed, policy has a fallback, and the trouble stands with nothing stopped yet."""
    return (
        policy.rules_for(case.fingerprint.cls).fallback == "pause"
        and case.fell_back_at is None
        and not case.life.ended
        and not case.sells_less
        and not case.ready
        and case.agrees_since is None
        and (case.snoozed_until is None or case.snoozed_until <= now)
        and case.resolve_by is not None
        and case.resolve_by <= now
    )


def fall_back(view: CaseView, setting: Setting) -> Applied:
    """Pause what a person's pause would take off sale. The case is one version on, whatever came of it."""
    case, by = view.case, view.case.resolve_by
    why = f"by policy, since it was not fixed by {by:%H:%M} UTC" if by is not None else "by policy"
    tried = replace(case, fell_back_at=setting.now)
    entries: list[Entry] = []
    targets: list[Target] = []
    refusals: list[str] = []
    for listing in listing_ids(view):
        act = Pause((listing,), "other", why)
        try:
            done = doors.pause(replace(view, case=tried), act, ITSELF, setting)
        except AlreadyHandled:
            continue
        except RefusedByRule as refusal:
            refusals.append(str(refusal))
            continue
        tried = _not_owned_by_it(done.case, tried)
        entries += [entry for entry in done.entries if entry.kind != "taken"]
        targets += done.targets
    if not entries:
        told = " ".join(dict.fromkeys(refusals)) or "Nothing that it is about is on sale."
        sentence = f"Policy pauses it when it is late, but nothing was paused: {told}"
        entries.append(Entry("fallback_refused", setting.now, SELF, sentence, (("fallback", "pause"),)))
    return Applied(replace(tried, version=case.version + 1), tuple(entries), "", tuple(targets))


def without_listing(case: Case, now: datetime) -> Applied:
    """An exception of a whole system has no listing of its own: said once."""
    sentence = "Policy pauses it when it is late, but it is about a whole system: a person decides what is paused."
    entry = Entry("fallback_refused", now, SELF, sentence, (("fallback", "pause"),))
    return Applied(replace(case, fell_back_at=now, version=case.version + 1), (entry,), "")


def _not_owned_by_it(done: Case, before: Case) -> Case:
    """Acting is owning for people; the product owns nothing."""
    return replace(
        done,
        life=before.life,
        owner=before.owner,
        owner_name=before.owner_name,
        owned_at=before.owned_at,
        owner_since=before.owner_since,
    )
