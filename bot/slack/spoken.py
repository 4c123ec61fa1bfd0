"""How a word on a silent source is told: one line, on summaries, Home and in answers."""

from __future__ import annotations

from bot.slack import format as fmt
from bot.slack import texts as t
from sync.model.source_word import SourceWord
from sync.policy.schema import Policy


def word_line(word: SourceWord, policy: Policy) -> str:
    """``North counts as 0 since 14:35 (Dana: …)`` as mrkdwn."""
    name = policy.systems[word.system].name if word.system in policy.systems else word.system
    system, who, why = fmt.mrkdwn(name, 40), fmt.mrkdwn(word.by_name, 40), fmt.mrkdwn(word.reason, 120)
    if word.until is not None:
        return t.WORD_VOUCHED.format(system=system, until=fmt.at(word.until, word.since), who=who, why=why)
    return t.WORD_NOTHING.format(system=system, at=fmt.at(word.since, word.since), who=who, why=why)
