"""What an act changes, and what every act shares: ownership, wording, who was first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from sync.connectors.base import Abilities, Parsed
from sync.errors import ReasonRequired
from sync.inbox.acts import Actor
from sync.inbox.effect import Weight
from sync.inbox.view import CaseView, ListingLine
from sync.model.exceptions import Action, ActionKind, ActionState, Case, Life
from sync.model.ids import SystemId, UserId
from sync.model.mentions import Mention
from sync.model.money import known_in
from sync.model.outbox import Target, TargetKind, target_key
from sync.model.proof import Entry
from sync.model.source_word import SourceWord
from sync.policy.schema import Policy

SUMMED = timedelta(hours=24)
"""What one person corrects, vouches for or lets count within this time is held against the limit as one."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a person says of a source now (``word`` None: what was said is taken back). ``raises``: more may be promised by it."""

    system: SystemId
    word: SourceWord | None
    raises: bool


@dataclass(frozen=True, slots=True)
class Released:
    """The held delivery that counts now, and in whose name."""

    delivery: int
    by: UserId
    by_name: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What an act is judged in. ``spent_24h``: value of corrections that the same people already gave for this SKU and place.
    ``silent_since``: as of when the newest content of the case's own source is, while it is silent; ``weight``: what the form of
    a word on it showed."""

    policy: Policy
    now: datetime
    abilities: Mapping[SystemId, Abilities]
    spent_24h: Decimal = Decimal(0)
    silent_since: datetime | None = None
    weight: Weight | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """The case after the act, what goes into thread and proof, what is wanted of the world, and facts to record.

    ``notices`` are told to a person alone; ``mentions`` are told of by what opened; ``moved`` True: it went to another
    queue; ``reopened``: it had ended, and a card of its own follows; ``spoken``: what counts of a source from now on.
    ``released``: what was held and is to be read again.
    """

    case: Case
    entries: tuple[Entry, ...]
    answer: str
    targets: tuple[Target, ...] = ()
    retry: tuple[str, ...] = ()
    facts: Parsed | None = field(default=None)
    notices: tuple[tuple[UserId, str], ...] = ()
    mentions: tuple[Mention, ...] = ()
    moved: bool = False
    reopened: bool = False
    spoken: Spoken | None = None
    released: Released | None = None


def owning(case: Case, actor: Actor, now: datetime) -> tuple[Case, tuple[Entry, ...]]:
    """Acting is owning: who acts on an unowned exception becomes its owner."""
    if case.owner is not None:
        return case, ()
    waited = span(now - case.opened_at)
    entry = Entry("taken", now, actor.user, f"{actor.name} took it, {waited} after it opened.", (("by", actor.name),))
    owned = replace(
        case,
        life=Life.OWNED,
        owner=actor.user,
        owner_name=actor.name,
        owned_at=case.owned_at or now,
        owner_since=now,
    )
    return owned, (entry,)


def closing_note(view: CaseView, typed: str, setting: Setting) -> str:
    """What was found, as typed. Raises ReasonRequired where the class asks for it and nothing was typed."""
    note = typed.strip()
    if not note and setting.policy.rules_for(view.case.fingerprint.cls).note_required:
        raise ReasonRequired("Say what was found; it is the closing note.")
    return note


def value_of(view: CaseView, units: int) -> Decimal:
    """|units| x unit cost; the price where no cost is known; zero where neither is, or no rate for it (:func:`unvalued`)."""
    sku = view.sku.sku if view.sku else None
    each = known_in(view.currency, sku.unit_cost, sku.price) if sku else None
    return abs(units) * each if each is not None else Decimal(0)


def unvalued(view: CaseView) -> str:
    """The currency that a unit's worth is in when policy has no rate for it; empty when its worth is known, or nothing of it."""
    sku = view.sku.sku if view.sku else None
    worth = (sku.unit_cost or sku.price) if sku else None
    return worth.currency if worth is not None and worth.currency != view.currency else ""


def bumped(case: Case, *actions: Action) -> Case:
    """The case with acts added, one version on."""
    return replace(case, actions=(*case.actions, *actions), version=case.version + 1)


def changed(case: Case, action: Action, **moved: object) -> Case:
    """The case with one of its acts replaced, one version on."""
    newer = replace(action, **moved)  # type: ignore[arg-type]
    actions = tuple(newer if act.id == action.id else act for act in case.actions)
    return replace(case, actions=actions, version=case.version + 1)


def decided_on(case: Case, action: Action, state: ActionState, actor: Actor, setting: Setting, **moved: object) -> Case:
    """The case with an act that waited for somebody's decision, which is made."""
    told = {"decided_by": actor.user, "decided_name": actor.name, "decided_at": setting.now}
    return changed(case, action, state=state, **told, **moved)


def own_line(view: CaseView) -> ListingLine | None:
    """The line of the case's own listing; None where it is about none, or about one that no longer belongs to the SKU."""
    about = view.case.fingerprint.listing
    return next((line for line in (view.sku.listings if view.sku else ()) if line.listing == about), None)


def customers_see(view: CaseView) -> str:
    """What customers see now on the case's own listing, in words, with the time of the reading where there is one."""
    line = own_line(view)
    if line is None:
        return ""
    return line.read_sentence or f"{line.system_name} shows {line.shows_text or line.shows}."


def done_at_once(
    kind: ActionKind, actor: Actor, setting: Setting, reason: str, note: str, figures: tuple[tuple[str, str], ...]
) -> Action:
    """An act that is over once it is kept: nothing of the world is waited for."""
    return Action(
        id=0,
        kind=kind,
        state=ActionState.DONE,
        by=actor.user,
        by_name=actor.name,
        at=setting.now,
        reason=reason,
        note=note,
        figures=figures,
        settled_at=setting.now,
    )


def quantity_target_key(line: ListingLine, setting: Setting) -> str:
    """The target that carries our promise to a listing: its outcome is what an act on the quantity waits for."""
    channel = setting.policy.systems[line.system].channel
    place = channel.publish_to if channel is not None and channel.publish_to is not None else ""
    return target_key(TargetKind.QUANTITY, line.listing, place)


def span(length: timedelta) -> str:
    """``38 s``, ``38 min``, ``3 h 05 min``, ``9 days``."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < 60:
        return f"{seconds}\u00a0s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes}\u00a0min"
    if minutes < 48 * 60:
        return f"{minutes // 60}\u00a0h\u00a0{minutes % 60:02d}\u00a0min"
    return f"{minutes // 1440}\u00a0days"


def clock_time(instant: datetime) -> str:
    """``14:43:06 UTC``, for sentences that compare seconds."""
    return f"{instant:%H:%M:%S} UTC"
