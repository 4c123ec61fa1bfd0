"""Every surface of the Slack side at its worst: the words that a title, name or note may be, and as much of it as there can be.

A new card, modal, answer or note is added to :func:`surfaces` (or to the walk through the running app in
``test_slack_worst``); the test there fails and names the function that no worst case drew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from held_file_builders import a_held_file, a_release_of_it
from slack_builders import (
    DANA,
    LEE,
    NOW,
    a_case,
    a_correction,
    a_count,
    a_feed_ask,
    a_hold,
    a_listing,
    a_pause,
    a_position,
    a_publish,
    a_reason,
    a_reason_ask,
    a_resend_task,
    a_sku,
    a_sku_view,
    a_view,
    an_entry,
    an_override,
    at,
    silent_feed,
)
from spoken_builders import a_nothing, a_vouch, a_word, an_effect
from test_slack_bulk_views import a_bulk, values
from test_slack_cards import CARDS
from test_slack_digest import START, hostile, nothing, the_worst
from test_slack_modals import prepared, view_for
from test_slack_standup import MARKETS
from test_slack_storms import SILENT, a_storm, worst_cases

from bot.slack import modals as m
from bot.slack.bulk.form import About, confirm, decision, head_of_list
from bot.slack.bulk.form import form as bulk_form
from bot.slack.bulk.messages import names_of, render_ask, render_progress
from bot.slack.cards import (
    render_approval_ask,
    render_card,
    render_count_ask,
    render_proof,
    render_superseded,
    thread_text,
)
from bot.slack.cards.queue import QueueFigures, Waiting, render_overflow, render_pin
from bot.slack.cards.returned import Away, render_returned
from bot.slack.cards.state import CardState, state_of
from bot.slack.cards.storm import StormView, render_gathered, render_storm
from bot.slack.cards.tries import render_tries
from bot.slack.digest import render_digest, render_queue, render_queues
from bot.slack.digest.drawing import late
from bot.slack.digest.standup import StandUp, render_standup, standup_post
from bot.slack.freezing import freeze_form, thaw_form
from bot.slack.mapping import choose_form, looked_form
from bot.slack.mentions import Telling, render_telling
from bot.slack.morning import Morning, render_morning
from bot.slack.payloads import ShownView
from bot.slack.silent import LISTED, listed
from bot.slack.storm_mentions import StormTelling, render_storm_telling
from sync.bulk.bulk import Asked, BulkState, Deed
from sync.inbox.choosing import Looked
from sync.inbox.effect import Effect
from sync.inbox.view import CaseView, HeldLine
from sync.landing.held_file import Change
from sync.landing.snapshot import Figures
from sync.measures.figures import figures
from sync.model.exceptions import (
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
from sync.model.facts import ItemRef
from sync.model.freezing import Freeze
from sync.model.ids import ExceptionId, ListingId, LocationId, QueueId, SkuId, StormId, SystemId
from sync.model.mapping import Remapped, Wish
from sync.model.mentions import Mention, Why
from sync.model.money import Money
from sync.model.outbox import Post, PostKind
from sync.path.retries import Tries
from sync.policy.schema import Policy
from sync.ports import Ranked, Standing

LISTINGS = 50
HUGE = Decimal(10) ** 11


def worst_case(title: str, **changes: Any) -> Case:
    """An exception whose every text is the worst."""
    actions = tuple(
        replace(act, note=title * 3, reason=title, by_name=title, decided_name=title, result=title * 3)
        for act in changes.pop("actions", ())
    )
    case = a_case(
        delta=-9_999_999,
        owner_name=title,
        note=title * 3,
        ended_name=title,
        snooze_note=title * 2,
        recurrences=999,
        actions=actions,
    )
    evidence = Evidence(
        title * 20, title, at("14:02"), 10**7, "", 10**6, (title,) * 30, SILENT, (("shop", title),) * 60
    )
    terms = tuple(RiskTerm(title, HUGE) for _ in range(30))
    fingerprint = replace(case.fingerprint, sku=SkuId("KTL-" + "X" * 80 + "-BLK"), listing=_listing(0, title).listing)
    return replace(
        case,
        evidence=evidence,
        fingerprint=fingerprint,
        risk=Risk(Money(HUGE, "USD"), terms, HUGE, title * 5),
        **changes,
    )


def _listing(nth: int, title: str, **changes: Any) -> Any:
    return a_listing(ListingId(f"amazon-us:{nth:03d}{'x' * 120}"), f"{title}{nth}", shows=10**7, **changes)


def worst_view(title: str, case: Case, **changes: Any) -> CaseView:
    """What a card of it is drawn from: fifty listings, fifty places, hundreds of orders."""
    lines = tuple(_listing(nth, title, **changes.pop("listing", {})) for nth in range(LISTINGS))
    places = tuple(
        replace(a_position("netsuite", title, 16), location=LocationId(f"place-{nth}"), location_name=title)
        for nth in range(LISTINGS)
    )
    held = tuple(HeldLine(SystemId("amazon-us"), title, 9, at("14:40"), title) for _ in range(200))
    sku = replace(a_sku_view(a_sku(title, str(case.fingerprint.sku)), lines), positions=places, held=held)
    sku = replace(sku, cases=(case,) * 30, arithmetic=tuple((line.listing, (title,) * 5) for line in lines))
    history = tuple(an_entry(nth, "note", title * 5) for nth in range(1, 130))
    view = a_view(case, sku=sku, system_name=title, location_name=title, history=history)
    queues = tuple((QueueId(f"q-{nth}"), title) for nth in range(60))
    return replace(view, queues=queues, finance=QueueId("finance"), vendor=QueueId("catalog"), unread=title, **changes)


ACTS = {
    CardState.OPEN: {},
    CardState.OWNED: {"life": Life.OWNED, "owner": DANA, "owned_at": at("14:41")},
    CardState.SNOOZED: {"life": Life.OWNED, "owner": DANA, "snoozed_until": NOW + timedelta(hours=2)},
    CardState.SENDING: {"actions": (a_pause(state=ActionState.WANTED, settled_at=None),)},
    CardState.PAUSED: {"actions": (a_pause(),)},
    CardState.READY: {"actions": (a_pause(),)},
    CardState.CAPPED: {"actions": (a_pause(kind=ActionKind.CAP, figures=(("units", "3"), ("shown", "8"))),)},
    CardState.HELD: {"actions": tuple(a_hold(id=nth) for nth in range(50))},
    CardState.FIXED: {"actions": (an_override(),)},
    CardState.ZEROED: {"actions": (a_nothing(),)},
    CardState.VOUCHED: {"actions": (a_vouch(),)},
    CardState.READING: {"actions": (a_release_of_it(state=ActionState.WANTED),)},
    CardState.COUNTING: {"actions": (a_count(),)},
    CardState.APPROVAL: {"actions": (a_correction(),)},
    CardState.WRITING: {"actions": (a_correction(state=ActionState.WANTED, decided_by=LEE, decided_at=at("15:21")),)},
    CardState.FAILED: {"actions": (a_pause(state=ActionState.FAILED),)},
    CardState.RESOLVED: {"life": Life.RESOLVED, "ended_at": NOW, "ended_by": DANA, "owner": DANA},
    CardState.CLEARED: {"life": Life.CLEARED, "ended_at": NOW, "outcome": "cleared by itself"},
}
"""What brings a card into each of its states."""


def in_state(title: str, state: CardState) -> CaseView:
    """A card's worst view in one state."""
    paused = {"live": False, "paused_by_us": True} if state in (CardState.PAUSED, CardState.READY) else {}
    view = worst_view(title, worst_case(title, **ACTS[state]), listing=paused, sending=state is CardState.SENDING)
    return replace(view, agrees=state is CardState.READY)


def surfaces(title: str) -> Iterator[tuple[str, Any]]:
    """(name, message or view) of every surface that is drawn from state alone."""
    yield from _cards(title)
    yield from _asks(title)
    yield from _modals(title)
    yield from _queues(title)
    yield from _bulks(title)


def _cards(title: str) -> Iterator[tuple[str, Any]]:
    for name, draw in CARDS.items():
        yield f"snapshot {name}", draw()
    for state in CardState:
        view = in_state(title, state)
        assert state_of(view) is state, state
        for cls in ExceptionClass:
            about = replace(view.case.fingerprint, cls=cls)
            yield f"card {cls} {state}", render_card(replace(view, case=replace(view.case, fingerprint=about)))
    for cls in ExceptionClass:
        case = worst_case(title)
        about = replace(case.fingerprint, cls=cls, sku=None, listing=None, detail=title)
        yield (
            f"card {cls} of a system",
            render_card(replace(worst_view(title, replace(case, fingerprint=about)), sku=None)),
        )
    again = worst_view(title, worst_case(title, reopenings=9, ended_at=NOW))
    frozen = replace(again, frozen=Freeze(None, LEE, title, title, NOW), shadow=True)
    yield "card again", render_card(again)
    by_hand = replace(again.case.fingerprint, cls=ExceptionClass.MANUAL_OVERRIDE, direction=Direction.UNDER)
    gone = replace(again.case.fingerprint, cls=ExceptionClass.FEED_SUPPRESSION)
    task = replace(a_resend_task(), by_name=title, result=title * 5)
    shown = replace(again.case, fingerprint=gone, actions=(task,), opened_at=at("14:00"))
    yield "card of a task to put back", render_card(replace(again, case=shown))
    for act in (a_reason_ask(), a_reason(), a_publish()):
        told = replace(
            act, by_name=title, note=title * 5, figures=(("whom", title), ("owner_name", title), ("to", "9"))
        )
        shown = replace(again.case, fingerprint=by_hand, actions=(told,), opened_at=at("14:00"))
        yield f"card by hand {act.kind}", render_card(replace(again, case=shown))
    about = Fingerprint(ExceptionClass.STALE_FEED, systems=(SystemId("wms"),))
    asked = a_feed_ask(by_name=title, note=title * 3, figures=(("whom", title),))
    silent = replace(again.case, fingerprint=about, actions=(asked,))
    yield (
        "card of a feed asked for",
        render_card(replace(again, case=silent, sku=None, feed=silent_feed(contact=title))),
    )
    yield "card frozen in shadow", render_card(frozen)
    yield "card superseded", render_superseded(again, "https://example.test/" + "p" * 2_000)
    yield (
        "card gathered",
        render_gathered(replace(again.case, storm=StormId(31), gathered=SILENT), hostile(), "https://x.test"),
    )
    yield "proof", render_proof(in_state(title, CardState.RESOLVED))


def _asks(title: str) -> Iterator[tuple[str, Any]]:
    for state in (ActionState.WANTED, ActionState.DONE, ActionState.UNDONE):
        view = worst_view(title, worst_case(title, actions=(a_count(state=state, decided_by=DANA, decided_at=NOW),)))
        yield f"count ask {state}", render_count_ask(view, view.case.actions[0])
    for act in (
        a_correction(),
        an_override(state=ActionState.ASKED),
        a_vouch(state=ActionState.ASKED),
        a_release_of_it(),
    ):
        for state in (ActionState.ASKED, ActionState.WANTED, ActionState.REFUSED):
            view = worst_view(
                title, worst_case(title, actions=(replace(act, state=state, decided_by=LEE, decided_at=NOW),))
            )
            yield f"approval ask {act.kind} {state}", render_approval_ask(view, view.case.actions[0])
    yield "thread", thread_text([an_entry(nth, "note", title * 9) for nth in range(1, 30)])[0]


def _modals(title: str) -> Iterator[tuple[str, Any]]:
    view = worst_view(title, worst_case(title), pause_cost=HUGE)
    for kind in m.FORMS:
        usual = view_for(kind)
        acts = tuple(replace(act, note=title * 5, by_name=title, result=title) for act in usual.case.actions)
        case = replace(view.case, actions=acts)
        yield f"form {kind}", m.build(prepared(kind, replace(view, case=case)), notice=title * 20)
    counting = json.loads(json.dumps(m.build(prepared("entercount"))))
    asked = ShownView(id="V1", **{key: counting[key] for key in ("callback_id", "blocks", "private_metadata")})
    yield "form entercount asked again", m.with_field(asked, m.again_field(), title * 20)
    silent = worst_view(title, worst_case(title, actions=(a_nothing(note=title * 5, by_name=title),)))
    for kind, effect in (("nothing", _effect(title)), ("vouch", _effect(title))):
        yield f"form {kind} reckoned in part", m.build(replace(prepared(kind, silent), effect=effect))
    change = Change(10**7, 10**6, 10**7, 10**7, 10**7, 10**9, 10**9, HUGE, 10**7, 10**7, 10**7)
    figures = Figures(10**7, 10**7, 10**9)
    held = a_held_file(name=title * 5, why=title * 9, figures=figures, last=figures, change=change)
    asked = (("delivery", "77"), ("file", title * 5), ("value", str(HUGE)))
    told = worst_case(title, actions=(a_release_of_it(note=title * 5, by_name=title, figures=asked),))
    for kind in ("countfile", "decide"):
        yield f"form {kind} of a held file", m.build(prepared(kind, worst_view(title, told, held=held)), title * 20)
    yield "modal why", m.why_modal(view)
    yield "modal verify", m.verify_modal(view)
    yield "modal picture", m.picture_modal(view)
    yield "modal proof", m.proof_modal(view, NOW)
    yield "modal more", m.more_modal(view)
    yield "modal card", m.card_modal(view)
    yield "modal loading", m.loading(title)
    yield "modal refused", m.refused(title * 20)
    yield "modal told", m.told(title * 20)
    yield "modal unknown", m.not_known(title * 20)
    yield "modal faster", m.already_done(title * 20, title * 20, "EX-1042:3")
    yield "form freeze", freeze_form(hostile())
    silent = replace(view, feed=silent_feed(company=title, contact=title, mail=title), sku=None)
    for reach in ("yes", "no"):
        yield (
            f"form askfeed {reach}",
            m.build(replace(prepared("askfeed", silent), data=(("reach", reach),)), title * 20),
        )
    ranked = [Ranked(SkuId(f"{nth}{'X' * 80}"), HUGE, 10**7) for nth in range(LISTED)]
    skus = {one.sku: worst_view(title, worst_case(title)).sku for one in ranked}
    yield "modal skus", listed(silent, 10**7, ranked, {sku: one for sku, one in skus.items() if one is not None})
    yield "modal skus of nothing", listed(silent, 0, (), {})
    codes = tuple(("sku", f"{nth}{title}"[:400]) for nth in range(20))
    about = Fingerprint(ExceptionClass.CATALOG_FAULT, systems=(SystemId("wms"),), detail="unmapped")
    yield "form choose", choose_form(a_case(fingerprint=about, evidence=Evidence(title, facts=codes)))
    wish = Wish(SystemId("wms"), ItemRef("sku", title[:400]), SkuId(title[:80]))
    yield "form choose looked", looked_form(Looked("in_1", wish, Remapped(None, 3, (title * 9,), (title * 9,))))
    freezes = [Freeze(SystemId(name), LEE, title, title * 3, NOW) for name in hostile().systems]
    yield "form thaw", thaw_form(hostile(), [*freezes, Freeze(None, LEE, title, title, NOW)])


def _effect(title: str) -> Effect:
    names = (title,) * 40
    return an_effect(
        skus=10**7, units=10**9, listings=10**7, value=HUGE, missed=HUGE, unvalued=10**6, channels=names, shadow=names
    )


def _queues(title: str) -> Iterator[tuple[str, Any]]:
    policy, queue = hostile(), QueueId("marketplaces")
    worst = tuple(worst_case(title, owner=DANA) for _ in range(10))
    standing = Standing(10**6, 10**5, 10**4, HUGE, worst[0].id, at("01:00"), 10**3)
    silent = tuple((SystemId(name), at("02:00")) for name in policy.systems)
    freezes = tuple(Freeze(SystemId(name), LEE, title, title, NOW) for name in policy.systems)
    storms = (a_storm(owner_name=title),) * 5
    words = tuple(a_word(system=SystemId(name), by_name=title, reason=title * 3) for name in policy.systems)
    yield (
        "pin",
        render_pin(QueueFigures(queue, standing, worst, silent, NOW, title, storms, freezes, words), policy, 10**6),
    )
    yield "pin calm", render_pin(QueueFigures(queue, None, (), (), NOW), policy, 1)
    yield "pin silent", render_pin(QueueFigures(queue, None, (), silent, NOW), policy, 1)
    yield "overflow", render_overflow(Waiting(queue, 10**6, 10**5, HUGE, worst, 20, 10**6, NOW), policy, 10**6)
    yield "overflow over", render_overflow(Waiting(queue, 0, 0, Decimal(0), (), 20, 10**6, NOW), policy, 2)
    away = Away(at("02:00"), NOW, 10**6, 10**5, 10**5, 10**4, HUGE)
    yield "returned", render_returned(away, policy, queue, 1, NOW)
    yield "returned to nothing", render_returned(replace(away, opened=0, need=0), policy, queue, 1, NOW)
    yield from _storms(title, policy)
    yield from _tellings(title, policy, worst)


def _bulks(title: str) -> Iterator[tuple[str, Any]]:
    policy, worst = hostile(), [replace(worst_case(title), id=ExceptionId(nth)) for nth in range(1, 121)]
    for deed in Deed:
        asked = Asked(deed, title * 5, units=10**6, outcome="expected")
        bulk = a_bulk(deed, second=True, actor_name=title, decided_name=title, chosen=title, asked=asked)
        for state in BulkState:
            now = replace(bulk, state=state)
            yield f"bulk {deed} {state}", render_progress(now, tuple(one.id for one in worst), NOW)
            yield f"bulk ask {deed} {state}", render_ask(now, policy, NOW)
        yield f"bulk confirm {deed}", confirm(bulk, policy, names_of(bulk, policy, NOW), title * 5)
        yield f"bulk decision {deed}", decision(bulk, 10**6, policy)
        for who in ("at_risk", "above", "all", "chosen"):
            about = About(storm="ST-31", count=10**6, exposed=10**5)
            yield (
                f"bulk form {deed} {who}",
                bulk_form(about, head_of_list(about), worst, policy, NOW, values(who=who, deed=deed.value)),
            )


def _storms(title: str, policy: Policy) -> Iterator[tuple[str, Any]]:
    worst = tuple(replace(worst_case(title, owner=DANA), id=one.id) for one in worst_cases(10))
    storm = a_storm(members=10**7, joined=10**9, risk=HUGE, owner=DANA, owner_name=title, owned_at=at("09:00"))
    for native in (True, False):
        yield f"storm native={native}", render_storm(StormView(storm, worst, NOW), policy, 10**9, native=native)
        over = replace(storm, members=0, ended_at=NOW)
        yield f"storm over native={native}", render_storm(StormView(over, (), NOW), policy, 2, native=native)


def _tellings(title: str, policy: Policy, worst: tuple[Case, ...]) -> Iterator[tuple[str, Any]]:
    post = Post("mention:1", PostKind.MENTION, "marketplaces", 1)
    for why in Why:
        one = Mention("1", worst[0].id, QueueId("marketplaces"), why, SILENT, DANA, NOW, NOW)
        yield f"mention {why}", render_telling(Telling((one,), worst[:1], None, ""), policy, post, NOW)
        yield f"mentions {why}", render_telling(Telling((one,) * 40, worst[:6], None, ""), policy, post, NOW)
    storm = a_storm(members=10**7, risk=HUGE, owner=DANA, owner_name=title)
    for why in (Why.OWN, Why.END, Why.LAST_RESORT):
        yield f"storm mention {why}", render_storm_telling(StormTelling(storm, why, DANA, True, ""), policy, post, NOW)
    for done, again in ((True, None), (False, NOW), (False, None)):
        tries = Tries(SystemId(title), 10**6, START, NOW, title * 9, again, done)
        yield (
            f"tries {done} {again}",
            render_tries(tries, policy, Post("retries:1", PostKind.RETRIES, "marketplaces", 1), NOW),
        )
    waited = Morning(worst, frozenset(f"ST-{nth}" for nth in range(40)), 10**6)
    yield "morning note", render_morning(waited, policy, Post("morning:1", PostKind.MORNING, DANA, 1), NOW)
    standing = Standing(10**6, 1, 1, HUGE, worst[0].id, START)
    shown = StandUp(standing, figures([], nothing(), 0, None, None), worst[:5])
    yield "note of the day", render_standup(shown, policy, standup_post(MARKETS, NOW.date(), NOW), NOW)


def digests() -> Iterator[tuple[str, Any]]:
    """The same of the week's digest and its thread; names in policy and records are the worst there."""
    week, policy = the_worst(), hostile()
    yield "digest", render_digest(week, policy, "2026-W47")
    yield "digest in words", render_digest(week, policy, "2026-W47", charts=False)
    yield (
        "digest with pictures",
        render_digest(week, policy, "2026-W47", charts=False, pictures={"risk": "F1", "class": "F2"}),
    )
    yield "digest late", late(render_digest(week, policy, "2026-W47"))
    for charts in (True, False):
        yield f"digest queues charts={charts}", render_queues(week, policy, "digest:2026-W47:queues", charts=charts)
    for nth in range(3):
        yield f"digest queue {nth}", render_queue(week, policy, QueueId(f"q-{nth}"), "k")
