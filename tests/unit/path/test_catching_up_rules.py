"""When a system is behind, and whose raises wait for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sync.catching_up import behind, behind_at, unread, waits_for
from sync.model.ids import SystemId
from sync.model.outbox import Priority
from sync.model.reading import Behind, Reading
from sync.path.waits import held_back
from sync.policy.schema import Policy

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
A, B, ALONE, WMS = SystemId("a"), SystemId("b"), SystemId("alone"), SystemId("wms")


def rules(**changes: object) -> Policy:
    """Two storefronts that sell from one warehouse, and one that sells from another place."""
    channel = {"mode": "full", "kind": "shopify", "connection": {"shop": "a.myshopify.com"}}
    return Policy.model_validate(
        {
            "company": "C",
            "currency": "USD",
            "systems": {
                "a": {**channel, "name": "Shop A", "channel": {"locations": ["reno"], "publish_to": "reno"}},
                "b": {**channel, "name": "Shop B", "channel": {"locations": ["reno", "oslo"], "publish_to": "reno"}},
                "alone": {**channel, "name": "Alone", "channel": {"locations": ["kyiv"], "publish_to": "kyiv"}},
                "wms": {"kind": "events_api", "name": "WMS", "source": {"trust": "physical"}},
            },
            "locations": {
                place: {
                    "name": place.title(),
                    "deciders": ["wms"],
                    "known_as": dict.fromkeys(("a", "b", "alone"), place),
                }
                for place in ("reno", "oslo", "kyiv")
            },
            "people": {"kim": {"name": "Kim", "slack": "U1KIM"}, "lee": {"name": "Lee", "slack": "U1LEE"}},
            "queues": {"all": {"name": "All", "channel": "inv", "lead": "kim", "approvers": ["kim", "lee"]}},
            "ops_lead": "kim",
            "default_queue": "all",
            "digest": {"channel": "inv"},
            "not_automated": ["Kits"],
            **changes,
        }
    )


def read(system: SystemId, ago: timedelta, *, full: bool = True, restored: bool = False) -> Reading:
    return Reading(system, NOW - ago, NOW - ago if full else None, restored)


def test_a_system_is_behind_until_everything_was_read_once() -> None:
    policy = rules()
    assert behind(Reading(A), policy, NOW) is Behind.FIRST
    assert behind(read(A, timedelta(0), full=False), policy, NOW) is Behind.FIRST
    assert behind(read(A, timedelta(minutes=15)), policy, NOW) is None
    assert behind(None, policy, NOW) is None, "what cannot be read is not waited for"


def test_it_is_away_after_longer_than_policy_says_without_a_reading() -> None:
    policy = rules(catch_up="1 h")
    assert behind(read(A, timedelta(hours=1)), policy, NOW) is None
    assert behind(read(A, timedelta(hours=1, seconds=1)), policy, NOW) is Behind.AWAY
    assert behind_at(read(A, timedelta(0)), policy) == NOW + timedelta(hours=1)
    slow = rules(catch_up="1 min")
    assert behind(read(A, timedelta(minutes=30)), slow, NOW) is None, "two of its own rounds are no silence"


def test_a_restored_database_is_behind_whatever_it_believes() -> None:
    assert behind(read(A, timedelta(0), restored=True), rules(), NOW) is Behind.RESTORED


def test_raises_wait_for_every_channel_that_sells_from_the_same_place() -> None:
    readings = {A: read(A, timedelta(0)), B: Reading(B), ALONE: read(ALONE, timedelta(0))}
    policy = rules()
    assert waits_for(A, readings, policy, NOW) == {B: Behind.FIRST}
    assert waits_for(B, readings, policy, NOW) == {B: Behind.FIRST}
    assert waits_for(ALONE, readings, policy, NOW) == {}
    assert unread({B: Behind.FIRST}, policy) == "Shop B (it was never read before)"


def test_what_is_held_back_while_systems_are_unread() -> None:
    assert held_back(A, {}) == ()
    assert set(held_back(A, {B: Behind.AWAY})) == {Priority.INCREASE}
    assert set(held_back(A, {A: Behind.AWAY})) == {Priority.CORRECTION, Priority.INCREASE}
    assert set(held_back(A, {A: Behind.FIRST})) == {Priority.DECREASE, Priority.CORRECTION, Priority.INCREASE}
