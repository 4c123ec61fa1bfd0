"""Sends kept webhooks one at a time from a process of its own, and looks until each is decided:
``python -m bench.ingest.alone FILE URL DATABASE``; prints the seconds that each took as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from bench.fleet.sink import Request
from bench.ingest.floor import looking
from bench.ingest.sender import read
from bot import event_loop

LOOK = 0.002
"""Seconds between two looks at whether a webhook is decided."""


async def one_by_one(requests: Sequence[Request], url: str, database: str) -> list[float]:
    """Seconds from sending until nothing is due, one webhook after another: all that it caused is durable then. Raises
    RuntimeError when one is refused."""
    taken = []
    async with aiohttp.ClientSession() as session, looking(database) as due:
        for one in requests:
            began = time.perf_counter()
            async with session.post(f"{url}{one.path}", data=one.body, headers=one.headers) as answer:
                if answer.status != 200:
                    raise RuntimeError(f"HTTP {answer.status}")
            while await due():  # noqa: ASYNC110 - what is waited for lies in the database
                await asyncio.sleep(LOOK)
            taken.append(time.perf_counter() - began)
    return taken


async def alone(file: Path, url: str, database: str) -> list[float]:
    """The same from another process, so that looking costs the product none of its time. Raises RuntimeError."""
    command = (sys.executable, "-m", "bench.ingest.alone", str(file), url, database)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, cwd=Path(__file__).parents[2])
    told, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the sender ended with {process.returncode}; its error is above")
    return [float(one) for one in json.loads(told)]


if __name__ == "__main__":
    print(json.dumps(event_loop.run(one_by_one(read(Path(sys.argv[1])), *sys.argv[2:4]))))
