"""What a modal turns into when there is nothing to fill in: one moment, a refusal, already done, not known yet."""

from __future__ import annotations

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block


def loading(title: str, text: str = "") -> Block:
    """Opened at once, because a trigger lives three seconds; filled afterwards. ``text``: how far it is, where it takes long."""
    shown = [b.plain_section("loading.text", text or t.READING)]
    return b.modal("loading", title or t.READING_TITLE, shown, close=t.NOT_NOW)


def refused(text: str, title: str = "", *, note: str = "", ref: str = "") -> Block:
    """Says why, who can, and what the reader can do instead. ``note`` is what the reader had typed, which is not lost: it can be
    added to the exception ``ref`` as a note."""
    blocks = [b.section("answer.text", fmt.sentence_with_people(text))]
    if note:
        blocks.append(b.section("answer.note", f"{t.YOUR_NOTE}\n> {fmt.mrkdwn(note, 300)}"))
        blocks.append(b.actions("answer.actions", [b.button("faster.note.open", t.ADD_AS_NOTE, f"{ref}:{note}")]))
    return b.modal("answer", title or t.REFUSED_TITLE, blocks, close=t.CLOSE)


def already_done(text: str, note: str, ref: str) -> Block:
    """Somebody was faster. ``note`` is what the reader typed; ``ref`` is the exception and version."""
    return refused(text, t.DONE_ALREADY_TITLE, note=note, ref=ref)


def not_known(text: str) -> Block:
    """The outcome was not known in time."""
    return refused(text, t.UNKNOWN_TITLE)


def broken(ref: str) -> Block:
    """Our own fault; ``ref`` finds it in the log."""
    return refused(t.BROKEN.format(ref=ref), t.BROKEN_TITLE)


def told(text: str) -> Block:
    """What came of a click inside a modal."""
    return refused(text, t.DONE_TITLE)
