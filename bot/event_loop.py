"""The event loop: uvloop where the platform has it, whose sockets and timers cost less of the processor, else asyncio's own."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def new_loop() -> asyncio.AbstractEventLoop:
    """A loop of the kind that this platform has."""
    if importlib.util.find_spec("uvloop") is None:
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()


def run(work: Coroutine[Any, Any, T]) -> T:
    """As ``asyncio.run`` does, on such a loop."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(work)


def name_of(loop: asyncio.AbstractEventLoop) -> str:
    """What a loop is called in the log: ``uvloop`` or ``asyncio``."""
    return type(loop).__module__.split(".", 1)[0]
