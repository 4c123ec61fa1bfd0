"""A silent source, and what people say of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from slack_builders import DANA, LEE, a_case, a_view, at, owned, silent_feed

from sync.inbox.effect import Effect
from sync.inbox.view import CaseView
from sync.model.exceptions import Action, ActionKind, ActionState, Evidence, ExceptionClass, Fingerprint, Risk
from sync.model.ids import ExceptionId, SystemId
from sync.model.money import Money
from sync.model.source_word import SourceWord, WordKind

NORTH = SystemId("north-3pl")


def a_word(kind: WordKind = WordKind.NOTHING, until: datetime | None = None, **changes: object) -> SourceWord:
    """Dana says of the WMS that it counts as 0."""
    word = SourceWord(
        SystemId("wms"), kind, DANA, "Dana", "its depot burns", at("14:35"), at("13:05"), ExceptionId(1042), until
    )
    return replace(word, **changes)  # type: ignore[arg-type]


def a_nothing(**changes: object) -> Action:
    """Treated as 0."""
    figures = (("content_at", at("13:05").isoformat()), ("units", "412"), ("listings", "40"), ("value", "0.00"))
    act = Action(
        id=7,
        kind=ActionKind.NOTHING,
        state=ActionState.DONE,
        by=DANA,
        by_name="Dana",
        at=at("14:35"),
        reason="nothing",
        note="their depot burns",
        figures=figures,
        contributors=(DANA,),
    )
    return replace(act, **changes)  # type: ignore[arg-type]


def a_vouch(**changes: object) -> Action:
    """Vouched for until six."""
    figures = (("content_at", at("13:05").isoformat()), ("units", "412"), ("listings", "40"))
    ends = (("until", at("18:00").isoformat()), ("value", "1120.00"), ("queue", "finance"))
    act = a_nothing(kind=ActionKind.VOUCH, reason="vouch", note="they phoned: the file is late", figures=figures + ends)
    return replace(act, **changes)  # type: ignore[arg-type]


def silent_view(*acts: Action, **changes: object) -> CaseView:
    """The exception of a silent 3PL, Dana's."""
    text = "North 3PL has sent nothing newer; something is due every 1 h. Its stock counts as half meanwhile."
    case = replace(
        owned(a_case(), 4),
        fingerprint=Fingerprint(ExceptionClass.STALE_FEED, systems=(NORTH,)),
        evidence=Evidence(text, "north-3pl:silence", at("13:05"), facts=(("skus", "212"),)),
        risk=Risk(Money(Decimal(0), "USD")),
        delta=212,
        recurrences=1,
        actions=acts,
    )
    view = a_view(case, sku=None, system_name="North 3PL", location_name="", now=at("14:50"), feed=silent_feed())
    return replace(view, **changes)  # type: ignore[arg-type]


def asked_view() -> CaseView:
    """Lee asks for longer trust while it counts as 0."""
    asked = a_vouch(id=8, state=ActionState.ASKED, by=LEE, by_name="Lee", at=at("14:45"), contributors=(LEE,))
    return silent_view(a_nothing(), asked)


def an_effect(**changes: object) -> Effect:
    """What either word would change."""
    effect = Effect(
        skus=212,
        reckoned=212,
        listings=40,
        units=412,
        channels=("Amazon US", "Shopify US", "Walmart US"),
        value=Decimal("1120.00"),
        missed=Decimal("310.40"),
        unvalued=0,
        shadow=(),
        silent_since=at("13:05"),
    )
    return replace(effect, **changes)  # type: ignore[arg-type]


def effect_for(kind: str) -> Effect | None:
    """What a form of this kind is opened with."""
    return an_effect() if kind in ("nothing", "vouch") else None
