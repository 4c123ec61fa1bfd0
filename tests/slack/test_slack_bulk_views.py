"""Forms and messages of acts on many, at their best and worst: taken by Slack, inert, and with all that must be said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from memory_desk import a_policy
from slack_builders import DANA, KIM, LEE, a_case, at
from test_slack_cards import WORST, golden, walk
from test_slack_modals import as_sent

from bot.slack.bulk.form import About, confirm, decision, form, head_of_list, nothing, read
from bot.slack.bulk.messages import names_of, render_ask, render_progress
from bot.slack.payloads import FormState, Values
from sandbox.slack.blocks import validate, validate_view
from sync.bulk.bulk import Asked, Bulk, BulkState, Deed, Figures, LeftCount, Why
from sync.model.exceptions import Case
from sync.model.ids import BulkId, ExceptionId, QueueId, SkuId

NOW = at("15:04")
POLICY = a_policy()


def a_bulk(deed: Deed = Deed.PAUSE, **changed: Any) -> Bulk:
    """Thirty-seven pauses of a storm, as inbox-design tells them."""
    left = (LeftCount(Why.OWNED, "Lee", 3), LeftCount(Why.CHANGED, "", 1))
    return replace(
        Bulk(
            id=BulkId(7),
            actor=DANA,
            actor_name="Dana",
            team="T0",
            asked=Asked(deed, "two cartons look damaged", units=3, outcome="expected"),
            chosen="ST-31, all at risk",
            queues=(QueueId("marketplaces"),),
            figures=Figures(37, 37, 3, 412, 0, 0, 9, Decimal("8412.40"), Decimal("2930.10"), left),
            shown="0" * 64,
            digest="1" * 64,
            policy_version=18,
            frozen_at=NOW,
            until=NOW + timedelta(minutes=10),
        ),
        **changed,
    )


def values(**typed: Any) -> Values:
    """What was filled in."""
    shaped: dict[str, dict[str, Any]] = {}
    for name, value in typed.items():
        held = (
            {"selected_options": [{"value": one} for one in value]}
            if isinstance(value, list)
            else {"selected_option": {"value": value}}
            if name in ("who", "deed", "reason", "until", "outcome")
            else {"value": value}
        )
        shaped[f"bulk.{name}"] = {"value": held}
    return Values("bulk", FormState(values=shaped))


def cases(count: int, sku: str = "KTL-17-BLK") -> list[Case]:
    about = replace(a_case().fingerprint, sku=SkuId(sku))
    return [replace(a_case(), id=ExceptionId(1_000 + nth), fingerprint=about) for nth in range(count)]


def surfaces(deed: Deed) -> list[Any]:
    """Everything that shows an act on many."""
    about, bulk = About(storm="ST-31", count=1_284, exposed=37), a_bulk(deed, second=True)
    left = tuple(LeftCount(why, "Lee", nth) for nth, why in enumerate(Why, 1))
    ended = [
        replace(bulk, state=state, decided_by=LEE, decided_name="Lee", decided_at=NOW, done=30, left=left)
        for state in BulkState
    ]
    return [
        form(about, "*ST-31*", cases(3), POLICY, NOW, values(who="above", deed=deed.value)),
        form(about, "*ST-31*", cases(3), POLICY, NOW, values(who="chosen", deed=deed.value)),
        confirm(replace(bulk, figures=replace(bulk.figures, left=left, uncounted=2)), POLICY, "Lee"),
        decision(bulk, 35, POLICY),
        *(render_progress(one, [ExceptionId(7)], NOW).as_json() for one in ended),
        *(render_ask(one, POLICY, NOW).as_json() for one in ended),
    ]


# -- the form ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("deed", Deed)
@pytest.mark.parametrize("who", ["at_risk", "above", "all", "chosen"])
def test_the_form_asks_what_its_act_needs_and_slack_takes_it(deed: Deed, who: str) -> None:
    about = About(storm="ST-31", count=1_284, exposed=37)
    view = as_sent(form(about, "*ST-31*", cases(120), POLICY, NOW, values(who=who, deed=deed.value)))
    assert validate_view(view) == []
    ids = [block["block_id"] for block in view["blocks"]]
    needed = {"pause": "bulk.reason", "cap": "bulk.units", "snooze": "bulk.until", "close": "bulk.outcome"}
    assert all((block in ids) is (name == deed.value) for name, block in needed.items())
    assert ("bulk.note" in ids) is (deed is not Deed.TAKE)
    assert ("bulk.above" in ids, "bulk.chosen" in ids) == (who == "above", who == "chosen")
    assert "initial" not in str([block for block in view["blocks"] if block["block_id"] in ("bulk.who", "bulk.deed")])


def test_a_list_without_money_at_risk_offers_no_amount() -> None:
    about = About(words="late amazon", count=2)
    view = as_sent(form(about, head_of_list(about), cases(2), POLICY, NOW, None))
    assert validate_view(view) == []
    assert [one["value"] for one in view["blocks"][1]["element"]["options"]] == ["all", "chosen"]
    assert view["callback_id"] == "bulk.act"


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({}, {"bulk.who", "bulk.deed"}),
        ({"who": "above", "deed": "take", "above": "much"}, {"bulk.above"}),
        ({"who": "chosen", "deed": "take"}, {"bulk.chosen"}),
        ({"who": "all", "deed": "pause"}, {"bulk.reason"}),
        ({"who": "all", "deed": "pause", "reason": "other"}, {"bulk.note"}),
        ({"who": "all", "deed": "cap", "note": "x", "units": "-3"}, {"bulk.units"}),
        ({"who": "all", "deed": "snooze", "note": "x"}, {"bulk.until"}),
        ({"who": "all", "deed": "close", "note": "x"}, {"bulk.outcome"}),
        ({"who": "all", "deed": "hold"}, {"bulk.note"}),
    ],
)
def test_what_is_missing_is_told_on_its_field(typed: dict[str, Any], wrong: set[str]) -> None:
    told = read(values(**typed))
    assert isinstance(told, dict)
    assert set(told) == wrong


def test_what_was_filled_in_is_one_act_for_all() -> None:
    filled = read(values(who="above", above="$1,500", deed="cap", units="4", note="Acme", owned=["owned"]))
    assert not isinstance(filled, dict)
    assert (filled.who, filled.above) == ("above", Decimal(1500))
    assert filled.asked == Asked(Deed.CAP, "Acme", units=4, owned=True)
    chosen = read(values(who="chosen", chosen=["EX-7", "EX-9"], deed="take"))
    assert not isinstance(chosen, dict)
    assert chosen.chosen == (7, 9)


# -- before it is sent -------------------------------------------------------------------------------------------------


def test_the_preview_says_it_as_it_was_agreed() -> None:
    view = as_sent(confirm(a_bulk(), POLICY, "Lee"))
    assert validate_view(view) == []
    text = view["blocks"][0]["text"]["text"].replace("\u00a0", " ").replace("\u2060", "")
    assert (
        "Would pause 37 listings on 3 channels: customers see 0 instead of 412 units. Saves about $8,412, costs up to $2,930 in"
        " missed sales. Estimates. *4 left out*: 3 are Lee's, 1 changed."
    ) in bare(text)
    assert view["submit"]["text"] == "Pause 37"
    assert view["private_metadata"] == "BA-7"
    golden("modal-bulk-confirm", view)


def bare(text: str) -> str:
    return text.replace("\u2068", "").replace("\u2069", "")


@pytest.mark.parametrize("deed", Deed)
def test_every_act_can_be_shown_sent_and_told(deed: Deed) -> None:
    bulk = a_bulk(deed, second=True)
    for view in (
        confirm(bulk, POLICY, names_of(bulk, POLICY, NOW), "The list changed: 35 now."),
        decision(bulk, 35, POLICY),
    ):
        assert validate_view(as_sent(view)) == []
    for state in BulkState:
        ended = replace(bulk, state=state, decided_by=LEE, decided_name="Lee", decided_at=NOW, reason="no", done=37)
        for message in (render_progress(ended, (), NOW), render_ask(ended, POLICY, NOW)):
            assert validate(as_sent(message.as_json())["blocks"]) == []
            assert bulk.name in message.text


def test_the_request_names_who_decides_and_mentions_nobody() -> None:
    asked = replace(a_bulk(second=True), state=BulkState.ASKED, directly=(LEE, KIM))
    message = as_sent(render_ask(asked, POLICY, NOW).as_json())
    assert "Lee or Kim" in str(message)
    assert "<@" not in str(message)
    golden("bulk-ask", message)


def test_the_end_names_what_was_left_out_and_counts_the_rest() -> None:
    left = (LeftCount(Why.CHANGED, "", 12),)
    ended = replace(a_bulk(), state=BulkState.DONE, done=25, left=left)
    message = render_progress(ended, [ExceptionId(nth) for nth in range(1, 11)], NOW)
    assert "paused on 25 of 37" in message.text.replace("\u00a0", " ")
    assert "12 left out: 12 changed (EX-1, EX-2, EX-3" in message.text
    assert "EX-10 and 2 more)" in message.text
    golden("bulk-done", as_sent(message.as_json()))


def test_nothing_to_do_says_why() -> None:
    empty = replace(a_bulk(), figures=Figures(left=(LeftCount(Why.CANNOT, "", 2),)))
    assert nothing(empty, POLICY) == "Nothing would be done. *2 left out*: 2 where nothing can be done by us."


@pytest.mark.parametrize("title", WORST.values(), ids=WORST)
def test_the_worst_words_break_nothing(title: str) -> None:
    figures = replace(a_bulk().figures, left=tuple(LeftCount(Why.OWNED, f"{title}{nth}", nth) for nth in range(40)))
    worst = a_bulk(
        asked=Asked(Deed.PAUSE, title * 40),
        chosen=title,
        actor_name=title,
        decided_name=title,
        reason=title * 40,
        figures=figures,
        second=True,
    )
    about = About(words=title[:200], count=3)
    views = [
        form(about, head_of_list(about), cases(100, title[:200]), POLICY, NOW, values(who="chosen", deed="pause")),
        confirm(worst, POLICY, "Lee", title),
        decision(worst, 3, POLICY),
    ]
    for view in views:
        assert validate_view(as_sent(view)) == []
        assert not any("<!channel>" in one["text"] for one in walk(view) if one.get("type") == "mrkdwn")
    for state in BulkState:
        for message in (
            render_progress(replace(worst, state=state, left=figures.left), (), NOW),
            render_ask(replace(worst, state=state), POLICY, NOW),
        ):
            sent = as_sent(message.as_json())
            assert validate(sent["blocks"]) == []
            assert len(sent["text"]) <= 4_000
            drawn = [one["text"] for one in walk(sent["blocks"]) if one.get("type") == "mrkdwn"]
            assert not any("<!channel>" in text for text in [*drawn, sent["text"]])
