"""A file of the warehouse that is held whole, and what people say of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from slack_builders import DANA, LEE, a_case, a_view, at, owned

from sync.inbox.view import CaseView
from sync.landing.held_file import Change, HeldFile
from sync.landing.snapshot import Figures
from sync.model.exceptions import Action, ActionKind, ActionState, Evidence, ExceptionClass, Fingerprint, Risk
from sync.model.ids import SystemId
from sync.model.money import Money

WMS = SystemId("wms")
WHY = "412 of 640 rows say zero (64 %, allowed are 30 %)."


def a_held_file(**changes: object) -> HeldFile:
    """Half the range says zero."""
    change = Change(640, 640, to_zero=390, lowered=12, raised=31, less=4120, more=96, value=Decimal("81840.00"))
    held = HeldFile(
        delivery=77,
        system=WMS,
        name="stock-2026-11-24.csv",
        received_at=at("14:05"),
        content_at=at("14:00"),
        why=WHY,
        figures=Figures(640, 412, 5210),
        last=Figures(652, 22, 9234),
        change=change,
    )
    return replace(held, **changes)  # type: ignore[arg-type]


def a_first_file() -> HeldFile:
    """The first of its system, large, of which not all could be reckoned."""
    change = Change(
        1_000_000, 420_000, lowered=3, raised=390_000, less=9, more=4_120_000, value=Decimal("3840000.00"), unvalued=12
    )
    change = replace(change, unknown=31, unnamed=4)
    return a_held_file(figures=Figures(1_000_000, 610_000, 5_210_000), last=None, change=change)


def a_release_of_it(**changes: object) -> Action:
    """Lee asks for it; Finance decides."""
    figures = (("delivery", "77"), ("file", "stock-2026-11-24.csv"), ("content_at", at("14:00").isoformat()))
    worth = (("rows", "640"), ("to_zero", "390"), ("lowered", "12"), ("raised", "31"), ("value", "81840.00"))
    act = Action(
        id=9,
        kind=ActionKind.FILE,
        state=ActionState.ASKED,
        by=LEE,
        by_name="Lee",
        at=at("14:40"),
        reason="file",
        note="the sale emptied two aisles, I was there",
        figures=(*figures, *worth, ("queue", "finance")),
        contributors=(LEE,),
    )
    return replace(act, **changes)  # type: ignore[arg-type]


def held_file_view(*acts: Action, **changes: object) -> CaseView:
    """The exception of what the warehouse sent, Dana's."""
    text = f"WMS sent what we cannot use. stock-2026-11-24.csv: {WHY} It is kept."
    case = replace(
        owned(a_case(), 4),
        fingerprint=Fingerprint(ExceptionClass.CATALOG_FAULT, systems=(WMS,), detail="unusable"),
        evidence=Evidence(text, "wms:unusable", None, cause="wms:unusable", facts=(("countable", "77"),)),
        risk=Risk(Money(Decimal(0), "USD")),
        delta=1,
        recurrences=1,
        actions=acts,
    )
    view = a_view(case, sku=None, system_name="WMS", location_name="", now=at("14:50"), held=a_held_file())
    return replace(view, **changes)  # type: ignore[arg-type]


def unread_view() -> CaseView:
    """Dana let it count, and its bytes were gone."""
    why = "Its bytes are kept no longer. Ask the sender for the file again."
    failed = a_release_of_it(
        state=ActionState.FAILED, by=DANA, by_name="Dana", settled_at=at("14:42"), result=why, contributors=(DANA,)
    )
    return held_file_view(failed, held=a_held_file(readable=False))
