"""A drop folder: files are taken when they are whole, and put aside untouched once recorded."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
from dataclasses import dataclass
from fnmatch import fnmatch
from glob import escape
from pathlib import Path

from sync.errors import BadInput

MARKER = ".done"
"""``stock.csv.done`` says that ``stock.csv`` is whole; no second look is needed."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A whole file: its name, bytes (cut at the limit when ``size`` in bytes is beyond it), and how it looked."""

    name: str
    body: bytes
    size: int
    look: tuple[int, int]

    @property
    def cut(self) -> bool:
        """True when the file is larger than allowed and ``body`` is only its beginning."""
        return len(self.body) < self.size


class DropFolder:
    """Looks into one folder. A file is whole when size and modification time stood still over two looks, or when its
    marker exists. Hidden files, links and folders are passed over."""

    def __init__(self, path: Path, *, pattern: str = "*.csv", limit: int) -> None:
        self.path = path
        self._pattern = pattern
        self._limit = limit
        self._looks: dict[str, tuple[int, int]] = {}

    async def whole_files(self) -> list[Dropped]:
        """Look once; files that are whole, oldest first. Raises BadInput when the folder cannot be read."""
        return await asyncio.to_thread(self._look)

    async def check(self) -> None:
        """Whether files can be seen and put aside here. Raises BadInput when not."""
        await asyncio.to_thread(self._look)
        if not os.access(self.path, os.W_OK):
            raise BadInput(
                f"Files in {self.path} could not be put aside: the folder is not writable for this user. Change its rights."
            )

    async def put_aside(self, dropped: Dropped, into: str, why: str = "") -> Path | None:
        """Move a file into the sub-folder ``into`` (``done`` or ``held``), its bytes untouched; ``why`` is laid beside it.

        A file that was replaced since it was read stays for the next look, and None is returned.
        """
        return await asyncio.to_thread(self._move, dropped, into, why)

    async def take_back(self, name: str, digest: str, note: str) -> Path | None:
        """Move a file of this SHA-256 that was put aside as held to those that are done, with a note in place of the reason; None
        when it is not there."""
        return await asyncio.to_thread(self._back, name, digest, note)

    def _look(self) -> list[Dropped]:
        try:
            entries = {entry.name: entry for entry in os.scandir(self.path)}
        except OSError as error:
            raise BadInput(
                f"The drop folder {self.path} cannot be read ({error.strerror}). Create it, or correct policy."
            ) from error
        looks = {name: _look_of(entry) for name, entry in entries.items() if self._is_feed(entry)}
        ready = [name for name, look in looks.items() if f"{name}{MARKER}" in entries or self._looks.get(name) == look]
        self._looks = looks
        ready.sort(key=lambda name: (looks[name][1], name))
        return [dropped for name in ready if (dropped := self._read(name)) is not None]

    def _is_feed(self, entry: os.DirEntry[str]) -> bool:
        name = entry.name
        wanted = not name.startswith(".") and not name.endswith(MARKER) and fnmatch(name, self._pattern)
        return wanted and entry.is_file(follow_symlinks=False)

    def _read(self, name: str) -> Dropped | None:
        """None when the sender took the file back, or changed it while it was read."""
        try:
            with (self.path / name).open("rb") as file:
                before = os.fstat(file.fileno())
                body = file.read(self._limit)
                after = os.fstat(file.fileno())
        except FileNotFoundError:
            return None
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            return None
        return Dropped(name, body, after.st_size, (after.st_size, after.st_mtime_ns))

    def _move(self, dropped: Dropped, into: str, why: str) -> Path | None:
        source = self.path / dropped.name
        try:
            now = source.lstat()
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(now.st_mode) or (now.st_size, now.st_mtime_ns) != dropped.look:
            return None
        folder = self.path / into
        folder.mkdir(exist_ok=True)
        target = _free_name(folder, dropped.name)
        source.rename(target)
        (self.path / f"{dropped.name}{MARKER}").unlink(missing_ok=True)
        self._looks.pop(dropped.name, None)
        if why:
            target.with_name(f"{target.name}.why.txt").write_text(f"{why}\n", encoding="utf-8")
        return target

    def _back(self, name: str, digest: str, note: str) -> Path | None:
        held, done = self.path / "held", self.path / "done"
        own = Path(name)
        for path in sorted(held.glob(f"{escape(own.stem)}*{escape(own.suffix)}")):
            if path.is_file() and not path.is_symlink() and _digest(path) == digest:
                done.mkdir(exist_ok=True)
                target = _free_name(done, own.name)
                path.rename(target)
                path.with_name(f"{path.name}.why.txt").unlink(missing_ok=True)
                target.with_name(f"{target.name}.why.txt").write_text(f"{note}\n", encoding="utf-8")
                return target
        return None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _look_of(entry: os.DirEntry[str]) -> tuple[int, int]:
    seen = entry.stat(follow_symlinks=False)
    return seen.st_size, seen.st_mtime_ns


def _free_name(folder: Path, name: str) -> Path:
    """The name, or ``name.2.csv`` and so on when an earlier file of that name was put aside."""
    path = folder / name
    number = 1
    while path.exists():
        number += 1
        path = folder / f"{Path(name).stem}.{number}{Path(name).suffix}"
    return path
