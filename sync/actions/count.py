"""Counts by people: asked of the warehouse, entered blind, and told to the one path as a statement of the system ``count``."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

from sync.actions.applied import Applied, Setting, bumped, changed, clock_time, owning
from sync.connectors.base import Parsed
from sync.errors import AlreadyHandled, BadInput, ReasonRequired
from sync.inbox.acts import Actor, EnterCount, RequestCount
from sync.inbox.view import CaseView
from sync.model.exceptions import Action, ActionKind, ActionState
from sync.model.facts import Count, FactDraft, FactKind, ItemRef
from sync.model.proof import Entry
from sync.model.time import AsOf

FAR = 10
"""A count this many times above anything seen here must be typed twice."""


def preview_request(view: CaseView) -> tuple[str, ...]:
    """Who will be asked to count what, where. The expected number is not shown to the counter."""
    queue = view.warehouse.name if view.warehouse else "The warehouse"
    sku = view.case.fingerprint.sku or "this"
    return (f"{queue} will be asked to count {sku}. The expected number is not shown.",)


def request_count(view: CaseView, act: RequestCount, actor: Actor, setting: Setting) -> Applied:
    """Ask for a count. Raises AlreadyHandled when one is asked for, BadInput for a place or time that cannot be."""
    action, said, answer = asking(view, act, actor, setting)
    case, taken = owning(view.case, actor, setting.now)
    return Applied(bumped(case, action), (*taken, said), answer)


def asking(view: CaseView, act: RequestCount, actor: Actor, setting: Setting) -> tuple[Action, Entry, str]:
    """The act that asks for a count, what the proof says of it, and the answer; who asks does not own it by that. Raises as
    :func:`request_count` does."""
    standing = view.case.standing(ActionKind.COUNT)
    if standing is not None and standing.state is ActionState.WANTED:
        raise AlreadyHandled(
            f"{standing.by_name} asked for a count at {clock_time(standing.at)}. Nothing of yours was sent."
        )
    place = setting.policy.locations.get(act.location)
    if place is None:
        raise BadInput("Choose where to count.")
    if act.by is not None and act.by < setting.now:
        raise BadInput("That time has passed; choose a later one.")
    queue = place.count_queue or setting.policy.warehouse_queue or setting.policy.default_queue
    who = setting.policy.person_of(act.who) if act.who else None
    asked = who.name if who else setting.policy.queues[queue].name
    until = f" by {act.by:%H:%M} UTC" if act.by else ""
    action = Action(
        id=0,
        kind=ActionKind.COUNT,
        state=ActionState.WANTED,
        by=actor.user,
        by_name=actor.name,
        at=setting.now,
        reason="count",
        note=act.note.strip(),
        location=act.location,
        figures=(
            ("queue", queue),
            ("who", act.who or ""),
            ("by", act.by.isoformat() if act.by else ""),
        ),
    )
    said = Entry(
        "count_requested",
        setting.now,
        actor.user,
        f"{actor.name} asked {asked} to count at {place.name}{until}.",
        (("by", actor.name), ("location", act.location), ("queue", queue), ("note", act.note.strip())),
    )
    return action, said, f"{asked} is asked to count at {place.name}."


def enter_count(view: CaseView, act: EnterCount, actor: Actor, setting: Setting) -> Applied:
    """The counted number becomes a statement of the system ``count`` as of when it was counted.

    Raises BadInput (the number or time cannot be), ReasonRequired (far from anything seen: type it again), AlreadyHandled.
    """
    action = next((one for one in view.case.actions if one.id == act.action and one.kind is ActionKind.COUNT), None)
    if action is None or action.location is None:
        raise BadInput("This count was never asked for.")
    if action.state is not ActionState.WANTED:
        raise AlreadyHandled(f"{action.decided_name or 'Somebody'} has entered this count already.")
    if act.units < 0 or act.unsellable < 0:
        raise BadInput("Whole units, 0 or more.")
    if act.counted_at > setting.now + timedelta(minutes=1):
        ahead = int((act.counted_at - setting.now).total_seconds() // 60)
        raise BadInput(f"The time is {ahead} min in the future.")
    if act.units > _largest_seen(view) * FAR and act.repeated != act.units:
        raise ReasonRequired(
            f"{act.units:,} is far from anything seen here. Type it again in the box below if it is right."
        )
    sku = view.case.fingerprint.sku
    if sku is None:
        raise BadInput("This exception is not about one SKU, so there is nothing to count.")
    place = setting.policy.locations[action.location].name
    case = changed(
        view.case,
        action,
        state=ActionState.DONE,
        decided_by=actor.user,
        decided_name=actor.name,
        decided_at=act.counted_at,
        settled_at=setting.now,
        result=f"{act.units} units, blind, counted at {act.counted_at:%H:%M} UTC",
        figures=(*action.figures, ("units", str(act.units)), ("unsellable", str(act.unsellable))),
        contributors=(actor.user,),
    )
    case = replace(case, found=act.remark.strip() or case.found)
    unsellable = f" and {act.unsellable} not sellable" if act.unsellable else ""
    said = Entry(
        "counted",
        setting.now,
        actor.user,
        f"{actor.name} counted {act.units}\u00a0units{unsellable} at {place}, blind.",
        (
            ("by", actor.name),
            ("units", str(act.units)),
            ("unsellable", str(act.unsellable)),
            ("counted_at", act.counted_at.isoformat()),
            ("remark", act.remark.strip()),
        ),
    )
    return Applied(
        case, (said,), f"Saved: {act.units}\u00a0units. Thank you.", facts=_statement(view, act, action, sku)
    )


def _statement(view: CaseView, act: EnterCount, action: Action, sku: str) -> Parsed:
    key = f"count:{view.case.name}:{action.id}"
    draft = FactDraft(
        kind=FactKind.COUNTED,
        key=key,
        as_of=AsOf.at(act.counted_at),
        item=ItemRef("sku", sku),
        place=action.location,
        body=Count(on_hand=act.units, quarantined=act.unsellable),
    )
    digest = hashlib.sha256(key.encode()).hexdigest()
    return Parsed(key=f"{key}:{digest}", facts=(draft,), topic="count", content_at=act.counted_at)


def _largest_seen(view: CaseView) -> int:
    numbers = [
        number
        for line in (view.sku.positions if view.sku else ())
        for number in (line.on_hand, line.available)
        if number is not None
    ]
    return max([*numbers, 10])
