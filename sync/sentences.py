"""How sentences of ours end that carry somebody else's words."""

from __future__ import annotations

_ENDS = (".", "!", "?", "…")


def one_stop(text: str) -> str:
    """The text with one mark at its end, whether or not the words in it brought one: ``recount first.`` stays as it is."""
    bare = text.rstrip()
    while bare.endswith(".."):
        bare = bare[:-1]
    return bare if bare.endswith(_ENDS) or bare.endswith(tuple(f"{one}”" for one in _ENDS)) else f"{bare}."
