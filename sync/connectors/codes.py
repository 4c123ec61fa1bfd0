"""Codes (SKUs, places, order ids) as senders write them: kept as they are, refused only when they cannot be codes."""

from __future__ import annotations

import unicodedata

LONGEST = 255
"""Characters of the longest code."""

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def unfit_code(text: str) -> str:
    """Why a text cannot be a code, continuing "The SKU …"; empty when it can."""
    if not text.strip():
        return "is empty"
    if len(text) > LONGEST:
        return f"is longer than {LONGEST} characters"
    if "\ufffd" in text:
        return "holds a replacement character: the sender's export lost a letter"
    if any(unicodedata.category(character) in _UNSEEN for character in text):
        return "holds a line break or another invisible character"
    return ""
