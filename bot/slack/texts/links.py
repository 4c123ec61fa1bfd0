"""Texts of links that are unfolded, and of their address for who has no Slack."""

from __future__ import annotations

from typing import Final

LINK_FOOT: Final = "As of {at}; the card is always the newest"
LINK_CARD: Final = " · <{link}|its card>"
SOMEBODY: Final = "somebody"
LINK_GONE: Final = "There is no {name}."
LINK_PAGE: Final = (
    "{name} is in Slack: type /inventory show {name} there, or paste this address into a message. Nothing of it is shown"
    " here.\n"
)
SHOW_LINK: Final = "Link: {link}"
