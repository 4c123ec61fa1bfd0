"""GTINs as they are compared: one number, whatever zeros lead it (GS1 General Specifications, section 3.3)."""

from __future__ import annotations

LENGTHS = (8, 12, 13, 14)


def gtin_forms(written: str) -> tuple[str, ...]:
    """Every way to write a GTIN's digits, as it is written included. What is no number is compared as it is."""
    digits = written.strip()
    if not (digits.isascii() and digits.isdigit()) or not digits.strip("0"):
        return (written,)
    bare = digits.lstrip("0")
    return tuple(sorted({written, *(bare.zfill(length) for length in LENGTHS if len(bare) <= length)}))
