"""Texts of what people say of silent sources: forms, states, banners."""

from __future__ import annotations

from typing import Final

NOTHING_TITLE: Final = "Treat as 0"
NOTHING_PREVIEW: Final = (
    "{skus} stand on {system}: customers see {units} less on {channels}. Costs up to {missed} a day in missed"
    " sales, estimated."
)
NOTHING_NO_CHANGE: Final = (
    "{skus} stand on {system}. What customers see does not change by it now: nothing of it is promised."
)
NOTHING_LASTS: Final = (
    "It counts as 0 until {system} is heard again, or somebody takes it back. Nothing rises by itself before two"
    " fresh numbers."
)
NOTHING_SUBMIT: Final = "Treat as 0"
VOUCH_TITLE: Final = "Extend trust"
VOUCH_PREVIEW: Final = (
    "The numbers of {system} as of {at} count in full until the time below: {listings} would show {units} more than policy"
    " allows, worth {value} at cost."
)
VOUCH_NO_CHANGE: Final = "The numbers of {system} as of {at} are all promised already. Nothing changes by it now."
VOUCH_ENDS: Final = "Until"
VOUCH_SUBMIT: Final = "Extend trust"
VOUCH_NO_END: Final = "Choose when it ends."
VOUCH_LIMIT: Final = (
    "Above {limit} at cost a second person decides, and nobody who vouched for it. It ends sooner when {system} is"
    " heard again."
)
VOUCH_UNVALUED: Final = "What {skus} cost is not known, so a second person decides."
WORD_ABOUT: Final = "About: {reckoned} of {skus} were reckoned in time, and the rest is taken to be like them."
WORD_SHADOW: Final = "In shadow nothing is sent to {channels}: there it would be so."
WORD_REASON_HINT: Final = "Everybody who looks at this source reads it. Goes into the proof."
WORD_NO_REASON: Final = "Say why; everybody who looks at this source reads it."
BYPOLICY_TITLE: Final = "By policy again"
BYPOLICY_NOTHING: Final = (
    "{system} counts as 0 since {at} ({who}: {why}). Policy says again what it counts as, and it may rise to that."
)
BYPOLICY_VOUCHED: Final = (
    "{who} vouches for {system} until {until} ({why}). Policy says again what it counts as, and it is lowered to"
    " that at once."
)
BYPOLICY_SUBMIT: Final = "Take back"
BYPOLICY_NO_NOTE: Final = "Say why it is taken back; it goes into the proof."
BYPOLICY_NONE: Final = "Nothing that was said of this source stands any more."

DECIDE_VOUCH_WHAT: Final = "*{system}*\nAsked by {by} at {at}: {reason}"
DECIDE_VOUCH_PREVIEW: Final = (
    "Its last numbers, as of {content}, would count in full until {until}: {listings} would show {units} more than policy allows,"
    " worth {value} at cost."
)
DECIDE_VOUCH_ABOUT: Final = "They count in full until then"
DECIDE_VOUCH_NOTHING: Final = "Policy goes on saying what they count as"
DECIDE_VOUCH_UNSURE: Final = (
    "You are asked because not all of it has a worth that is known. Nobody who vouched for it decides."
)
ASK_VOUCH_TITLE: Final = "Approve longer trust in {system}"
CHANGE_VOUCH: Final = "count the last numbers of {system} until {until}: {units} more, {value} at cost"

MARK_ZEROED: Final = ":zero:"
MARK_VOUCHED: Final = ":handshake:"
STATE_ZEROED: Final = "{mark} *Counts as 0* since {at} ({by}). {fix}"
STATE_VOUCHED: Final = "{mark} *Counts in full until {until}*, vouched for by {by}. {fix}"
ALSO_ZEROED: Final = "counts as 0 since {at}"
ALSO_VOUCHED: Final = "vouched for since {at}"
NEXT_ZEROED: Final = "take it back once it can be trusted; it ends by itself when the source is heard again."
NEXT_VOUCHED: Final = "get a fresh feed; at {until} it ends by itself."
WORD_NOTHING: Final = ":zero: {system} counts as 0 since {at} ({who}: {why})"
WORD_VOUCHED: Final = ":handshake: {system} counts in full until {until} ({who}: {why})"
