"""Every act that a card offers beside its buttons, each with a line on what it does."""

from __future__ import annotations

from bot.slack import blocks as b
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.cards.buttons import act_button, others
from sync.inbox.view import CaseView


def more_modal(view: CaseView) -> Block:
    """The acts behind *More actions…*; its buttons work like those of the card."""
    blocks = [b.section(f"more.{act}", t.ABOUT[act], act_button(view, act)) for act in others(view)]
    return b.modal("more", t.MORE_TITLE, blocks or [b.plain_section("more.none", t.MORE_NONE)], close=t.CLOSE)
