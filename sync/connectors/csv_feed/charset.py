"""From bytes to text without guessing: a byte order mark, policy, strict UTF-8, cp1252 where policy allows it, in that
order. Nothing is ever replaced: a replacement character in a SKU would make a new SKU."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from sync.errors import BadInput

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNREADABLE = "utf-32"


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text without its byte order mark, and how it was read.

    ``assumed`` are up to three words that hold bytes from 0x80 up when the encoding was only assumed (cp1252): somebody
    should look at them once. ``high_bytes`` counts those bytes.
    """

    text: str
    encoding: str
    high_bytes: int = 0
    assumed: tuple[str, ...] = ()


def decode(body: bytes, encoding: str | None = None, *, cp1252: bool = False) -> Decoded:
    """Read a file's bytes. ``encoding`` is policy's; ``cp1252`` lets Windows bytes be read when UTF-8 does not fit.

    Raises BadInput, which says at which byte reading stopped and what to write into policy.
    """
    marked = next((name for mark, name in _MARKS if body.startswith(mark)), None)
    if marked == _UNREADABLE:
        raise BadInput("The file is UTF-32, which is not read. Export it as UTF-8.")
    if marked is not None:
        return Decoded(_strictly(body, marked, "its byte order mark says so"), marked)
    if encoding is not None:
        return Decoded(_strictly(body, encoding, "policy says so"), encoding)
    try:
        return Decoded(body.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        if not cp1252:
            raise BadInput(
                f"The file is not UTF-8 (byte {error.start + 1} is 0x{body[error.start]:02x}). Name its `encoding:` under "
                "the connection of this system, or export it as UTF-8."
            ) from error
    text = _strictly(body, "cp1252", "it is not UTF-8 and policy allows cp1252")
    words = dict.fromkeys(word for word in re.findall(r"\w+", text) if not word.isascii())
    return Decoded(text, "cp1252", sum(byte >= 0x80 for byte in body), tuple(words)[:3])


def _strictly(body: bytes, encoding: str, because: str) -> str:
    try:
        text = body.decode(encoding)
    except LookupError as error:
        raise BadInput(
            f"There is no encoding {encoding!r}. Correct `encoding:` under this system's connection."
        ) from error
    except UnicodeDecodeError as error:
        raise BadInput(
            f"The file was read as {encoding} ({because}), and byte {error.start + 1} does not fit. "
            "Correct `encoding:` under this system's connection, or ask the sender for a whole file."
        ) from error
    return text.removeprefix("\ufeff")
