"""How numbers, money, times and outside text are written: inbox-design, section 12.

Numbers and money follow a locale (babel); times are Slack date tokens, which show in each reader's own zone. Text from
outside is cleaned, escaped and cut here and nowhere else.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import regex  # type: ignore[import-untyped]  # ships no types
from babel.numbers import format_currency, format_decimal

NBSP = "\u00a0"
MINUS = "\u2212"
JOINER = "\u2060"
ISOLATE, END_ISOLATE = "\u2068", "\u2069"
LOCALE = "en_US"
"""The locale of numbers and money until a workspace chooses another."""

_GRAPHEME = regex.compile(r"\X")
_MARKUP = re.compile(r"[*_~`]|:(?!\d\d:)(?=[a-z0-9_+'-]+:)")
"""Marks of mrkdwn, and the colon that begins an emoji's name (that of a time of day does not)."""
_MENTION = re.compile(r"&lt;@([UW][A-Z0-9]{2,})&gt;")
_BLANKS = re.compile(" {2,}")
_BREAKS = frozenset("\n\r\t\v\f\u0085\u2028\u2029")
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MOST_WHOLE = Decimal(99_999)
_SAME_DAY = timedelta(hours=12)


# -- numbers -----------------------------------------------------------------------------------------------------------


def number(value: int, locale: str = LOCALE) -> str:
    """``1,284``: a level, without a sign unless it is below zero."""
    shown: str = format_decimal(abs(value), locale=locale)
    return f"{MINUS}{shown}" if value < 0 else shown


def signed(value: int, locale: str = LOCALE) -> str:
    """A difference: ``+7``, ``−7`` (U+2212), ``0``."""
    return f"+{number(value, locale)}" if value > 0 else number(value, locale)


def units(value: int, locale: str = LOCALE) -> str:
    """``1 unit``, ``9 units``, with a space that does not break."""
    return f"{number(value, locale)}{NBSP}{'unit' if abs(value) == 1 else 'units'}"


def signed_units(value: int, locale: str = LOCALE) -> str:
    """``+7 units``, ``−1 unit``."""
    return f"{signed(value, locale)}{NBSP}{'unit' if abs(value) == 1 else 'units'}"


def counted(value: int, one: str, many: str, locale: str = LOCALE) -> str:
    """``1 order``, ``4 orders``: any noun, with a space that does not break."""
    return f"{number(value, locale)}{NBSP}{one if abs(value) == 1 else many}"


# -- money -------------------------------------------------------------------------------------------------------------


def estimate(amount: Decimal, currency: str, locale: str = LOCALE) -> str:
    """An estimate: whole up to 99,999, then ``$120 k`` and ``$1.2 m``. Always with its currency."""
    size = abs(amount)
    if size.quantize(Decimal(1), ROUND_HALF_UP) <= _MOST_WHOLE:
        shown = _currency(size.quantize(Decimal(1), ROUND_HALF_UP), currency, locale, digits=0)
    else:
        scale, letter = (Decimal(1_000), "k") if size < Decimal(999_500) else (Decimal(1_000_000), "m")
        scaled = (size / scale).quantize(Decimal(1) if letter == "k" else Decimal("0.1"), ROUND_HALF_UP)
        shown = f"{_currency(scaled, currency, locale, digits=0 if letter == 'k' else 1)}{NBSP}{letter}"
    return f"{MINUS}{JOINER}{shown}" if amount < 0 and shown != _currency(Decimal(0), currency, locale, 0) else shown


def booked(amount: Decimal, currency: str, locale: str = LOCALE) -> str:
    """A booked amount, always with two decimals: ``$656.00``."""
    shown = _currency(abs(amount), currency, locale, digits=2)
    return f"{MINUS}{JOINER}{shown}" if amount < 0 else shown


def signed_booked(amount: Decimal, currency: str, locale: str = LOCALE) -> str:
    """A change of a booked amount: ``+$12.00``, ``−$287.00``, sign and currency joined by U+2060."""
    return f"+{JOINER}{booked(amount, currency, locale)}" if amount > 0 else booked(amount, currency, locale)


def signed_estimate(amount: Decimal, currency: str, locale: str = LOCALE) -> str:
    """A change of an estimate: ``+$3,340``."""
    shown = estimate(amount, currency, locale)
    return f"+{JOINER}{shown}" if amount > 0 else shown


def _currency(amount: Decimal, currency: str, locale: str, digits: int) -> str:
    pattern = {0: "¤#,##0", 1: "¤#,##0.0", 2: "¤#,##0.00"}[digits]
    shown: str = format_currency(amount, currency, pattern, locale=locale, currency_digits=False)
    return shown


def rate(value: Decimal, locale: str = LOCALE) -> str:
    """A rate with one decimal: ``0.3``."""
    shown: str = format_decimal(value.quantize(Decimal("0.1"), ROUND_HALF_UP), "#,##0.0", locale=locale)
    return shown


def percent(share: Decimal, locale: str = LOCALE) -> str:
    """A share of one as ``4.8%``; whole ones without decimals."""
    value = (share * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
    shown: str = format_decimal(value, "#,##0.#", locale=locale)
    return f"{shown}%"


# -- times -------------------------------------------------------------------------------------------------------------


def span(length: timedelta) -> str:
    """``38 s``, ``38 min``, ``3 h 05 min``, ``9 days``. Below zero counts as zero."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < 60:
        return f"{seconds}{NBSP}s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes}{NBSP}min"
    if minutes < 48 * 60:
        rest = f"{NBSP}{minutes % 60:02d}{NBSP}min" if minutes % 60 else ""
        return f"{minutes // 60}{NBSP}h{rest}"
    return f"{minutes // 1440}{NBSP}days"


def at(instant: datetime, now: datetime) -> str:
    """An instant for mrkdwn: a Slack date token, the time alone when near ``now``, else with its day."""
    near = abs(instant - now) <= _SAME_DAY
    shape = "{time}" if near else "{date_short_pretty} {time}"
    return f"<!date^{int(instant.timestamp())}^{shape}|{at_plain(instant, now)}>"


def at_plain(instant: datetime, now: datetime) -> str:
    """The same for plain text: ``14:47 UTC``, with the day when it is far from ``now``."""
    instant = instant.astimezone(UTC)
    if abs(instant - now) <= _SAME_DAY:
        return f"{instant:%H:%M} UTC"
    return f"{instant.day} {instant:%b %H:%M} UTC"


# -- text from outside -------------------------------------------------------------------------------------------------


def clean(text: str) -> str:
    """Line breaks to spaces; control, bidi and other invisible steering characters removed; blanks joined."""
    kept = (" " if char in _BREAKS else char for char in text if char in _BREAKS or not _steers(char))
    return _BLANKS.sub(" ", "".join(kept)).strip(" ")


def _steers(char: str) -> bool:
    return char in _BIDI_CONTROLS or unicodedata.category(char) in ("Cc", "Cs", "Co")


def cut(text: str, graphemes: int, most: int | None = None) -> str:
    """At most ``graphemes`` user-seen characters, the last being ``…`` when something is left out.

    ``most`` also bounds the UTF-16 length (Slack's own limits), so that long emoji sequences cannot break a block.
    """
    parts: list[str] = _GRAPHEME.findall(text)
    if len(parts) <= graphemes and (most is None or _width(text) <= most):
        return text
    kept = parts[: max(0, graphemes - 1)]
    while most is not None and kept and _width("".join(kept)) > most - 1:
        kept.pop()
    return "".join(kept).rstrip() + "…"


def _width(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def cut_middle(text: str, graphemes: int) -> str:
    """A code cut in its middle, so that both its start and the end that tells variants apart stay."""
    parts: list[str] = _GRAPHEME.findall(text)
    if len(parts) <= graphemes:
        return text
    tail = (graphemes - 1) // 2
    head = graphemes - 1 - tail
    return "".join(parts[:head]) + "…" + "".join(parts[-tail:])


def isolated(text: str) -> str:
    """Wrapped in U+2068 … U+2069 where it holds right-to-left characters, so that it cannot turn numbers round."""
    if any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in text):
        return f"{ISOLATE}{text}{END_ISOLATE}"
    return text


def plain(text: str, graphemes: int = 60, most: int | None = None) -> str:
    """Outside text for a ``plain_text`` or ``raw_text`` element."""
    return isolated(cut(clean(text), graphemes, None if most is None else most - 2))


def sku_code(code: str) -> str:
    """A SKU for plain text: whole up to 40 characters, then cut in the middle."""
    return isolated(cut_middle(clean(code), 40))


def escape(text: str) -> str:
    """``&``, ``<`` and ``>`` as Slack wants them in mrkdwn."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """What a person typed, of a text that Slack escaped."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def mrkdwn(text: str, graphemes: int = 200) -> str:
    """Outside text where mrkdwn cannot be avoided: cleaned, cut, escaped, its markup neutralised by U+2060."""
    return isolated(_inert(cut(clean(text), graphemes)))


def sentence(text: str, graphemes: int = 2_800) -> str:
    """One of our own sentences that carries outside text, for mrkdwn: everything in it is inert."""
    return _inert(cut(clean(text), graphemes))


def lines(text: str, graphemes: int = 2_800) -> str:
    """Several of our own lines for mrkdwn: inert, the line breaks kept."""
    return _inert(cut("\n".join(clean(line) for line in text.splitlines()), graphemes))


def sentence_with_people(text: str, graphemes: int = 2_800) -> str:
    """Like :func:`sentence`, but ``<@U…>`` stays a name; only where a mention notifies nobody (private answers)."""
    return _MENTION.sub(r"<@\1>", sentence(text, graphemes))


def _inert(text: str) -> str:
    return _MARKUP.sub(lambda match: f"{JOINER}{match[0]}{JOINER}", escape(text))


def listed(parts: list[str], shown: int = 3) -> str:
    """``a, b and c``; ``a, b, c and 34 more``."""
    if len(parts) > shown:
        return f"{', '.join(parts[:shown])} and {number(len(parts) - shown)} more"
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def code(text: str, graphemes: int = 60) -> str:
    """An id from outside as a code span."""
    return f"`{escape(cut(clean(text).replace('`', chr(39)), graphemes))}`"


_MARK = re.compile(r"^:[a-z0-9_]+: ")
_DATE = re.compile(r"<!date\^[^|<>]*\|([^<>]*)>")


def bare(text: str) -> str:
    """mrkdwn of ours without its state mark and bold, dates as their fallback: for the ``text`` beside blocks."""
    return _DATE.sub(r"\1", _MARK.sub("", text)).replace("*", "").replace("\n", ". ")
