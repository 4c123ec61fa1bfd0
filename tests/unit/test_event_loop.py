"""Which event loop the product runs on, and that it is left as asyncio leaves its own."""

from __future__ import annotations

import asyncio
import importlib.util
import platform
import signal
import sys

import pytest

from bot import event_loop


async def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


@pytest.mark.skipif(
    sys.platform == "win32" or platform.python_implementation() != "CPython",
    reason="uvloop is not made for this platform",
)
def test_uvloop_runs_where_the_platform_has_it() -> None:
    assert event_loop.name_of(event_loop.run(_loop())) == "uvloop"


def test_elsewhere_it_is_asyncios_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert event_loop.name_of(event_loop.run(_loop())) == "asyncio"


def test_ctrl_c_ends_the_work_and_is_raised_when_it_has_been_tidied_up() -> None:
    tidied = []

    async def work() -> None:
        try:
            asyncio.get_running_loop().call_later(0.01, signal.raise_signal, signal.SIGINT)
            await asyncio.Event().wait()
        finally:
            tidied.append("yes")

    with pytest.raises(KeyboardInterrupt):
        event_loop.run(work())
    assert tidied == ["yes"]
