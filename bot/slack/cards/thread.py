"""History lines of a thread: one plain sentence per entry, the actor first. They notify nobody: who must act is told by a
mention of its own."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack import format as fmt
from sync.model.proof import ChainedEntry

LONGEST = 2_800


def thread_text(entries: Sequence[ChainedEntry]) -> tuple[str, int]:
    """The lines of as many entries as fit into one message, and the seq of the last of them.

    Sentences carry people's and platforms' words: everything in them is inert.
    """
    lines: list[str] = []
    last, size = entries[0].seq - 1, 0
    for chained in entries:
        line = fmt.sentence(chained.entry.sentence, 1_000, chained.entry.at)
        if lines and size + len(line) + 1 > LONGEST:
            break
        lines.append(line)
        size += len(line) + 1
        last = chained.seq
    return "\n".join(lines), last
