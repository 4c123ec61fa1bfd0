"""The gallery's page: every picture with what it shows, by chapter."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from tests.e2e.gallery.camera import Picture

HEAD = """# Gallery

Every Slack surface, photographed in the sandbox's workspace by `make gallery` (a headless Chromium; some minutes). The chapters
are played: a shop with stand-ins for its storefronts gets into trouble, people click, and the pictures are taken of what
follows. The last chapter is built: its states are hard to bring about in that shop, so the snapshots of the tests are posted
into the workspace and photographed there. A person's clock and times are those of the day on which the pictures were taken.
"""


def write_index(folder: Path, taken: Sequence[Picture]) -> None:
    """Write README.md into the gallery; pictures that nobody took this time are removed."""
    parts = [HEAD]
    for chapter, pictures in groupby(taken, key=lambda one: one.chapter):
        parts.append(f"## {chapter}\n")
        parts += [f"### {one.name}\n\n{one.shows}.\n\n![{one.shows}]({one.name}.png)\n" for one in pictures]
    (folder / "README.md").write_text("\n".join(parts), encoding="utf-8")
    kept = {f"{one.name}.png" for one in taken}
    for path in folder.glob("*.png"):
        if path.name not in kept:
            path.unlink()
