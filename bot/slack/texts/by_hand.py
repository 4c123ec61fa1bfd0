"""Texts of numbers that somebody set in the shop: asking why, giving the reason, publishing over them."""

from __future__ import annotations

from typing import Final

REASON_NONE: Final = "Set by hand there; nobody gave a reason"
REASON_GIVEN: Final = "Reason: “{reason}” (for {shows}, at {at}); {owner} stands for it"
NEXT_ASKED_REASON: Final = "{whom} was asked for the reason by {who} at {at}; nobody has answered yet."
NEXT_PUBLISHING: Final = "{who} asked to publish {units} at {at}; it goes out as soon as it may be raised there."

ASKREASON_TITLE: Final = "Ask for the reason"
ASKREASON_WHOM: Final = "Whom to ask"
ASKREASON_WHOM_HINT: Final = "They get a direct message. Nobody chosen: the queue is asked in the thread."
ASKREASON_FIELD: Final = "What you ask"
ASKREASON_TEXT: Final = (
    "Did you set {shows} for {sku} on {system}, and why? We can sell {can}. How long should it stay?"
)
ASKREASON_SUBMIT: Final = "Ask"
ASKREASON_NO_TEXT: Final = "Write what you ask."

GIVEREASON_TITLE: Final = "Give the reason"
GIVEREASON_OWNER: Final = "Who stands for it"
GIVEREASON_OWNER_HINT: Final = "Nobody chosen: you."
GIVEREASON_SUBMIT: Final = "Give it"
GIVEREASON_NONE: Final = "Say why; it goes into the proof."

PUBLISH_TITLE: Final = "Publish over it"
PUBLISH_WHY: Final = (
    "Never more than can be sold. It is sent once, and only while the channel still shows that number; who sets it again is"
    " not fought."
)
PUBLISH_SUBMIT: Final = "Publish {units}"
PUBLISH_SUBMIT_NONE: Final = "Publish"
