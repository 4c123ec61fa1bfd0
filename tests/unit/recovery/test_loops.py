"""A loop of the product ends when it is told to, whatever its work does with the news."""

from __future__ import annotations

import asyncio

from bot.loops import Loop


async def test_a_loop_ends_though_its_work_swallows_the_cancellation() -> None:
    under_way, runs = asyncio.Event(), 0

    async def work() -> None:
        nonlocal runs
        runs += 1
        under_way.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return

    task = asyncio.create_task(Loop("stubborn", work, every=0.01).run())
    await under_way.wait()
    task.cancel()
    await asyncio.wait({task}, timeout=10)
    assert task.done()
    assert runs == 1


async def test_a_failing_loop_goes_on_when_woken_and_ends_when_cancelled() -> None:
    failed = asyncio.Event()

    async def work() -> None:
        failed.set()
        raise ValueError("broken")

    loop = Loop("broken", work, every=0.01)
    task = asyncio.create_task(loop.run())
    await failed.wait()
    task.cancel()
    await asyncio.wait({task}, timeout=10)
    assert task.cancelled()
    assert loop.last_error == "ValueError: broken"
