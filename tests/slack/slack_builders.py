"""One-line builders of views: the sample case of the design, EX-1042, at any state of its life."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sync.inbox.view import CaseView, Feed, HeldLine, ListingLine, PositionLine, QueueFace, SkuView
from sync.model.exceptions import (
    Action,
    ActionKind,
    ActionState,
    Case,
    Direction,
    Evidence,
    ExceptionClass,
    Fingerprint,
    Life,
    Risk,
    RiskTerm,
)
from sync.model.ids import ExceptionId, ListingId, LocationId, QueueId, SkuId, SystemId, UserId
from sync.model.money import Money
from sync.model.proof import ChainedEntry, Entry
from sync.model.stock import Sku

DAY = datetime(2026, 11, 24, tzinfo=UTC)
SINCE = DAY + timedelta(hours=14, minutes=2)
OPENED = DAY + timedelta(hours=14, minutes=17)
NOW = DAY + timedelta(hours=14, minutes=40)
ASSIGN_BY = DAY + timedelta(hours=14, minutes=47)
RESOLVE_BY = DAY + timedelta(hours=16, minutes=17)

DANA, LEE, SAM, ANA, KIM = (UserId(user) for user in ("U0DANA", "U0LEE", "U0SAM", "U0ANA", "U0KIM"))
AMAZON, SHOPIFY = ListingId("amazon-us:B0KTL"), ListingId("shopify-us:39072856")
RENO = LocationId("reno")
MARKETPLACES = QueueFace(QueueId("marketplaces"), "Marketplaces", "inv-marketplaces", DANA, LEE, (DANA, LEE), ())
WAREHOUSE = QueueFace(QueueId("warehouse"), "Warehouse", "inv-warehouse", SAM, KIM, (SAM, KIM), ())


def at(clock: str) -> datetime:
    """``14:43`` on the sample's day."""
    hours, minutes = clock.split(":")
    return DAY + timedelta(hours=int(hours), minutes=int(minutes))


def a_sku(title: str = "Gooseneck kettle, 1.7 l, black", code: str = "KTL-17-BLK") -> Sku:
    return Sku(SkuId(code), title, "kettles", None, Money(Decimal("89.00"), "USD"), Money(Decimal("41.00"), "USD"))


def a_listing(listing: ListingId = AMAZON, name: str = "Amazon US", **changes: object) -> ListingLine:
    line = ListingLine(
        listing=listing,
        system=SystemId(listing.split(":")[0]),
        system_name=name,
        shows=8,
        shows_text="",
        can_sell=1,
        live=True,
        paused_by_us=False,
        read_at=at("14:38"),
        read_sentence=f"Customers see 8 on {name}, read back 14:38.",
        can_pause=True,
        open_orders=2,
        wanted=1,
        wanted_at=SINCE,
        sent_at=SINCE,
        accepted=True,
    )
    return replace(line, **changes)  # type: ignore[arg-type]


def a_position(
    system: str = "netsuite", name: str = "NetSuite", on_hand: int | None = 16, **changes: object
) -> PositionLine:
    line = PositionLine(
        system=SystemId(system),
        system_name=name,
        location=RENO,
        location_name="Reno",
        on_hand=on_hand,
        available=None,
        reserved=None,
        quarantined=2,
        incoming=None,
        held=None,
        as_of=SINCE,
        fresh=True,
        decides=system == "wms",
        writable=True,
    )
    return replace(line, **changes)  # type: ignore[arg-type]


def a_sku_view(sku: Sku | None = None, listings: tuple[ListingLine, ...] | None = None) -> SkuView:
    return SkuView(
        sku=sku or a_sku(),
        listings=listings
        if listings is not None
        else (a_listing(), a_listing(SHOPIFY, "Shopify US", shows=1, open_orders=0, read_sentence="")),
        positions=(a_position("wms", "WMS", 9), a_position()),
        held=(),
        arithmetic=((AMAZON, ("Reno 9 − held 4 − quarantine 2 − safety 2 = 1",)),),
        caution=0,
        pace_7d=672,
    )


def a_case(**changes: object) -> Case:
    case = Case(
        id=ExceptionId(1042),
        fingerprint=Fingerprint(
            ExceptionClass.EXPOSURE_MISMATCH,
            SkuId("KTL-17-BLK"),
            AMAZON,
            None,
            (SystemId("amazon-us"),),
            Direction.OVER,
        ),
        life=Life.OPEN,
        version=3,
        queue=QueueId("marketplaces"),
        delta=7,
        evidence=Evidence(
            changed="WMS counts 16 → 9\u00a0units at Reno (−7). Amazon US accepted our update to 1, but shows 8.",
            event="wms:cc-88213",
            event_at=SINCE,
            shows=8,
            can_sell=1,
        ),
        risk=Risk(
            Money(Decimal("519.12"), "USD"),
            (
                RiskTerm("7 units over × 89.00 × 72% chance each sells within 1 h 37 min", Decimal("448.56")),
                RiskTerm("Cancelling 5.04 × 14.00", Decimal("70.56")),
            ),
            Decimal("321.10"),
            "Pace: 672 ordered in the last 7 days.",
        ),
        since=SINCE,
        opened_at=OPENED,
        assign_by=ASSIGN_BY,
        resolve_by=RESOLVE_BY,
        policy_version=18,
        recurrences=3,
        opening_risk=Decimal("519.12"),
    )
    return replace(case, **changes)  # type: ignore[arg-type]


def owned(case: Case, version: int = 4) -> Case:
    """Dana has it since 14:41."""
    return replace(case, life=Life.OWNED, owner=DANA, owner_name="Dana", owned_at=at("14:41"), version=version)


def a_pause(**changes: object) -> Action:
    act = Action(
        id=1,
        kind=ActionKind.PAUSE,
        state=ActionState.SEEN,
        by=DANA,
        by_name="Dana",
        at=at("14:43"),
        reason="count",
        note="wait for a recount, two cartons look damaged",
        target=f"doors:{AMAZON}",
        listing=AMAZON,
        figures=(("shown", "8"),),
        settled_at=at("14:44"),
    )
    return replace(act, **changes)  # type: ignore[arg-type]


def a_count(**changes: object) -> Action:
    act = Action(
        id=2,
        kind=ActionKind.COUNT,
        state=ActionState.WANTED,
        by=DANA,
        by_name="Dana",
        at=at("14:46"),
        reason="count",
        location=RENO,
        figures=(("queue", "warehouse"), ("who", "U0SAM"), ("by", at("15:30").isoformat())),
    )
    return replace(act, **changes)  # type: ignore[arg-type]


def a_correction(**changes: object) -> Action:
    act = Action(
        id=3,
        kind=ActionKind.CORRECTION,
        state=ActionState.ASKED,
        by=DANA,
        by_name="Dana",
        at=at("15:04"),
        reason="short-shipped",
        note="carton short-shipped, recount says 9",
        location=RENO,
        figures=(("system", "netsuite"), ("from", "16"), ("to", "9"), ("value", "287.00"), ("queue", "finance")),
        contributors=(DANA, SAM),
    )
    return replace(act, **changes)  # type: ignore[arg-type]


def a_view(case: Case | None = None, **changes: object) -> CaseView:
    view = CaseView(
        case=case or a_case(),
        queue=MARKETPLACES,
        system_name="Amazon US",
        location_name="Reno",
        sku=a_sku_view(),
        agrees=False,
        sending=False,
        policy_version=18,
        limit_money=Decimal("250.00"),
        currency="USD",
        pause_cost=Decimal(0),
        now=NOW,
        counters=(SAM, KIM),
        approvers=(LEE, ANA),
        warehouse=WAREHOUSE,
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def stopped(listing: ListingId = AMAZON) -> SkuView:
    """Amazon US is off sale, read back at 14:44."""
    view = a_sku_view()
    lines = tuple(
        replace(line, live=False, paused_by_us=True, read_at=at("14:44")) if line.listing == listing else line
        for line in view.listings
    )
    return replace(view, listings=lines)


def a_cap(**changes: object) -> Action:
    """Amazon US shows at most 3, read back."""
    act = Action(
        id=5,
        kind=ActionKind.CAP,
        state=ActionState.SEEN,
        by=DANA,
        by_name="Dana",
        at=at("14:43"),
        reason="cap",
        note="two pallets are wet",
        target=f"quantity:{AMAZON}:reno",
        listing=AMAZON,
        figures=(("units", "3"), ("shown", "8")),
        settled_at=at("14:44"),
    )
    return replace(act, **changes)  # type: ignore[arg-type]


def an_override(**changes: object) -> Action:
    """Amazon US shows 40 until 16:00, read back."""
    act = Action(
        id=6,
        kind=ActionKind.OVERRIDE,
        state=ActionState.SEEN,
        by=DANA,
        by_name="Dana",
        at=at("14:43"),
        reason="override",
        note="the truck is at the gate",
        target=f"quantity:{AMAZON}:reno",
        listing=AMAZON,
        location=RENO,
        figures=(
            ("system", "amazon-us"),
            ("from", "1"),
            ("to", "40"),
            ("units", "40"),
            ("until", at("16:00").isoformat()),
            ("value", "1230.00"),
            ("queue", "finance"),
        ),
        contributors=(DANA,),
    )
    return replace(act, **changes)  # type: ignore[arg-type]


def override_view(**changes: object) -> CaseView:
    """The exception of an override that stands, or is as ``changes`` say."""
    about = Fingerprint(
        ExceptionClass.MANUAL_OVERRIDE,
        SkuId("KTL-17-BLK"),
        AMAZON,
        systems=(SystemId("amazon-us"),),
        detail="override",
    )
    evidence = Evidence("Dana fixes Amazon US at 40\u00a0units: the truck is at the gate.", shows=40, can_sell=1)
    case = replace(owned(a_case(), 2), fingerprint=about, evidence=evidence, delta=39, recurrences=1)
    line = a_listing(shows=40, can_sell=1, fixed=40, writable=True, read_at=at("14:44"))
    at_amazon = a_position("amazon-us", "Amazon US", 40)
    sku = replace(a_sku_view(listings=(line,)), positions=(a_position("wms", "WMS", 9), at_amazon))
    return a_view(replace(case, actions=(an_override(**changes),)), sku=sku, now=at("14:46"))


def capped_view(*, agrees: bool = False) -> CaseView:
    case = replace(owned(a_case(), 6), actions=(a_cap(),))
    line = a_listing(shows=3, can_sell=9, capped=3, writable=True, read_at=at("14:44"))
    return a_view(case, sku=a_sku_view(listings=(line,)), agrees=agrees, now=at("14:46"))


def a_hold(**changes: object) -> Action:
    """An order at Amazon US is held, read back."""
    act = Action(
        id=5,
        kind=ActionKind.HOLD,
        state=ActionState.SEEN,
        by=DANA,
        by_name="Dana",
        at=at("14:43"),
        reason="hold",
        note="two orders for the last one",
        target=f"hold:{AMAZON}:111-55",
        listing=AMAZON,
        figures=(("system", "amazon-us"), ("system_name", "Amazon US"), ("order", "111-55"), ("units", "1")),
        settled_at=at("14:44"),
    )
    return replace(act, **changes)  # type: ignore[arg-type]


def held_view(*, by_hand: bool = False) -> CaseView:
    """An order is held; ``by_hand``: a person is still to hold it there."""
    act = a_hold(state=ActionState.WANTED, target="", listing=None) if by_hand else a_hold()
    return a_view(replace(owned(a_case(), 6), actions=(act,)), now=at("14:46"))


def to_hold_view() -> CaseView:
    """Two open orders that could be held."""
    orders = tuple(
        HeldLine(SystemId("amazon-us"), order, 1, at("14:40"), "Amazon US") for order in ("111-54", "111-55")
    )
    return a_view(sku=replace(a_sku_view(), held=orders))


def paused_view(*, agrees: bool = False) -> CaseView:
    case = replace(owned(a_case(), 6), actions=(a_pause(),))
    return a_view(case, sku=stopped(), agrees=agrees, pause_cost=Decimal("89.00"), now=at("14:46"))


def resolved_view() -> CaseView:
    actions = (
        a_pause(state=ActionState.UNDONE),
        a_count(
            state=ActionState.DONE,
            decided_by=SAM,
            decided_name="Sam",
            decided_at=at("15:02"),
            settled_at=at("15:02"),
            figures=(("queue", "warehouse"), ("who", "U0SAM"), ("by", ""), ("units", "9"), ("unsellable", "0")),
        ),
        a_correction(
            state=ActionState.SEEN, decided_by=LEE, decided_name="Lee", decided_at=at("15:21"), settled_at=at("15:25")
        ),
        a_pause(
            id=4, kind=ActionKind.RESUME, at=at("15:30"), reason="resume", note="carton short-shipped, claim opened"
        ),
    )
    case = replace(
        owned(a_case(), 12),
        life=Life.RESOLVED,
        actions=actions,
        ended_at=at("15:33"),
        ended_by=DANA,
        ended_name="Dana",
        outcome="fixed",
        note="carton short-shipped, claim opened",
        delta=0,
    )
    sku = a_sku_view(listings=(a_listing(shows=1, read_at=at("15:33")),))
    sku = replace(sku, positions=(a_position("wms", "WMS", 9), a_position(on_hand=9)))
    return a_view(case, sku=sku, now=at("15:33"), history=a_history())


def an_entry(seq: int, kind: str, sentence: str, *figures: tuple[str, str]) -> ChainedEntry:
    entry = Entry(kind, OPENED + timedelta(seconds=seq), "countersign", sentence, figures)
    return ChainedEntry("exception:EX-1042", seq, entry, "0" * 64, f"{seq:02d}f2c41d8".ljust(64, "a"))


def a_history() -> tuple[ChainedEntry, ...]:
    return (
        an_entry(1, "opened", "Opened: Amazon US shows 8, we can sell 1.", ("shows", "8"), ("can_sell", "1")),
        an_entry(2, "taken", "Dana took it, 24 min after it opened."),
        an_entry(3, "paused", "Dana paused Amazon US: wait for a recount, two cartons look damaged."),
        an_entry(4, "resolved", "Resolved as fixed: carton short-shipped, claim opened"),
    )


def of_class(cls: ExceptionClass, **changes: object) -> CaseView:
    """A class's own trouble with KTL-17-BLK, as its rule tells it."""
    about: dict[ExceptionClass, tuple[Fingerprint, int, Evidence]] = {
        ExceptionClass.WMS_ERP_VARIANCE: (
            Fingerprint(cls, SkuId("KTL-17-BLK"), None, RENO, (SystemId("wms"), SystemId("netsuite")), Direction.OVER),
            6,
            Evidence(
                "NetSuite has 124\u00a0units at Reno, WMS 118.",
                "netsuite:row-7",
                SINCE,
                facts=(("decides", "118"), ("other", "124"), ("value", "246.00")),
            ),
        ),
        ExceptionClass.NEGATIVE_STOCK: (
            Fingerprint(cls, SkuId("KTL-17-BLK"), None, RENO, (SystemId("wms"),), Direction.UNDER),
            -3,
            Evidence("WMS has −3\u00a0units at Reno: something was booked twice.", "wms:s-88", SINCE, can_sell=0),
        ),
        ExceptionClass.OVERSELL: (
            Fingerprint(cls, SkuId("KTL-17-BLK"), None, None, (), Direction.OVER),
            -2,
            Evidence(
                "Open orders, newest first: 111-55 on Amazon US.",
                "amazon-us:111-55",
                SINCE,
                can_sell=0,
                facts=tuple(("amazon-us", f"111-{nth}") for nth in range(55, 50, -1)),
            ),
        ),
        ExceptionClass.STUCK_RESERVATION: (
            Fingerprint(cls, SkuId("KTL-17-BLK")),
            5,
            Evidence(
                "Still open, oldest first: #1045 on Shopify US.",
                "shopify-us:#1045",
                at("14:00") - timedelta(days=9),
                facts=(("shopify-us", "#1045"), ("shopify-us", "#1046")),
            ),
        ),
        ExceptionClass.FEED_SUPPRESSION: (
            Fingerprint(cls, SkuId("KTL-17-BLK"), AMAZON, None, (SystemId("amazon-us"),), Direction.UNDER),
            -9,
            Evidence(
                "Amazon US took it off sale. It was not our doing, and there is stock.",
                "amazon-us:listing",
                SINCE,
                shows=0,
                can_sell=9,
                facts=(("off sale", "off sale"),),
            ),
        ),
        ExceptionClass.MANUAL_OVERRIDE: (
            Fingerprint(cls, SkuId("KTL-17-BLK"), AMAZON, None, (SystemId("amazon-us"),), Direction.OVER),
            28,
            Evidence("Somebody set 40 in Amazon US.", "amazon-us:level", SINCE, shows=40, can_sell=12),
        ),
    }
    fingerprint, delta, evidence = about[cls]
    held = tuple(
        HeldLine(
            SystemId(channel),
            order,
            units,
            SINCE - timedelta(days=days),
            name,
            to_free=(("1", units),),
            free_units=units,
        )
        for channel, order, units, days, name in (
            ("amazon-us", "111-55", 1, 0, "Amazon US"),
            ("amazon-us", "111-54", 1, 1, "Amazon US"),
            ("shopify-us", "#1045", 3, 9, "Shopify US"),
            ("shopify-us", "#1046", 2, 8, "Shopify US"),
        )
    )
    case = a_case(fingerprint=fingerprint, delta=delta, evidence=evidence, recurrences=1)
    sku = replace(a_sku_view(listings=(a_listing(writable=True),)), held=held, caution=2)
    return a_view(case, **({"sku": sku} | changes))


def a_release(**changes: object) -> Action:
    """Dana asked to release five units of two old orders."""
    act = Action(
        id=7,
        kind=ActionKind.FREE,
        state=ActionState.ASKED,
        by=DANA,
        by_name="Dana",
        at=at("14:43"),
        reason="release",
        note="the shop says they are dead",
        figures=(
            ("orders", "#1045, #1046"),
            ("lines", "[]"),
            ("units", "5"),
            ("from", "5"),
            ("to", "0"),
            ("value", "205.00"),
            ("queue", "finance"),
        ),
        contributors=(DANA,),
    )
    return replace(act, **changes)  # type: ignore[arg-type]


def release_view() -> CaseView:
    """A release of units waits for its approval."""
    view = of_class(ExceptionClass.STUCK_RESERVATION)
    return replace(view, case=replace(owned(view.case), actions=(a_release(),)), now=at("14:50"))


def silent_feed(**changes: object) -> Feed:
    """North 3PL, for whose content policy names Noor."""
    every = timedelta(hours=1)
    feed = Feed(
        SystemId("north-3pl"), "Harbour & Hearth", "Noor at North", UserId("U0NOOR"), "noor@north.example", every
    )
    return replace(feed, **changes)  # type: ignore[arg-type]


def a_feed_ask(**changes: object) -> Action:
    """Dana asked Noor for it."""
    act = Action(
        id=9,
        kind=ActionKind.ASK,
        state=ActionState.DONE,
        by=DANA,
        by_name="Dana",
        at=at("14:35"),
        reason="feed",
        note="Please send the current file.",
        figures=(("whom", "Noor at North"), ("way", "directly"), ("system", "north-3pl")),
    )
    return replace(act, **changes)  # type: ignore[arg-type]


def hidden_by_hand(*actions: Action) -> CaseView:
    """Somebody set 2 on Amazon US, where 12 can be sold; Dana has it once something was done."""
    view = of_class(ExceptionClass.MANUAL_OVERRIDE)
    about = replace(view.case.fingerprint, direction=Direction.UNDER)
    evidence = Evidence("Somebody set 2 in Amazon US.", "amazon-us:level", SINCE, shows=2, can_sell=12)
    case = replace(view.case, fingerprint=about, delta=-10, evidence=evidence, actions=actions)
    line = a_listing(writable=True, shows=2, can_sell=12, may_show=12)
    sku = None if view.sku is None else replace(view.sku, listings=(line,))
    return replace(view, case=owned(case) if actions else case, sku=sku, now=at("14:50"))


def a_reason_ask(**changes: object) -> Action:
    """Dana asked Sam why."""
    given = {"reason": "reason", "figures": (("whom", "Sam"), ("user", "U0SAM"), ("shows", "2"))}
    return a_feed_ask(at=at("14:43"), note="Was it you?", **(given | changes))


def a_reason(**changes: object) -> Action:
    """Sam said why; Lee stands for it."""
    given: dict[str, object] = {"id": 10, "kind": ActionKind.REASON, "reason": "reason", "by": SAM, "by_name": "Sam"}
    figures = (("owner", "U0LEE"), ("owner_name", "Lee"), ("shows", "2"))
    return a_feed_ask(at=at("14:45"), note="ten are wet", **(given | {"figures": figures} | changes))


def a_publish(**changes: object) -> Action:
    """Dana asked to publish 12 over it."""
    given: dict[str, object] = {"id": 11, "kind": ActionKind.PUBLISH, "state": ActionState.WANTED, "reason": "publish"}
    figures = (("from", "2"), ("to", "12"), ("units", "12"))
    return a_feed_ask(at=at("14:45"), note="a wrong number", **(given | {"figures": figures} | changes))


def door_lost(*actions: Action) -> CaseView:
    """Amazon US shows it on its Online Store no more, and that was not us."""
    view = of_class(ExceptionClass.FEED_SUPPRESSION)
    facts = (("91", "Online Store"), ("off sale", "off sale"))
    case = replace(view.case, evidence=replace(view.case.evidence, facts=facts), actions=actions)
    line = a_listing(live=False, shows=0, can_sell=9, can_publish=True, closed=(("91", "Online Store"),))
    sku = None if view.sku is None else replace(view.sku, listings=(line,))
    return replace(view, case=owned(case) if actions else case, sku=sku, now=at("14:50"))


def a_resend_task() -> Action:
    """Dana asked for it by hand."""
    task = "Put KTL-17-BLK back on sale at Amazon US on Online Store, with 9\u00a0units."
    given = {"kind": ActionKind.RESEND, "reason": "by hand", "note": "", "result": task, "figures": (("units", "9"),)}
    return a_feed_ask(id=12, at=at("14:45"), **given)
