"""How much is decided at a time: less when it takes long, more when it does not, and others get their turn in between."""

from __future__ import annotations

import asyncio

from sync.path.slices import AIM, FIRST, LEAST, MOST, Slices, Turns


def test_a_slow_slice_makes_the_next_as_small_as_fits() -> None:
    slices = Slices()
    slices.took(FIRST, AIM * 4)
    assert slices.size == FIRST // 4
    slices.took(slices.size, AIM * 1_000)
    assert slices.size == LEAST


def test_quick_slices_grow_to_the_most_and_a_small_one_teaches_nothing() -> None:
    slices = Slices()
    slices.took(3, 0.001)
    assert slices.size == FIRST
    for _ in range(10):
        slices.took(slices.size, AIM / 100)
    assert slices.size == MOST


def test_a_slow_small_slice_has_waited_and_teaches_nothing() -> None:
    slices = Slices()
    slices.took(LEAST - 1, AIM * 100)
    assert slices.size == FIRST


async def test_others_get_their_turn_during_long_work() -> None:
    seconds, others = 0.0, 0
    turns = Turns(lambda: seconds)

    async def other() -> None:
        nonlocal others
        while True:
            others += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    for _ in range(100):
        seconds += 0.001
        await turns.shared()
    task.cancel()
    assert 5 <= others <= 12
