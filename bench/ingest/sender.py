"""Sends kept webhooks from a process of its own: ``python -m bench.ingest.sender FILE URL``; prints from when to when."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.fleet.sink import Request, send_on
from bot import event_loop


@dataclass(frozen=True, slots=True)
class Sent:
    """From the first request to the last answer, on the clock that all processes of the machine share (``time.monotonic``)."""

    began: float
    ended: float


def write(requests: Sequence[Request], file: Path) -> None:
    """Keep requests for another process."""
    rows = [{"path": one.path, "headers": one.headers, "body": b64encode(one.body).decode()} for one in requests]
    file.write_text(json.dumps(rows), encoding="utf-8")


def read(file: Path) -> list[Request]:
    """What was kept."""
    return [Request(one["path"], one["headers"], b64decode(one["body"])) for one in json.loads(file.read_text("utf-8"))]


async def sent(file: Path, url: str) -> Sent:
    """Send everything from another process, whose start and reading do not count. Raises RuntimeError."""
    command = (sys.executable, "-m", "bench.ingest.sender", str(file), url)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, cwd=Path(__file__).parents[2])
    told, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the sender ended with {process.returncode}; its error is above")
    return Sent(*json.loads(told))


def main(file: str, url: str) -> None:
    """Read, send, print."""
    requests = read(Path(file))
    began = time.monotonic()
    event_loop.run(send_on(requests, [url]))
    print(json.dumps([began, time.monotonic()]))


if __name__ == "__main__":
    main(*sys.argv[1:3])
