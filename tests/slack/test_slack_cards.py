"""Cards: snapshots of every state, the shape of the design's examples, and the worst that texts can be.

``COUNTERSIGN_REWRITE_GOLDEN=1`` writes the snapshots anew; read the difference before committing it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from held_file_builders import a_release_of_it, held_file_view, unread_view
from slack_builders import (
    DANA,
    LEE,
    SAM,
    a_case,
    a_correction,
    a_count,
    a_feed_ask,
    a_history,
    a_listing,
    a_pause,
    a_publish,
    a_reason,
    a_reason_ask,
    a_release,
    a_resend_task,
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
    resolved_view,
    silent_feed,
    stopped,
)
from spoken_builders import a_nothing, a_vouch, asked_view, silent_view

from bot.slack import modals as m
from bot.slack.blocks import Message
from bot.slack.cards import (
    render_approval_ask,
    render_card,
    render_count_ask,
    render_proof,
    render_superseded,
    thread_text,
)
from sandbox.slack.blocks import validate
from sync.inbox.view import CaseView
from sync.model.exceptions import ActionState, Direction, Evidence, ExceptionClass, Fingerprint, Life, Risk
from sync.model.ids import ListingId, SystemId
from sync.model.money import Converted, Money

GOLDEN = Path(__file__).parent / "golden"
DESIGN = Path(__file__).parents[2] / ".." / "shared" / "inbox-design"


def counting_view() -> CaseView:
    return a_view(replace(owned(a_case(), 7), actions=(a_pause(), a_count())), sku=stopped(), now=at("14:50"))


def approval_view() -> CaseView:
    case = replace(owned(a_case(), 9), actions=(a_pause(), a_correction()))
    return a_view(case, sku=stopped(), now=at("15:05"), pause_cost=Decimal("89.00"))


def failed_view() -> CaseView:
    failed = a_pause(
        state=ActionState.FAILED,
        settled_at=at("14:45"),
        result="Amazon US refused to pause: “seller account may not edit this listing”",
    )
    return a_view(replace(owned(a_case(), 6), actions=(failed,)), now=at("14:46"))


def ask_override() -> Message:
    view = override_view(state=ActionState.ASKED)
    return render_approval_ask(view, view.case.actions[0])


def snoozed_view() -> CaseView:
    asleep = replace(owned(a_case(), 5), snoozed_until=at("16:00"), snooze_note="Amazon backlog, ETA 15:45")
    return a_view(asleep, now=at("14:50"))


def sending_view() -> CaseView:
    case = replace(owned(a_case(), 5), actions=(a_pause(state=ActionState.WANTED, settled_at=None),))
    return a_view(case, sending=True, now=at("14:43"))


def again_view() -> CaseView:
    case = a_case(
        reopenings=1,
        recurrences=4,
        ended_at=at("9:00"),
        ended_name="Dana",
        note="carton short-shipped",
        delta=5,
        version=14,
    )
    return a_view(case)


def cleared_view() -> CaseView:
    case = a_case(life=Life.CLEARED, ended_at=at("14:54"), outcome="cleared by itself", version=5, delta=0)
    return a_view(case, sku=a_sku_view(listings=(a_listing(shows=1, read_at=at("14:54")),)), now=at("14:54"))


def hidden_view() -> CaseView:
    fingerprint = replace(a_case().fingerprint, direction=Direction.UNDER)
    evidence = replace(a_case().evidence, shows=1, can_sell=13)
    risk = Risk(Money(Decimal(640), "USD"))
    return a_view(a_case(fingerprint=fingerprint, evidence=evidence, delta=-12, risk=risk, recurrences=1))


def shadow_view() -> CaseView:
    return a_view(sku=a_sku_view(listings=(a_listing(shadow=True),)), shadow=True)


def _system_case(cls: ExceptionClass, changed: str, detail: str = "", **facts: str) -> CaseView:
    case = a_case(
        fingerprint=Fingerprint(cls, systems=(SystemId("north-3pl"),), detail=detail),
        evidence=Evidence(changed, f"north-3pl:{detail or 'silence'}", at("13:05"), facts=tuple(facts.items())),
        risk=Risk(Money(Decimal(0), "USD")),
        delta=212,
        recurrences=1,
    )
    return a_view(case, sku=None, system_name="North 3PL", location_name="")


def stale_view() -> CaseView:
    text = "North 3PL has sent nothing newer; something is due every 1 h. Its stock counts as half meanwhile."
    return replace(_system_case(ExceptionClass.STALE_FEED, text, skus="212"), feed=silent_feed())


def asked_feed_view() -> CaseView:
    """Dana asked for it, and nothing newer came."""
    view = stale_view()
    return replace(view, case=replace(owned(view.case), actions=(a_feed_ask(),)))


def refused_view() -> CaseView:
    text = "North 3PL refuses us: “token expired” (token). 318 updates wait."
    return _system_case(ExceptionClass.FAILED_UPDATE, text, "account", waiting="318")


def unmapped_view() -> CaseView:
    text = "North 3PL speaks of what we do not know: KTL-99 (sku, 4×)."
    return _system_case(ExceptionClass.CATALOG_FAULT, text, "unmapped")


def update_view() -> CaseView:
    fingerprint = replace(a_case().fingerprint, cls=ExceptionClass.FAILED_UPDATE, detail="quantity")
    evidence = replace(a_case().evidence, changed="3 tries. Amazon US: “not stocked at location” (value).", can_sell=2)
    return a_view(a_case(fingerprint=fingerprint, evidence=evidence, delta=6))


def _sku_case(cls: ExceptionClass, changed: str, delta: int, detail: str = "", **facts: str) -> CaseView:
    case = a_case(
        fingerprint=replace(a_case().fingerprint, cls=cls, listing=None, detail=detail),
        evidence=Evidence(changed, "wms:row-7", at("13:05"), facts=tuple(facts.items())),
        risk=Risk(Money(Decimal(0), "USD")),
        delta=delta,
        recurrences=1,
    )
    return a_view(case)


SKU_CLASSES = {
    "collision": (ExceptionClass.CATALOG_FAULT, 2, "collision", {}),
    "gtin": (ExceptionClass.CATALOG_FAULT, 1, "gtin", {"gtin": "5.01234E+12"}),
    "variance": (ExceptionClass.WMS_ERP_VARIANCE, 7, "", {"decides": "9", "other": "16", "value": "287.00"}),
    "suppressed": (ExceptionClass.FEED_SUPPRESSION, -9, "", {"off sale": "off sale"}),
    "negative": (ExceptionClass.NEGATIVE_STOCK, -2, "", {}),
    "stuck": (ExceptionClass.STUCK_RESERVATION, 5, "", {"shop": "1001"}),
    "oversell": (ExceptionClass.OVERSELL, -1, "", {"shop": "1001"}),
}


@pytest.mark.parametrize("name", SKU_CLASSES)
def test_slack_takes_the_card_of_every_class_at_its_worst(name: str) -> None:
    cls, delta, detail, facts = SKU_CLASSES[name]
    view = _sku_case(cls, "<!channel> *x* & " * 200, delta, detail, **{key: text * 60 for key, text in facts.items()})
    sent = as_sent(render_card(replace(view, system_name="S" * 300)))
    assert validate(sent["blocks"]) == []
    assert "we do not know" not in json.dumps(sent)


def test_a_colliding_code_and_a_bad_barcode_say_what_they_are() -> None:
    titles_of = {
        name: as_sent(render_card(_sku_case(cls, "It is so.", delta, detail, **facts)))["blocks"][0]["text"]["text"]
        for name, (cls, delta, detail, facts) in SKU_CLASSES.items()
    }
    assert titles_of["collision"] == "KTL-17-BLK: one code on 2\u00a0things at Amazon US"
    assert titles_of["gtin"] == "KTL-17-BLK: its barcode is no GTIN"


def test_each_class_asks_its_own_first_step_and_says_what_ends_it() -> None:
    first = {
        ExceptionClass.WMS_ERP_VARIANCE: ["Request count", "Propose correction", "Take it"],
        ExceptionClass.NEGATIVE_STOCK: ["Request count", "Propose correction", "Take it"],
        ExceptionClass.OVERSELL: ["Hold order", "All channels and orders", "Request count"],
        ExceptionClass.MANUAL_OVERRIDE: ["Ask for the reason", "Keep until", "Pause listing"],
        ExceptionClass.FEED_SUPPRESSION: ["Send the right data", "Take it", "All channels and orders"],
    }
    for cls, words in first.items():
        assert buttons_of(render_card(of_class(cls))) == words, cls


def buttons_of(message: Message) -> list[str]:
    blocks = as_sent(message)["blocks"]
    return [one["text"]["text"] for one in blocks[6]["elements"] if one["type"] == "button"]


def test_what_comes_back_for_the_third_time_asks_for_its_cause_beside_the_stop() -> None:
    again = a_case(reopenings=1, recurrences=3, ended_at=at("9:00"), ended_name="Dana", note="mended")
    assert buttons_of(render_card(a_view(again))) == ["Pause listing", "Name the cause", "Request count"]
    known = replace(again, root_cause="miscount")
    assert "Name the cause" not in buttons_of(render_card(a_view(known)))
    second = replace(again, recurrences=2)
    assert "Name the cause" not in buttons_of(render_card(a_view(second)))


def test_the_companys_own_instructions_are_linked_in_the_foot() -> None:
    foot = as_sent(render_card(a_view(runbook="https://wiki.example/kettles")))["blocks"][-1]
    assert "<https://wiki.example/kettles|what to do>" in foot["elements"][0]["text"]


CARDS: dict[str, Callable[[], Message]] = {
    "card-open": lambda: render_card(a_view()),
    "card-hidden": lambda: render_card(hidden_view()),
    "card-owned": lambda: render_card(a_view(owned(a_case()), now=at("14:42"))),
    "card-sending": lambda: render_card(sending_view()),
    "card-fixed": lambda: render_card(override_view()),
    "card-override-asked": lambda: render_card(override_view(state=ActionState.ASKED)),
    "ask-override": lambda: ask_override(),
    "card-held": lambda: render_card(held_view()),
    "card-held-by-hand": lambda: render_card(held_view(by_hand=True)),
    "card-capped": lambda: render_card(capped_view()),
    "card-capped-ready": lambda: render_card(capped_view(agrees=True)),
    "card-snoozed": lambda: render_card(snoozed_view()),
    "card-paused": lambda: render_card(paused_view()),
    "card-ready": lambda: render_card(paused_view(agrees=True)),
    "card-counting": lambda: render_card(counting_view()),
    "card-approval": lambda: render_card(approval_view()),
    "card-failed": lambda: render_card(failed_view()),
    "card-resolved": lambda: render_card(resolved_view()),
    "card-cleared": lambda: render_card(cleared_view()),
    "card-again": lambda: render_card(again_view()),
    "card-superseded": lambda: render_superseded(again_view(), "https://example.slack.com/archives/C0MKT/p1"),
    "card-shadow": lambda: render_card(shadow_view()),
    "card-stale-feed": lambda: render_card(stale_view()),
    "card-stale-feed-asked": lambda: render_card(asked_feed_view()),
    "card-zeroed": lambda: render_card(silent_view(a_nothing())),
    "card-held-file": lambda: render_card(held_file_view()),
    "card-held-file-asked": lambda: render_card(held_file_view(a_release_of_it())),
    "card-held-file-read": lambda: render_card(held_file_view(a_release_of_it(state=ActionState.WANTED))),
    "card-held-file-unread": lambda: render_card(unread_view()),
    "ask-held-file": lambda: render_approval_ask(held_file_view(a_release_of_it()), a_release_of_it()),
    "card-vouched": lambda: render_card(silent_view(a_vouch())),
    "card-vouch-asked": lambda: render_card(asked_view()),
    "ask-vouch": lambda: render_approval_ask(asked_view(), asked_view().case.actions[1]),
    "card-account-refused": lambda: render_card(refused_view()),
    "card-failed-update": lambda: render_card(update_view()),
    "card-unmapped": lambda: render_card(unmapped_view()),
    "card-variance": lambda: render_card(of_class(ExceptionClass.WMS_ERP_VARIANCE)),
    "card-negative": lambda: render_card(of_class(ExceptionClass.NEGATIVE_STOCK)),
    "card-oversell": lambda: render_card(of_class(ExceptionClass.OVERSELL)),
    "card-stuck": lambda: render_card(of_class(ExceptionClass.STUCK_RESERVATION)),
    "card-suppressed": lambda: render_card(of_class(ExceptionClass.FEED_SUPPRESSION)),
    "card-release-asked": lambda: render_card(release_view()),
    "ask-release": lambda: render_approval_ask(release_view(), a_release()),
    "card-by-hand": lambda: render_card(of_class(ExceptionClass.MANUAL_OVERRIDE)),
    "card-door-lost": lambda: render_card(door_lost()),
    "card-door-task": lambda: render_card(door_lost(a_resend_task())),
    "card-by-hand-hidden": lambda: render_card(hidden_by_hand()),
    "card-by-hand-asked": lambda: render_card(hidden_by_hand(a_reason_ask())),
    "card-by-hand-reason": lambda: render_card(hidden_by_hand(a_reason_ask(), a_reason())),
    "card-by-hand-publishing": lambda: render_card(hidden_by_hand(a_publish())),
    "proof-resolved": lambda: render_proof(resolved_view()),
    "ask-count": lambda: render_count_ask(counting_view(), a_count()),
    "ask-approval": lambda: render_approval_ask(approval_view(), a_correction()),
}


def as_sent(message: Message) -> Any:
    """A message as its JSON is read back."""
    return json.loads(json.dumps(message.as_json()))


def golden(name: str, shown: Any) -> None:
    """Compare with the snapshot, or write it when asked to."""
    path = GOLDEN / f"{name}.json"
    if os.environ.get("COUNTERSIGN_REWRITE_GOLDEN"):
        path.write_text(json.dumps(shown, ensure_ascii=False, indent=1) + "\n")
    assert shown == json.loads(path.read_text())


@pytest.mark.parametrize("name", CARDS)
def test_every_state_looks_as_it_was_agreed(name: str) -> None:
    golden(name, as_sent(CARDS[name]()))


@pytest.mark.parametrize("name", CARDS)
def test_slack_takes_every_card(name: str) -> None:
    assert validate(as_sent(CARDS[name]())["blocks"]) == []


@pytest.mark.parametrize("name", ["card-open", "card-owned", "card-paused", "card-counting", "card-approval"])
def test_a_card_has_eight_blocks_in_order_and_one_green_button_first(name: str) -> None:
    blocks = as_sent(CARDS[name]())["blocks"]
    parts = [block["block_id"].split(".")[1] for block in blocks]
    assert parts == ["title", "state", "numbers", "changed", "next", "closes", "actions", "foot"]
    versions = {block["block_id"].split(".")[2] for block in blocks}
    assert len(versions) == 1
    elements = blocks[6]["elements"]
    buttons = [one for one in elements if one["type"] == "button"]
    assert len(buttons) <= 3
    assert [one.get("style") for one in buttons].count("primary") == 1
    assert buttons[0]["style"] == "primary"


def shape(value: Any) -> Any:
    """Structure and names of a payload without its words."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items() if key not in ("accessibility_label", "elements")}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return type(value).__name__


@pytest.mark.parametrize("name", ["card-open", "card-paused", "proof-resolved"])
def test_cards_have_the_shape_of_the_design(name: str) -> None:
    path = DESIGN / f"{name}.json"
    if not path.exists():
        pytest.skip(f"the design's examples are not beside this repository ({path.name})")
    drawn = json.loads(path.read_text())
    shown = as_sent(CARDS[name]())
    wanted = [block for block in drawn["blocks"] if block["block_id"].split(".")[1] != "saved"]
    assert [block["block_id"] for block in shown["blocks"]] == [block["block_id"] for block in wanted]
    for ours, theirs in zip(shown["blocks"], wanted, strict=True):
        if ours["type"] != "table":
            assert shape(ours) == shape(theirs), ours["block_id"]
    assert shape(shown["metadata"]) == shape(drawn["metadata"])


def titles(blocks: list[dict[str, Any]]) -> str:
    return json.dumps(blocks, ensure_ascii=False)


HEBREW = "קומקום \u202eשחור 🫖" * 12
WORST = {
    "long": "Kettle " * 80,
    "right-to-left": HEBREW,
    "emoji": "👨‍👩‍👧‍👦" * 90,
    "mention": "<!channel> *sale* <@U0DANA> :fire: `x` & co\nnew line",
    "control": "a\x00b\x1b[31mred\u2066x",
}


@pytest.mark.parametrize("title", WORST.values(), ids=WORST)
def test_the_worst_title_breaks_no_card(title: str) -> None:
    view = paused_view()
    assert view.sku is not None
    sku = a_sku(title, "KTL-" + "X" * 60 + "-BLK")
    case = replace(
        view.case,
        fingerprint=replace(view.case.fingerprint, sku=sku.id),
        evidence=replace(view.case.evidence, changed=title * 40, event=title),
        actions=tuple(replace(act, note=title * 3) for act in view.case.actions),
    )
    worst = replace(view, case=case, sku=replace(view.sku, sku=sku), system_name=title)
    resolved = replace(resolved_view(), system_name=title)
    for message in (render_card(worst), render_proof(resolved), render_count_ask(worst, a_count(note=title))):
        sent = as_sent(message)
        assert validate(sent["blocks"]) == []
        assert len(sent["text"]) <= 4_000
        drawn = [one["text"] for one in walk(sent["blocks"]) if one.get("type") == "mrkdwn"]
        assert not any("<!channel>" in text for text in [*drawn, sent["text"]])
        assert "\u202e" not in titles(sent["blocks"])


def test_a_right_to_left_title_is_isolated_and_stands_after_the_numbers() -> None:
    view = a_view(sku=a_sku_view(a_sku("קומקום שחור")))
    context = as_sent(render_card(view))["blocks"][1]
    assert context["elements"][1]["text"] == "\u2068קומקום שחור\u2069"


def test_a_mention_in_a_title_mentions_nobody() -> None:
    view = a_view(sku=a_sku_view(a_sku("Kettle <!channel> <@U0SAM>")))
    mrkdwn = [one for one in walk(as_sent(render_card(view))["blocks"]) if one.get("type") == "mrkdwn"]
    assert not any("<!channel>" in one["text"] or "<@U0SAM>" in one["text"] for one in mrkdwn)


def walk(value: Any) -> list[dict[str, Any]]:
    """Every object inside a payload."""
    if isinstance(value, list):
        return [found for inner in value for found in walk(inner)]
    if isinstance(value, dict):
        return [value, *(found for inner in value.values() for found in walk(inner))]
    return []


def test_fifty_listings_stay_one_card() -> None:
    lines = tuple(a_listing(ListingId(f"shop-{n}:1"), f"Shop {n}", paused_by_us=True, live=False) for n in range(50))
    pauses = tuple(a_pause(id=n, listing=line.listing) for n, line in enumerate(lines))
    view = a_view(replace(owned(a_case()), actions=pauses), sku=a_sku_view(listings=lines))
    sent = as_sent(render_card(view))
    assert validate(sent["blocks"]) == []
    assert "Shop 2 and 47 more" in sent["blocks"][0]["text"]["text"]


def test_a_card_nobody_owns_interrupts_nobody_whose_name_is_known() -> None:
    text = json.dumps(as_sent(render_card(a_view(), {DANA: "Dana", LEE: "Lee"})))
    assert "<@" not in text
    assert "Dana is told, then Lee" in text


def test_resume_comes_first_once_the_counts_agree() -> None:
    row = as_sent(render_card(paused_view(agrees=True)))["blocks"][6]["elements"]
    assert [one["action_id"] for one in row[:2]] == ["card.resume.open", "card.count.open"]


def test_a_card_that_waits_for_the_bot_keeps_only_the_overflow() -> None:
    sent = as_sent(render_card(sending_view()))
    assert [one["type"] for one in sent["blocks"][6]["elements"]] == ["overflow"]
    assert "*Sending…*" in sent["blocks"][1]["elements"][0]["text"]


def test_shadow_never_offers_what_it_would_not_do() -> None:
    sent = as_sent(render_card(shadow_view()))
    assert "card.pause.open" not in json.dumps(sent)
    assert "I would pause Amazon US." in json.dumps(sent)


def test_acting_states_may_overlap_and_the_newest_is_named_first() -> None:
    state = as_sent(render_card(counting_view()))["blocks"][1]["elements"][0]["text"]
    assert state.startswith(":1234: *Count requested*")
    assert "also: paused since" in state


def test_the_counter_is_never_shown_the_expected_number() -> None:
    ask = json.dumps(as_sent(render_count_ask(counting_view(), a_count())), ensure_ascii=False)
    assert "16" not in ask
    assert " 9" not in ask.replace("EX-1042", "")


def test_an_entered_count_folds_the_ask_and_stays_blind() -> None:
    done = a_count(state=ActionState.DONE, decided_by=SAM, decided_name="Sam", settled_at=at("15:02"), result="9 units")
    sent = as_sent(render_count_ask(counting_view(), done))
    assert sent["blocks"][0]["text"]["text"].startswith(":white_check_mark: *Counted* by <@U0SAM>")
    assert "9 units" not in json.dumps(sent)


def test_a_decided_approval_folds_with_who_and_when() -> None:
    done = a_correction(state=ActionState.WANTED, decided_by=LEE, decided_name="Lee", decided_at=at("15:21"))
    text = as_sent(render_approval_ask(approval_view(), done))["blocks"][0]["text"]["text"]
    assert text.startswith(":white_check_mark: *Approved* by <@U0LEE> at <!date^")


def test_history_lines_say_who_and_mention_nobody() -> None:
    entries = [*a_history(), an_entry(5, "note", "Dana: ask <@U0SAM> or <!here>, *now*")]
    text, last = thread_text(entries)
    assert last == 5
    assert text.splitlines()[1] == "Dana took it, 24 min after it opened."
    assert "<@" not in text
    assert "<!" not in text


def test_history_lines_that_do_not_fit_wait_for_the_next_message() -> None:
    entries = [an_entry(seq, "note", "x" * 900) for seq in range(1, 8)]
    text, last = thread_text(entries)
    assert last == 3
    rest, end = thread_text(entries[last:])
    assert end == 6
    assert len(text) < 2_900
    assert len(rest) < 2_900


def test_the_risk_that_is_nothing_is_not_explained() -> None:
    numbers = as_sent(render_card(stale_view()))["blocks"][2]
    assert "accessory" not in numbers


@pytest.mark.parametrize(
    ("family", "title"),
    [
        ("Chairs", "North 3PL has not acknowledged family Chairs"),
        ("", "North 3PL has not acknowledged SKUs without a family"),
    ],
)
def test_a_vendor_s_missing_word_has_a_card_of_its_own(family: str, title: str) -> None:
    text = "North 3PL has not acknowledged that it can supply these SKUs. Its stock counts as nothing meanwhile."
    card = render_card(_system_case(ExceptionClass.STALE_FEED, text, f"unacknowledged:{family}", skus="12"))
    told = json.dumps(as_sent(card), ensure_ascii=False)
    assert title in told
    assert "12\u00a0SKUs* without its word" in told.replace("\\u00a0", "\u00a0")
    assert "The word of North 3PL on each of them" in told


def test_money_at_risk_says_by_which_rate_or_that_there_is_none() -> None:
    rated = Converted(Decimal("89.00"), "USD", Money(Decimal("82.41"), "EUR"), Decimal("1.08"), date(2026, 11, 22))
    for price, words in (
        (
            rated,
            "*$519 at risk*, estimated, rates of 22 Nov",
        ),
        (Money(Decimal("27.00"), "KWD"), "*$519 at risk*, estimated, without sales: no rate for KWD"),
    ):
        view = a_view(sku=a_sku_view(replace(a_sku(), price=price)))
        assert words in render_card(view).blocks[2]["text"]["text"]  # type: ignore[index,call-overload]
        picture = json.dumps(m.picture_modal(view), ensure_ascii=False)
        assert ("(€82.41, rates of 22 Nov)" in picture) is isinstance(price, Converted)
