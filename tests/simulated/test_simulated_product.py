"""A small simulated world, once with the product and once with a sync in which the last writer wins: the goals of the bench."""

from __future__ import annotations

from bench.simulator.run import measure, total
from sandbox.simulator.ways import MINUTE, Ways

SMALL = Ways(
    seed=5,
    hours=1.0,
    skus=3,
    shoppers=40,
    books=15 * MINUTE,
    reads_every=15 * MINUTE,
    reading=8 * MINUTE,
    ships_after=40 * MINUTE,
    faults=1,
)


async def test_a_shop_that_would_oversell_does_not_and_every_trouble_is_told(sqlite_url: str) -> None:
    measured = await measure(SMALL, sqlite_url)
    assert measured.naive_oversold > 0
    assert measured.looks > 40
    assert total([measured]).missed_goals == []
