"""What is wrong with a GTIN as it was written. Kept, explained, never guessed: a proposal needs a person.

Rules: GS1 General Specifications, sections 3.3 (lengths 8, 12, 13, 14) and 7.9 (check digit); UPC-E expands as in 5.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LENGTHS = (8, 12, 13, 14)
_LONGEST = 14
_DROPPED = re.compile("[\\s\\-\u00a0\u2009\u2010-\u2015]")
_SCIENTIFIC = re.compile(r"[+-]?\d+([.,]\d+)?[eE][+-]?\d+")


@dataclass(frozen=True, slots=True)
class GtinTrouble:
    """``kind``: scientific, not_digits, placeholder, check_digit, lost_zeros or length; ``why`` a sentence for people;
    ``proposal`` what it may have been, empty when nothing fits."""

    kind: str
    why: str
    proposal: str = ""


def gtin_trouble(written: str) -> GtinTrouble | None:
    """What is wrong with a barcode, or None when it is a GTIN (or a UPC-E) with a right check digit."""
    text = _DROPPED.sub("", written)
    if _SCIENTIFIC.fullmatch(text):
        return GtinTrouble("scientific", "a spreadsheet wrote it in scientific notation, so its last digits are gone")
    if re.fullmatch(r"\d+\.0+", text):
        text = text.partition(".")[0]
    if not (text.isascii() and text.isdigit()):
        return GtinTrouble("not_digits", "a GTIN has digits only")
    if len(set(text)) == 1:
        return GtinTrouble("placeholder", "one digit repeated is a placeholder")
    if _right(text) or _right(_from_upc_e(text)):
        return None
    if len(text) in LENGTHS:
        wanted = _check_digit(text[:-1])
        return GtinTrouble("check_digit", f"its check digit is {text[-1]} and should be {wanted}")
    return _wrong_length(text)


def _check_digit(digits: str) -> int:
    """Imported with the first barcode: the library reads all of GS1's prefixes when it is, a twentieth of a start."""
    from biip.checksums import gs1_standard_check_digit

    return gs1_standard_check_digit(digits)


def _right(text: str) -> bool:
    return len(text) in LENGTHS and _check_digit(text[:-1]) == int(text[-1])


def _wrong_length(text: str) -> GtinTrouble:
    zeros = _with_zeros(text) if len(text) < _LONGEST else ""
    if zeros:
        why = f"it has {len(text)} digits; a spreadsheet may have stripped its leading zeros"
        return GtinTrouble("lost_zeros", why, zeros)
    return GtinTrouble("length", f"it has {len(text)} digits; a GTIN has 8, 12, 13 or 14")


def _with_zeros(text: str) -> str:
    """The shortest of 12 and 13 digits that is right once leading zeros are put back; empty when none is."""
    return next((full for length in (12, 13) if len(text) < length and _right(full := text.zfill(length))), "")


def _from_upc_e(text: str) -> str:
    """The UPC-A behind a zero-suppressed UPC-E of eight digits (number system 0 or 1); empty when it is none."""
    if len(text) != 8 or text[0] not in "01":
        return ""
    system, x, check = text[0], text[1:7], text[7]
    match x[5]:
        case "0" | "1" | "2":
            body = f"{x[0]}{x[1]}{x[5]}0000{x[2]}{x[3]}{x[4]}"
        case "3":
            body = f"{x[:3]}00000{x[3]}{x[4]}"
        case "4":
            body = f"{x[:4]}00000{x[4]}"
        case _:
            body = f"{x[:5]}0000{x[5]}"
    return f"{system}{body}{check}"
