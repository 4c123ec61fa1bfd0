"""Modals: taken by Slack at their best and worst, one shape each, and nothing in them but a hint of what was seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from held_file_builders import a_first_file, a_release_of_it, held_file_view
from slack_builders import (
    ANA,
    LEE,
    MARKETPLACES,
    SHOPIFY,
    a_case,
    a_correction,
    a_count,
    a_history,
    a_listing,
    a_pause,
    a_position,
    a_sku,
    a_sku_view,
    a_view,
    an_entry,
    at,
    capped_view,
    door_lost,
    held_view,
    hidden_by_hand,
    of_class,
    override_view,
    owned,
    paused_view,
    release_view,
    silent_feed,
    to_hold_view,
)
from spoken_builders import a_nothing, a_vouch, asked_view, effect_for, silent_view
from test_slack_cards import DESIGN, WORST, golden

from bot.slack import modals as m
from bot.slack.blocks import Block
from bot.slack.payloads import FormState, ShownView, Values
from bot.slack.silent import listed
from sandbox.slack.blocks import validate_view
from sync.actions.doors import preview_pause
from sync.inbox.acts import (
    AddNote,
    AskFeed,
    AskReason,
    Cap,
    Close,
    DecideCorrection,
    EndOverride,
    EnterCount,
    FieldError,
    GiveReason,
    HandOver,
    HoldOrders,
    Override,
    Pause,
    ProposeCorrection,
    PublishOver,
    ReleaseOrders,
    RequestCount,
    Resume,
    SendData,
    Snooze,
    Uncap,
)
from sync.inbox.view import CaseView, Colleague, Prepared
from sync.model.exceptions import ActionState, ExceptionClass
from sync.model.ids import ListingId, QueueId, SkuId, UserId
from sync.ports import Ranked


def view_for(kind: str) -> CaseView:
    """A view in which a form of this kind makes sense."""
    match kind:
        case "resume":
            return paused_view(agrees=True)
        case "cap":
            return a_view(sku=a_sku_view(listings=(a_listing(writable=True),)))
        case "override":
            return a_view(sku=a_sku_view(listings=(a_listing(writable=True),)))
        case "endoverride":
            return override_view()
        case "askreason" | "givereason" | "publish":
            return hidden_by_hand()
        case "senddata":
            return door_lost()
        case "askfeed":
            return a_view(feed=silent_feed())
        case "free":
            return of_class(ExceptionClass.STUCK_RESERVATION)
        case "hold":
            return to_hold_view()
        case "release":
            return held_view()
        case "uncap":
            return capped_view(agrees=True)
        case "nothing" | "vouch":
            return silent_view()
        case "countfile":
            return held_file_view()
        case "bypolicy":
            return silent_view(a_nothing())
        case "entercount":
            return a_view(replace(owned(a_case(), 7), actions=(a_count(),)), now=at("14:50"))
        case "decide":
            counted = a_count(
                state=ActionState.DONE,
                decided_by="U0SAM",
                decided_name="Sam",
                decided_at=at("15:02"),
                figures=(("units", "9"), ("who", "")),
            )
            return a_view(replace(owned(a_case(), 9), actions=(counted, a_correction())), now=at("15:05"))
        case _:
            return a_view()


def prepared(kind: str, view: CaseView | None = None) -> Prepared:
    view = view or view_for(kind)
    preview = preview_pause(view) if kind == "pause" else (f"Preview of {kind}.",)
    people = (
        Colleague(LEE, "Lee", MARKETPLACES.id, "Marketplaces", 4),
        Colleague(ANA, "Ana", QueueId("finance"), "Finance", 1),
    )
    named = people if kind in ("handover", "override", "givereason") else ()
    return Prepared("in_1", kind, view, preview, people=named, effect=effect_for(kind))


def skus_modal(title: str = "Gooseneck kettle, 1.7 l, black", count: int = 212) -> Block:
    """Two of the SKUs that stand on a silent source."""
    ranked = [Ranked(SkuId("KTL-17-BLK"), Decimal("519.12"), 9), Ranked(SkuId("MUG-03"), Decimal(0), 2)]
    channels = (a_listing(), a_listing(SHOPIFY, "Shopify US", shows=3, can_sell=1))
    shown = {
        ranked[0].sku: a_sku_view(a_sku(title, "KTL-17-BLK"), channels),
        ranked[1].sku: a_sku_view(a_sku(title), ()),
    }
    return listed(a_view(feed=silent_feed(), system_name="North 3PL", sku=None), count, ranked, shown)


LOOKING: dict[str, Callable[[], Block]] = {
    "why": lambda: m.why_modal(paused_view()),
    "decide-override": lambda: m.build(prepared("decide", override_view(state=ActionState.ASKED))),
    "decide-vouch": lambda: m.build(prepared("decide", asked_view())),
    "decide-file": lambda: m.build(prepared("decide", held_file_view(a_release_of_it()))),
    "decide-file-gone": lambda: m.build(prepared("decide", held_file_view(a_release_of_it(), held=None))),
    "countfile-first": lambda: m.build(prepared("countfile", held_file_view(held=a_first_file()))),
    "bypolicy-vouched": lambda: m.build(prepared("bypolicy", silent_view(a_vouch()))),
    "more-silent": lambda: m.more_modal(silent_view()),
    "decide-release": lambda: m.build(prepared("decide", release_view())),
    "askfeed-direct": lambda: m.build(replace(prepared("askfeed"), data=(("reach", "yes"),))),
    "skus": lambda: skus_modal(),
    "more": lambda: m.more_modal(a_view(finance=QueueId("finance"), vendor=QueueId("catalog"))),
    "picture": lambda: m.picture_modal(a_view()),
    "proof": lambda: m.proof_modal(a_view(history=a_history()), at("15:33")),
    "faster": lambda: m.already_done("Lee paused it at 14:43:06, 4 s before you.", "two cartons", "EX-1042:3"),
    "loading": lambda: m.loading("Pause listing"),
    "refused": lambda: m.refused("Only Finance decides this. <@U0LEE> can."),
}


def as_sent(view: Block) -> Any:
    return json.loads(json.dumps(view))


@pytest.mark.parametrize("kind", m.FORMS)
def test_every_form_looks_as_it_was_agreed_and_slack_takes_it(kind: str) -> None:
    sent = as_sent(m.build(prepared(kind)))
    assert validate_view(sent) == []
    golden(f"modal-{kind}", sent)


@pytest.mark.parametrize("name", LOOKING)
def test_every_modal_that_only_shows_is_taken_too(name: str) -> None:
    sent = as_sent(LOOKING[name]())
    assert validate_view(sent) == []
    golden(f"modal-{name}", sent)


@pytest.mark.parametrize("kind", m.FORMS)
@pytest.mark.parametrize("title", WORST.values(), ids=WORST)
def test_the_worst_words_break_no_form(kind: str, title: str) -> None:
    view = view_for(kind)
    lines = tuple(a_listing(ListingId(f"shop-{n}:{'x' * 100}"), title[:200] + str(n)) for n in range(50))
    places = tuple(a_position("netsuite", title, 16, location=f"place-{n}", location_name=title) for n in range(50))
    sku = replace(view.sku or a_sku_view(), sku=a_sku(title, "K" * 90), listings=lines, positions=places)
    acts = tuple(replace(act, note=title * 5, by_name=title) for act in view.case.actions)
    case = replace(
        view.case,
        actions=acts,
        fingerprint=replace(view.case.fingerprint, sku=sku.sku.id, listing=lines[0].listing),
    )
    worst = replace(view, sku=sku, case=case, system_name=title, location_name=title)
    sent = as_sent(m.build(prepared(kind, worst), notice=title * 20))
    assert validate_view(sent) == []
    assert len(sent["private_metadata"]) < 3_000
    for shown in (m.why_modal(worst), m.picture_modal(worst)):
        assert validate_view(as_sent(shown)) == []


def test_a_proof_of_many_entries_stays_one_modal() -> None:
    many = tuple(an_entry(n, "note", "Dana: " + "x" * 900) for n in range(1, 130))
    sent = as_sent(m.proof_modal(a_view(history=many), at("15:33")))
    assert validate_view(sent) == []
    assert "89 earlier" in json.dumps(sent)


def test_private_metadata_is_a_hint_and_no_permission() -> None:
    sent = as_sent(m.build(prepared("decide")))
    meta = json.loads(sent["private_metadata"])
    assert set(meta) == {"intent", "exception", "version", "request", "shown", "policy"}
    assert (meta["exception"], meta["version"], meta["request"]) == ("EX-1042", 9, 3)


def test_deciding_has_the_shape_of_the_design() -> None:
    path = DESIGN / "modal-approve-correction.json"
    if not path.exists():
        pytest.skip("the design's examples are not beside this repository")
    drawn = json.loads(path.read_text())
    sent = as_sent(m.build(prepared("decide")))
    assert [block["block_id"] for block in sent["blocks"]] == [block["block_id"] for block in drawn["blocks"]]
    assert [block["type"] for block in sent["blocks"]] == [block["type"] for block in drawn["blocks"]]
    assert sent["callback_id"] == drawn["callback_id"]
    assert "initial_option" not in sent["blocks"][5]["element"]


def test_fixed_width_lines_fit_a_phone() -> None:
    for view in (m.build(prepared("decide")), m.picture_modal(a_view())):
        for block in as_sent(view)["blocks"]:
            if block["type"] == "rich_text":
                text = block["elements"][0]["elements"][0]["text"]
                assert max(len(line) for line in text.splitlines()) <= 34


def values(prefix: str, **held: dict[str, Any]) -> Values:
    return Values(prefix, FormState(values={f"{prefix}.{name}": {"value": one} for name, one in held.items()}))


def option(value: str) -> dict[str, Any]:
    return {"selected_option": {"value": value}}


META = m.Meta(intent="in_1", exception="EX-1042", version=3, request=7)


def test_forms_become_acts() -> None:
    pause = m.PAUSE.parse(
        values(
            "pause", listings={"selected_options": [{"value": "a:1"}]}, reason=option("count"), note={"value": " x "}
        ),
        META,
    )
    assert pause == Pause((ListingId("a:1"),), "count", "x")
    assert m.RESUME.parse(values("resume", note={"value": "found it"}), META) == Resume("found it")
    count = m.COUNT.parse(values("count", where=option("reno"), who={"selected_user": "U0SAM"}), META)
    assert isinstance(count, RequestCount)
    assert (count.location, count.who, count.by) == ("reno", "U0SAM", None)
    entered = m.ENTER.parse(values("count", units={"value": "9"}, counted_at={"selected_date_time": 1795532520}), META)
    assert isinstance(entered, EnterCount)
    assert (entered.action, entered.units, entered.unsellable, entered.counted_at) == (7, 9, 0, at("15:02"))
    proposed = m.PROPOSE.parse(
        values(
            "correction",
            which=option("netsuite|reno|16"),
            units={"value": "9"},
            cause=option("damage"),
            reason={"value": "two broken"},
        ),
        META,
    )
    assert proposed == ProposeCorrection("netsuite", "reno", 16, 9, "damage", "two broken")  # type: ignore[arg-type]
    assert m.DECIDE.parse(values("correction", decision=option("approve")), META) == DecideCorrection(7, "approve", "")
    asked = values("askfeed", text={"value": " Send it. "}, whom={"value": "Acme desk"})
    assert m.ASK_FEED.parse(asked, META) == AskFeed("Send it.", "Acme desk")
    assert m.ASK_FEED.parse(values("askfeed", text={"value": "Send it."}), META) == AskFeed("Send it.")
    why = values("askreason", text={"value": "Why?"}, whom={"selected_user": "U0SAM"})
    assert m.ASK_REASON.parse(why, META) == AskReason("Why?", UserId("U0SAM"))
    assert m.ASK_REASON.parse(values("askreason", text={"value": "Why?"}), META) == AskReason("Why?")
    given = values("givereason", reason={"value": "a pallet"}, owner=option("U0LEE"))
    assert m.GIVE_REASON.parse(given, META) == GiveReason("a pallet", UserId("U0LEE"))
    assert m.GIVE_REASON.parse(values("givereason", reason={"value": "a pallet"}), META) == GiveReason("a pallet")
    assert m.PUBLISH.parse(values("publish", reason={"value": "wrong"}), META) == PublishOver("wrong")
    assert m.SEND_DATA.parse(values("senddata", note={"value": "the feed was wrong"}), META) == SendData(
        "the feed was wrong"
    )
    assert m.SEND_DATA.parse(values("senddata"), META) == SendData()
    assert m.NOTE.parse(values("note", text={"value": "hm"}), META) == AddNote("hm")
    closed = m.CLOSE.parse(values("close", outcome=option("expected"), reason={"value": "a sale"}), META)
    assert closed == Close("expected", "a sale")
    handed = m.HAND_OVER.parse(values("handover", queue=option("finance"), reason={"value": "a credit note"}), META)
    assert handed == HandOver(None, "a credit note", QueueId("finance"))
    less = values("cap", listing=option("a:1"), units={"value": "3"}, reason={"value": "wet"})
    assert m.CAP.parse(less, META) == Cap(ListingId("a:1"), 3, "wet")
    hold = values("hold", orders={"selected_options": [{"value": "amazon-us:111-55"}]}, reason={"value": "two orders"})
    assert m.HOLD.parse(hold, META) == HoldOrders(("amazon-us:111-55",), "two orders")
    free = values("release", orders={"selected_options": [{"value": "amazon-us:111-55"}]}, note={"value": "found"})
    assert m.RELEASE.parse(free, META) == ReleaseOrders(("amazon-us:111-55",), "found")
    assert m.UNCAP.parse(values("uncap", note={"value": "dry"}), META) == Uncap("dry")
    fixed = m.OVERRIDE.parse(
        values(
            "override",
            listing=option("a:1"),
            units={"value": "40"},
            until=option("1795532520"),
            owner=option("U0DANA"),
            reason={"value": "a fair"},
        ),
        META,
    )
    assert fixed == Override(ListingId("a:1"), 40, at("15:02"), UserId("U0DANA"), "a fair")
    assert m.END_OVERRIDE.parse(values("endoverride", note={"value": "over"}), META) == EndOverride("over")
    asleep = m.SNOOZE.parse(values("snooze", until=option("1795532520"), reason={"value": "backlog"}), META)
    assert asleep == Snooze(at("15:02"), "backlog")


def test_routing_opens_the_hand_over_with_its_queue_chosen() -> None:
    view = a_view(queues=((QueueId("finance"), "Finance"), (QueueId("catalog"), "Catalog")), finance=QueueId("finance"))
    sent = as_sent(m.build(replace(prepared("handover", view), data=(("route", "finance"),))))
    queue = next(block for block in sent["blocks"] if block["block_id"] == "handover.queue")
    assert queue["element"]["initial_option"]["value"] == "finance"


@pytest.mark.parametrize("kind", sorted(set(m.FORMS) - {"resume", "senddata", "uncap"}))
def test_an_empty_form_says_on_its_fields_what_is_missing(kind: str) -> None:
    form = m.FORMS[kind]
    errors = form.parse(Values(form.prefix, FormState()), META)
    assert isinstance(errors, tuple)
    assert errors
    assert {error.field for error in errors} <= set(form.fields)


def test_an_error_of_a_field_that_is_not_there_goes_to_one_that_is() -> None:
    sent = as_sent(m.build(prepared("note")))
    shown = ShownView(id="V1", callback_id="exception.note", blocks=sent["blocks"])
    told = m.field_errors(m.NOTE, [FieldError("elsewhere", "Say why.")], shown)
    assert told == {"note.text": "Say why."}


def test_pausing_one_of_fifty_listings_says_that_not_all_are_shown() -> None:
    lines = tuple(a_listing(ListingId(f"shop-{n}:1"), f"Shop {n}") for n in range(50))
    own = replace(a_case(), fingerprint=replace(a_case().fingerprint, listing=lines[7].listing))
    sent = as_sent(m.build(prepared("pause", a_view(own, sku=a_sku_view(listings=lines)))))
    boxes = next(block for block in sent["blocks"] if block["block_id"] == "pause.listings")["element"]
    assert boxes["options"][0]["value"] == "shop-7:1"
    assert [one["value"] for one in boxes["initial_options"]] == ["shop-7:1"]
    assert "40 are not listed here" in json.dumps(sent)


def test_a_paused_listing_is_not_offered_again() -> None:
    view = a_view(
        replace(owned(a_case()), actions=(a_pause(),)), sku=a_sku_view(listings=(a_listing(paused_by_us=True),))
    )
    sent = as_sent(m.build(prepared("pause", view)))
    assert "pause.listings" not in json.dumps(sent["blocks"])
