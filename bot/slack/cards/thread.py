"""History lines of a thread: one plain sentence per entry, the actor first. Nobody is mentioned but who must act now: the
lead of a queue in which nobody took an exception in time, once (inbox-design 4 and 10)."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack import format as fmt
from sync.model.proof import ChainedEntry

LONGEST = 2_800


def thread_text(entries: Sequence[ChainedEntry]) -> tuple[str, int]:
    """The lines of as many entries as fit into one message, and the seq of the last of them.

    Sentences carry people's and platforms' words: everything in them is inert. A mention comes from the entry's own figures.
    """
    lines: list[str] = []
    last, size = entries[0].seq - 1, 0
    for chained in entries:
        told = dict(chained.entry.figures).get("told", "") if chained.entry.kind == "late_to_own" else ""
        line = (f"<@{told}> " if told else "") + fmt.sentence(chained.entry.sentence, 1_000)
        if lines and size + len(line) + 1 > LONGEST:
            break
        lines.append(line)
        size += len(line) + 1
        last = chained.seq
    return "\n".join(lines), last
