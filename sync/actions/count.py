"""Counts by people: asked of the warehouse, entered blind, and told to the one path as a statement of the system ``count``."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

from sync.actions.applied import Applied, Setting, bumped, changed, clock_time, owning
from sync.connectors.base import Parsed
from sync.errors import AlreadyHandled, BadInput, NotPermitted, ReasonRequired
from sync.inbox.acts import Actor, EnterCount, RequestCount
from sync.inbox.view import CaseView
from sync.model.exceptions import Action, ActionKind, ActionState, Case
from sync.model.facts import Count, FactDraft, FactKind, ItemRef
from sync.model.ids import LocationId, UserId
from sync.model.proof import Entry
from sync.model.time import AsOf
from sync.policy.routing import mentions

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
        raise BadInput("That time has passed; choose a later one.", "by")
    gave = requesters(view)
    if act.who in gave:
        others = [user for user in view.counters if user not in gave]
        can = f" {mentions(others[:2])} can." if others else ""
        raise BadInput(f"{_name(act.who, setting)} asked for the correction and cannot count it.{can}", "who")
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
    _may_count(view, action, actor)
    if act.units < 0 or act.unsellable < 0:
        raise BadInput("Whole units, 0 or more.")
    if act.counted_at > setting.now + timedelta(minutes=1):
        ahead = int((act.counted_at - setting.now).total_seconds() // 60)
        raise BadInput(f"The time is {ahead} min in the future.", "counted_at")
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
    facts = _statement(view, act, action, sku)
    first = _first_of(view, action)
    if first is not None:
        said = replace(said, sentence=f"{said.sentence} {_against(first, act, setting)}")
    elif _is_far_off(view, act, action, setting):
        return _counted_twice(view, case, act, action, said, facts, setting)
    return Applied(case, (said,), f"Saved: {act.units}\u00a0units. Thank you.", facts=facts)


def requesters(view: CaseView) -> tuple[UserId, ...]:
    """Who asked for a correction that waits: they may not give it its number as well."""
    asked = view.case.standing(ActionKind.CORRECTION)
    return (asked.by,) if asked is not None and asked.state is ActionState.ASKED else ()


def _may_count(view: CaseView, action: Action, actor: Actor) -> None:
    """Raises NotPermitted for whoever asked for the correction, and for who counted the first time."""
    first = _first_of(view, action)
    barred = {*requesters(view), *((first.decided_by,) if first is not None else ())}
    if actor.user not in barred:
        return
    others = [user for user in view.counters if user not in barred]
    can = f"{mentions(others[:2])} can." if others else "Ask somebody else of the warehouse."
    if first is not None and actor.user == first.decided_by:
        raise NotPermitted(f"You counted it first; the second count is another person's. {can}")
    raise NotPermitted(f"You asked for the correction, so you cannot count it. {can}")


def _first_of(view: CaseView, action: Action) -> Action | None:
    """The first count that this one is the second of."""
    first = action.figure("second_of")
    return next((one for one in view.case.actions if str(one.id) == first), None) if first is not None else None


def _expected(view: CaseView, location: LocationId) -> int | None:
    """The number that decides at the place."""
    here = [line for line in (view.sku.positions if view.sku else ()) if line.location == location and line.decides]
    return next((line.on_hand if line.on_hand is not None else line.available for line in here), None)


def _is_far_off(view: CaseView, act: EnterCount, action: Action, setting: Setting) -> bool:
    above = setting.policy.corrections.second_count_above
    known = _expected(view, action.location) if action.location is not None else None
    return above is not None and known is not None and abs(act.units - known) * 100 > abs(known) * above


def _against(first: Action, act: EnterCount, setting: Setting) -> str:
    """How the second count stands to the first."""
    before = int(first.figure("units") or 0)
    above = setting.policy.corrections.second_count_above or 0
    agrees = abs(before - act.units) * 100 <= abs(before) * above
    return "Agrees with the first count." if agrees else f"The first count, by {first.decided_name}, was {before}."


def _counted_twice(
    view: CaseView, case: Case, act: EnterCount, action: Action, said: Entry, facts: Parsed, setting: Setting
) -> Applied:
    """Far from the known number: a second person counts, blind. Fewer units count at once; more of them with the second count."""
    figures = dict(action.figures) | {"who": "", "second_of": str(action.id)}
    second = replace(
        action, id=0, at=setting.now, note="", figures=tuple((name, figures[name]) for name in sorted(figures))
    )
    known = _expected(view, action.location) if action.location is not None else None
    above = setting.policy.corrections.second_count_above
    lower = known is None or act.units < known
    sentence = f"{said.sentence} A second person counts, too{'' if lower else '; until then it does not count'}."
    return Applied(
        replace(case, actions=(*case.actions, second)),
        (replace(said, sentence=sentence),),
        f"Saved. A second person counts, too; that is normal above {above:g}%.",
        facts=facts if lower else None,
    )


def _name(user: UserId | None, setting: Setting) -> str:
    person = setting.policy.person_of(user) if user is not None else None
    return person.name if person is not None else "Whoever that is"


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
