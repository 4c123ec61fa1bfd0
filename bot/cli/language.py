"""`countersign language`."""

from __future__ import annotations

from babel import Locale, UnknownLocaleError

from bot.slack.languages import renew
from sync.errors import BadInput

SHOWN = 20


def renewed(language: str) -> tuple[bool, str]:
    """Whether a language's file is whole, and what there is to say of it. Raises BadInput for what is no language."""
    try:
        Locale.parse(language)
    except (UnknownLocaleError, ValueError) as error:
        raise BadInput(f"{language!r} is no language; write it like `fr` or `pt`.") from error
    path, lacks = renew(language)
    if not lacks:
        return True, f"{path}: every text is there."
    more = [f"and {len(lacks) - SHOWN} more"] if len(lacks) > SHOWN else []
    return False, "\n".join([f"{path}: {len(lacks)} to mend", *lacks[:SHOWN], *more])
