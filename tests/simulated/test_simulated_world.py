"""The simulated world itself: the same seed is the same world, units are conserved, and the referee sees what is so."""

from __future__ import annotations

from datetime import UTC, datetime

from sandbox.simulator.ways import CHANNELS, EAST, HOUR, MINUTE, WEST, Ways
from sandbox.simulator.world import World

BEGAN = datetime(2026, 3, 2, tzinfo=UTC)
SMALL = Ways(seed=7, hours=6, skus=4, shoppers=25)


def lived(ways: Ways, level: int = 5) -> tuple[World, list[str]]:
    """A world to its end in which somebody once wrote a level everywhere; the ids of all that arrived, in order."""
    world, ids = World(ways, BEGAN), []
    for front in world.channels.values():
        for sku in ways.codes:
            front.write(sku, level)
    while world.now < ways.ends + 2 * HOUR:
        ids += [str(event["id"]) for one in world.advance(world.now + MINUTE) for event in one.events]
    return world, ids


def test_the_same_seed_is_the_same_world_and_another_is_not() -> None:
    assert lived(SMALL)[1] == lived(SMALL)[1]
    assert lived(SMALL)[1] != lived(Ways(seed=8, hours=6, skus=4, shoppers=25))[1]


def test_messages_come_twice_out_of_order_and_never() -> None:
    world, ids = lived(Ways(seed=3, hours=12, skus=6, shoppers=60), level=40)
    assert len(ids) > len(set(ids))
    assert world.network.lost > 0
    told = [str(event["id"]) for front in world.channels.values() for _, event in front.log]
    assert set(told) - set(ids)
    assert [one for one in ids if one in set(told)] != [one for one in told if one in set(ids)]


def test_a_channel_that_shows_too_much_oversells_and_the_referee_counts_it() -> None:
    world, _ = lived(SMALL, level=60)
    owed_nowhere = sum(
        max(0, -world.truth.free(sku, place))
        for sku in SMALL.codes
        for place in {p for c in CHANNELS.values() for p in c}
    )
    assert world.referee.oversold > 0
    assert owed_nowhere > 0
    assert any(one.firm and one.subject.cls == "exposure_mismatch" for one in world.referee.troubles())


def test_what_is_knowable_becomes_the_truth_once_all_is_heard() -> None:
    """Every unit is on a shelf, owed, or gone: when the last message is through, knowing and being are one."""
    world, _ = lived(Ways(seed=11, hours=3, skus=3, shoppers=20, lost=0.0, faults=0))
    world.advance(world.now + 6 * HOUR)
    for sku in world.ways.codes:
        for channel in CHANNELS:
            assert world.truth.knowable(sku, channel) == world.truth.sellable(sku, channel)
        for place in (EAST, WEST):
            assert world.truth.book[sku, place] == world.truth.shelf[sku, place]
