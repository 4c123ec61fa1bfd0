"""``python -m bench.relay listen=target …``: pass bytes on, both ways. A target is ``address:port`` or a path."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

CHUNK = 1 << 16


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while part := await reader.read(CHUNK):
            writer.write(part)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.close()


async def _open(target: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if target.startswith("/"):
        return await asyncio.open_unix_connection(target)
    address, _, port = target.rpartition(":")
    return await asyncio.open_connection(address, int(port))


async def serve(pairs: Sequence[str]) -> None:
    """Listen on all, say so in a line, and go on until cancelled."""
    for pair in pairs:
        listen, _, target = pair.partition("=")
        address, _, port = listen.rpartition(":")

        async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: str = target) -> None:
            try:
                there, back = await _open(target)
            except OSError:
                writer.close()
                return
            await asyncio.gather(_pass(reader, back), _pass(there, writer))
            back.close()
            writer.close()

        await asyncio.start_server(passed, address, int(port))
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1:]))
