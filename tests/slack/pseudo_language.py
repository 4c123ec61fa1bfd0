"""A language that nobody speaks: every text with other letters and 40 % longer, so that what is not in the catalogue shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po, write_po

from bot.slack.languages import renew

_KEPT = re.compile(r"(\bUTC\b|\{\w*\}|`[^`]*`|:[a-z0-9_]+:|<[^>]*>|[^A-Za-z{`:<]+|[{`:<])")
_OTHER = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "àƀćđēƒĝħīĵķĺɱńōƥɋŕśţūṽŵẋŷźÀƁĆĐĒƑĜĦĪĴĶĹṀŃŌƤɊŔŚŢŪṼŴẊŶŹ"
)


def pseudo(text: str) -> str:
    """The same with accents, 40 % longer; placeholders, code, emoji and blanks at its ends are kept."""
    said = "".join(part if _KEPT.fullmatch(part) else part.translate(_OTHER) for part in _KEPT.split(text))
    letters = sum(char.isalpha() for char in _KEPT.sub("", text))
    body = said.rstrip()
    return body + "ø" * round(letters * 0.4) + said[len(body) :] if letters else said


def write_pseudo(language: str, folder: Path) -> Path:
    """A complete file of a language in ``folder``, every text in pseudo letters."""
    path, _ = renew(language, folder)
    with path.open("rb") as file:
        catalog = read_po(file, locale=language)
    for message in catalog:
        if not message.id:
            continue
        if isinstance(message.id, str):
            message.string = pseudo(message.id)
        else:
            message.string = tuple(pseudo(message.id[min(form, 1)]) for form in range(catalog.num_plurals))
    with path.open("wb") as file:
        write_po(file, catalog)
    return path


def shown_texts(value: Any, field: str = "") -> Iterator[str]:
    """Every text of a message or view that a person sees or hears."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in (
                "metadata",
                "private_metadata",
                "value",
                "action_id",
                "block_id",
                "callback_id",
                "url",
                "type",
            ):
                yield from shown_texts(inner, name)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from shown_texts(inner, field)
    elif isinstance(value, str) and field not in ("style", "kind", "align", "initial_user"):
        yield value


def english_words(shown: Any) -> set[str]:
    """Words in plain letters in what is shown: data, or texts that nobody translated."""
    texts = shown_texts(json.loads(json.dumps(shown)))
    bare = (re.sub(r"`[^`]*`|:[a-z0-9_]+:|<!date\^\d+\^[^|]*\||https?://\S+|<@\w+>", " ", text) for text in texts)
    return {word for text in bare for word in re.findall(r"(?<![\w{])[A-Za-z]{3,}(?!\w)", text)}
