"""The shop's stock sources: a warehouse system that drops files, and a vendor that serves one."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from aiohttp import web

HEADER = ("SKU", "Location", "On hand", "As of")

Clock = Callable[[], datetime]


def feed(location: str, units: dict[str, int], as_of: datetime) -> bytes:
    """A stock file: one row per SKU, with the content's own time on each."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for sku, count in sorted(units.items()):
        writer.writerow((sku, location, count, as_of.isoformat(timespec="milliseconds")))
    return text.getvalue().encode()


class Warehouse:
    """What is really on the shelves in Reno, and what its system believes. Files go to a folder, whole or not at all."""

    def __init__(self, folder: Path, units: dict[str, int], clock: Clock) -> None:
        self.folder = folder
        self.shelves = dict(units)
        self.books = dict(units)
        self._clock = clock
        self._files = 0

    def ship(self, sku: str, units: int) -> None:
        """Units leave the shelf and the books."""
        self.shelves[sku] -= units
        self.books[sku] -= units

    def receive(self, sku: str, units: int) -> None:
        """Units arrive on the shelf and in the books."""
        self.shelves[sku] = self.shelves.get(sku, 0) + units
        self.books[sku] = self.books.get(sku, 0) + units

    def lose(self, sku: str, units: int) -> None:
        """Units are gone from the shelf; the books do not know yet."""
        self.shelves[sku] = max(0, self.shelves[sku] - units)

    def count(self, sku: str) -> int:
        """Somebody counts the shelf; the books follow."""
        self.books[sku] = self.shelves[sku]
        return self.shelves[sku]

    def write_file(self) -> Path:
        """Drop a full file of the books; a `.done` marker says it is whole."""
        self._files += 1
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"reno-{self._files:05d}.csv"
        partial = path.with_suffix(".part")
        partial.write_bytes(feed("Reno", self.books, self._clock()))
        os.replace(partial, path)
        path.with_name(path.name + ".done").touch()
        return path


class Vendor:
    """Acme's stock list at an address. While stopped it goes on serving its last list, whose content grows old."""

    def __init__(self, units: dict[str, int], clock: Clock) -> None:
        self.units = dict(units)
        self._clock = clock
        self.running = True
        self._served = feed("Acme", self.units, clock())
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self) -> None:
        """Listen on a free port of this machine; ``url`` says where."""
        app = web.Application()
        app.router.add_get("/stock.csv", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/stock.csv"

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    def refresh(self) -> None:
        """A new list as of now, unless the vendor's system has stopped."""
        if self.running:
            self._served = feed("Acme", self.units, self._clock())

    async def _serve(self, _request: web.Request) -> web.Response:
        return web.Response(body=self._served, content_type="text/csv")
