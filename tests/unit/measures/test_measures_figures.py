"""Measures of small histories, computed by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from measured_builders import MONDAY, SUNDAY_ENDS, a_life, a_lowering, at, recorded

from sync.measures.figures import Kept, Load, Spans, busiest, measure, standing_risk
from sync.measures.grouping import By, families_of, grouped
from sync.measures.prevented import Prevented
from sync.measures.records import UpdateOutcome, UpdateTally
from sync.model.exceptions import ExceptionClass
from sync.model.ids import SystemId, UserId
from tests.builders import a_policy, a_source

MINUTE = timedelta(minutes=1)


def test_what_opens_ends_and_stands() -> None:
    figures = measure(
        recorded(
            a_life(1, at(-1), ended=at(-0.5)),
            a_life(2, at(-1), ended=at(1), owned=at(0.5), owner="U1"),
            a_life(3, at(1), cleared=at(2), cls="stale_feed"),
            a_life(4, at(3), cls="oversell", recurrences=2),
            a_life(5, at(6), ended=at(8), owned=at(7.5), owner="U1", cls="failed_update"),
            a_life(6, SUNDAY_ENDS),
            orders={"shop": 15_000, "web": 5_000},
        ),
        "USD",
    )
    assert (figures.opened, figures.resolved, figures.cleared) == (3, 1, 1)
    assert figures.by_class == {
        ExceptionClass.STALE_FEED: 1,
        ExceptionClass.OVERSELL: 1,
        ExceptionClass.FAILED_UPDATE: 1,
    }
    assert (figures.standing_before, figures.standing) == (1, 2)
    assert figures.standing_before + figures.opened - figures.resolved - figures.cleared == figures.standing
    assert figures.unowned == 2, "what was taken after the end was not taken at the end"
    assert (figures.repeats, figures.oversells, figures.oversell_rate) == (1, 1, Decimal("0.5"))


def test_a_case_that_opens_again_across_the_end_is_in_both_periods() -> None:
    first = a_life(1, at(5), ended=at(6), owned=at(5, 1), owner="U1")
    again = replace(a_life(1, at(7, 2), recurrences=2), number=1)
    week = measure(recorded(first), "USD")
    after = measure(recorded(first, again, start=SUNDAY_ENDS, end=at(14)), "USD")
    assert (week.opened, week.resolved, week.to_end.count, week.repeats) == (1, 1, 1, 0)
    assert (after.opened, after.resolved, after.repeats, after.standing) == (1, 0, 1, 1)


def test_spans_by_nearest_rank() -> None:
    spans = Spans.of(minutes * MINUTE for minutes in (10, 1, 2, 3, 4, 5, 6, 7, 8, 9))
    assert (spans.count, spans.median, spans.p90, spans.longest) == (10, 5.5 * MINUTE, 9 * MINUTE, 10 * MINUTE)
    assert Spans.of([]) == Spans(0, None, None, None)
    assert Spans.of([3 * MINUTE]) == Spans(1, 3 * MINUTE, 3 * MINUTE, 3 * MINUTE)


def test_time_to_an_owner_and_to_a_fix_belong_to_the_period_in_which_they_end() -> None:
    figures = measure(
        recorded(
            a_life(1, at(0, 1), since=at(0, 0, 59), owned=at(0, 1, 4), owner="U1", ended=at(0, 2)),
            a_life(2, at(1, 1), since=at(1, 0, 57), owned=at(1, 1, 10), owner="U1", ended=at(1, 5)),
            a_life(3, at(-1), owned=at(-1, 1), owner="U2", ended=at(0, 0)),
            a_life(4, at(6), owned=SUNDAY_ENDS, owner="U2"),
        ),
        "USD",
    )
    assert (figures.to_owner.count, figures.to_owner.median, figures.to_owner.p90) == (2, 7 * MINUTE, 10 * MINUTE)
    assert (figures.to_end.count, figures.to_end.median, figures.to_end.p90) == (3, 240 * MINUTE, 1440 * MINUTE)
    assert (figures.to_seen.count, figures.to_seen.median) == (3, 1 * MINUTE)
    assert (figures.age.count, figures.age.longest) == (1, timedelta(days=1))


def test_each_limit_is_judged_once_when_kept_or_when_it_passed() -> None:
    in_time = a_life(1, at(0), owned=at(0, 0, 30), owner="U1", ended=at(0, 4))
    late = a_life(2, at(1), owned=at(1, 1), owner="U1", ended=at(2))
    never = a_life(3, at(3))
    passes_later = a_life(4, at(6, 23))
    cleared = a_life(5, at(2), cleared=at(2, 0, 10))
    week = measure(recorded(in_time, late, never, passes_later, cleared), "USD")
    assert week.assigned == Kept(2, 5), "what cleared before anybody had to take it was in time"
    assert week.ended == Kept(2, 4)
    after = measure(recorded(late, never, passes_later, start=SUNDAY_ENDS, end=at(14)), "USD")
    assert after.ended == Kept(0, 1)
    assert week.ended.share == Decimal("0.5")
    soon = measure(recorded(passes_later, now=at(6, 23)), "USD")
    assert soon.assigned == Kept(0, 0), "it is not late yet"


def test_money_opened_cleared_and_standing() -> None:
    grew = a_life(1, at(-1), risk=100)
    grew = replace(grew, changes=(*grew.changes, (at(2), Decimal(50)), (at(7), Decimal(1000))))
    figures = measure(
        recorded(grew, a_life(2, at(1), risk=30, ended=at(3)), a_life(3, at(5), risk=7)),
        "USD",
    )
    assert (figures.risk_opened, figures.risk_cleared) == (Decimal(37), Decimal(30))
    assert (figures.risk_before, figures.risk_standing) == (Decimal(100), Decimal(157))
    lives = [grew, a_life(2, at(1), risk=30, ended=at(3)), a_life(3, at(5), risk=7)]
    assert standing_risk(lives, [at(0), at(2), at(3), at(4), at(8)]) == [100, 130, 180, 150, 1157]


def test_what_each_person_carried() -> None:
    figures = measure(
        recorded(
            a_life(1, at(0), owned=at(0, 1), owner="U1", ended=at(1)),
            a_life(2, at(0), owned=at(0, 1), owner="U1"),
            a_life(3, at(6, 23), owned=at(6, 23), owner="U1"),
            a_life(4, at(-2), owned=at(-1), owner="U2", ended=at(0, 1)),
            a_life(5, at(-9), owned=at(-9), owner="U3", ended=at(-8)),
            a_life(6, at(1)),
        ),
        "USD",
    )
    assert figures.load == {UserId("U1"): Load(3, 1, 2, 1), UserId("U2"): Load(0, 1, 0, 0)}
    assert figures.unowned == 1


def test_the_busiest_moment() -> None:
    lives = [a_life(1, at(-1), ended=at(1)), a_life(2, at(0, 5), ended=at(0, 6)), a_life(3, at(1)), a_life(4, at(2))]
    assert busiest(lives, MONDAY, SUNDAY_ENDS) == 2
    assert busiest([], MONDAY, SUNDAY_ENDS) == 0


def test_updates_that_ended_and_tries_that_went_on() -> None:
    shop, amazon = SystemId("shop"), SystemId("wms")
    tallies = (
        UpdateTally(shop, "kettles", UpdateOutcome.DONE, "", 90, 180),
        UpdateTally(amazon, "", UpdateOutcome.DONE, "", 5, 100),
        UpdateTally(shop, "kettles", UpdateOutcome.AGAIN, "rate_limit", 7, 1),
        UpdateTally(shop, "kettles", UpdateOutcome.FAILED, "value", 4, 1),
        UpdateTally(shop, "", UpdateOutcome.REFUSED, "stale_guard", 1, 1),
    )
    updates = measure(recorded(updates=tallies), "USD").updates
    assert updates is not None
    assert (updates.done, updates.failed, updates.refused, updates.again) == (95, 4, 1, 7)
    assert updates.success == Decimal("0.95")
    assert updates.faults == {"rate_limit": 7, "value": 4, "stale_guard": 1}
    assert updates.mean == timedelta(seconds=280 / 95)
    channels = grouped(recorded(updates=tallies), By.CHANNEL, a_policy())
    assert channels["shop"].updates is not None
    assert channels["shop"].updates.done == 90


PER_DAY = 35
"""35 units in the 35 days from 28 before the period to its end: one a day."""


def test_prevented_is_what_would_have_sold_beyond_what_was_there() -> None:
    lowering = a_lowering(at(1), shown=3, can_sell=1, ordered=PER_DAY, until=at(3))
    saved = measure(recorded(lowerings=(lowering,)), "USD").prevented
    # One day at one unit a day, though the next write came after two: P(2 or more) + P(3 or more), Poisson of mean 1.
    assert saved == Prevented(Decimal("0.3445"), Decimal("6.8900"), Decimal(0), 0)
    sure = a_lowering(at(1), shown=3, can_sell=0, ordered=PER_DAY * 20)
    saved = measure(recorded(lowerings=(sure,)), "USD").prevented
    assert saved == Prevented(Decimal("3.0000"), Decimal("60.0000"), Decimal(0), 1)


def test_nothing_is_claimed_for_time_that_has_not_passed() -> None:
    lowering = a_lowering(at(1), shown=3, can_sell=0, ordered=PER_DAY * 20)
    assert measure(recorded(lowerings=(lowering,), now=at(1)), "USD").prevented == Prevented()
    until = replace(lowering, until=at(1, 0, 1))
    saved = measure(recorded(lowerings=(until,)), "USD").prevented
    assert saved is not None
    assert saved.units < Decimal("0.02")


def test_units_without_a_price_in_the_currency_are_said_and_not_valued() -> None:
    lowering = a_lowering(at(1), shown=3, can_sell=0, ordered=PER_DAY * 20, currency="EUR")
    assert measure(recorded(lowerings=(lowering,)), "USD").prevented == Prevented(
        Decimal("3.0000"), Decimal(0), Decimal("3.0000"), 1
    )


def test_a_pause_and_lower_numbers_of_one_listing_are_not_counted_twice() -> None:
    busy = PER_DAY * 48
    lowered = a_lowering(at(1), shown=9, can_sell=0, ordered=busy, until=at(1, 6))
    paused = a_lowering(at(1, 1), shown=9, can_sell=0, ordered=busy, until=at(1, 2), paused=True)
    within = a_lowering(at(1, 1, 30), shown=5, can_sell=0, ordered=busy)
    alone = measure(recorded(lowerings=(a_lowering(at(1), shown=9, can_sell=0, ordered=busy, until=at(1, 1)),)), "USD")
    pause = measure(recorded(lowerings=(paused,)), "USD")
    both = measure(recorded(lowerings=(lowered, paused, within)), "USD")
    assert alone.prevented is not None
    assert pause.prevented is not None
    assert both.prevented is not None
    assert both.prevented.units == alone.prevented.units + pause.prevented.units


def test_groups_by_everything_that_was_asked_for() -> None:
    policy = a_policy(systems={"acme": a_source(trust="vendor")}, deciders={"acme-dc": ["acme"]})
    lives = (
        a_life(1, at(0)),
        a_life(2, at(0), systems=("acme",), cls="stale_feed", family="", sku=None, queue="warehouse"),
        a_life(3, at(0), systems=("wms", "shop"), family="pans"),
    )
    whole = recorded(*lives, orders={"shop": 4}, families={"kettles": 3, "pans": 2})
    by = {one: {name: figures.opened for name, figures in grouped(whole, one, policy).items()} for one in By}
    assert by[By.FAMILY] == {"": 1, "kettles": 1, "pans": 1}
    assert by[By.CLASS] == {"exposure_mismatch": 2, "stale_feed": 1}
    assert by[By.CHANNEL] == {"shop": 2, "": 1}
    assert by[By.VENDOR] == {"": 2, "acme": 1}
    assert {name: count for name, count in by[By.QUEUE].items() if count} == {"marketplaces": 2, "warehouse": 1}
    assert grouped(whole, By.FAMILY, policy)["pans"].orders == 2
    assert grouped(whole, By.QUEUE, policy)["warehouse"].prevented is None


def test_policy_names_families_before_the_catalogue_does() -> None:
    policy = a_policy(skus={"SKU-1": {"family": "tea"}, "SKU-2": {"safety_stock": 2}})
    assert families_of(policy) == {"SKU-1": "tea"}
