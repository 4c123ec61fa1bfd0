"""Work that runs when woken, and at the latest after a while: the wake-up is a courtesy, the clock the promise."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Coroutine

import structlog

_log = structlog.get_logger(__name__)

LONGEST_PAUSE = 30.0


class Loop:
    """Calls ``work`` again and again. A failure is logged, shown in health, and tried again after a growing pause."""

    def __init__(self, name: str, work: Callable[[], Awaitable[object]], every: float) -> None:
        """``every``: seconds between calls when nobody wakes it."""
        self.name = name
        self._work = work
        self._every = every
        self._woken = asyncio.Event()
        self.failures = 0
        self.last_error = ""
        self.last_success: float | None = None

    def wake(self) -> None:
        """Run as soon as the present run is over."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled; also when the work swallows its cancellation, as a driver may whose connection just broke."""
        while not _ending():
            self._woken.clear()
            try:
                await self._work()
            except Exception as error:  # noqa: BLE001 - a loop outlives any failure of its work; health shows it
                self.failures += 1
                self.last_error = f"{type(error).__name__}: {error}"
                pause = min(LONGEST_PAUSE, 0.2 * 2 ** min(self.failures, 10))
                _log.exception("loop_failed", loop=self.name, failures=self.failures, pause=pause)
                await _paused(asyncio.sleep(pause), pause)
                continue
            self.failures, self.last_error, self.last_success = 0, "", time.monotonic()
            await _paused(self._woken.wait(), self._every)


def _ending() -> bool:
    """Whether this task was cancelled, even if the cancellation did not get through."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _paused(until: Coroutine[None, None, object], seconds: float) -> None:
    """Wait for something, so long at most; not at all at the end. No ``wait_for``: before Python 3.12 it swallows a cancellation
    that comes together with what is waited for."""
    if _ending():
        until.close()
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await until
