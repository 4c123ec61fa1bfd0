"""Cards: pure functions from a :class:`CaseView` to a message. One card whose parts a class may replace."""

from bot.slack.cards.asks import act_of, render_approval_ask, render_count_ask
from bot.slack.cards.card import render_card
from bot.slack.cards.folded import render_superseded
from bot.slack.cards.proof import render_proof
from bot.slack.cards.state import CardState, Names, state_of
from bot.slack.cards.thread import thread_text

__all__ = [
    "CardState",
    "Names",
    "act_of",
    "render_approval_ask",
    "render_card",
    "render_count_ask",
    "render_proof",
    "render_superseded",
    "state_of",
    "thread_text",
]
