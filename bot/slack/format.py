"""How numbers, money, times and outside text are written: inbox-design, section 12.

Numbers and money follow the reader's locale (babel, always with the digits 0 to 9); times are Slack date tokens, which show
in each reader's own zone, and where only plain text goes the time in the reader's zone with its name. Text from outside is
cleaned, escaped and cut here and nowhere else.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import regex  # type: ignore[import-untyped]  # ships no types
from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import (
    format_currency,
    format_decimal,
    format_percent,
    get_currency_precision,
    get_currency_symbol,
)

from bot.slack import texts as t
from bot.slack.instants import retold
from bot.slack.plural import Plural
from bot.slack.speaking import ENGLISH, read_at, reader

NBSP = "\u00a0"
MINUS = "\u2212"
JOINER = "\u2060"
ISOLATE, END_ISOLATE = "\u2068", "\u2069"

_GRAPHEME = regex.compile(r"\X")
_MARKUP = re.compile(r"[*_~`]|:(?!\d\d:)(?=[a-z0-9_+'-]+:)")
"""Marks of mrkdwn, and the colon that begins an emoji's name (that of a time of day does not)."""
_MENTION = re.compile(r"&lt;@([UW][A-Z0-9]{2,})&gt;")
_BLANKS = re.compile(" {2,}")
_BREAKS = frozenset("\n\r\t\v\f\u0085\u2028\u2029")
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_RIGHT_TO_LEFT_RUN = regex.compile(
    r"[\p{bc=R}\p{bc=AL}\p{bc=AN}](?:[^\p{bc=L}\p{bc=EN}\n]*[\p{bc=R}\p{bc=AL}\p{bc=AN}])*"
)
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MOST_WHOLE = Decimal(99_999)
_SAME_DAY = timedelta(hours=12)
_CAPITAL_NOUNS = ("de", "lb")
_WEEKDAYS = 6
"""Days within which a weekday names one day only."""
_NO_BIDI = re.compile("[\u061c\u200e\u200f]")


# -- numbers -----------------------------------------------------------------------------------------------------------


def number(value: int) -> str:
    """``1,284``: a level, without a sign unless it is below zero."""
    shown: str = format_decimal(abs(value), locale=reader().locale)
    return f"{MINUS}{shown}" if value < 0 else shown


def signed(value: int) -> str:
    """A difference: ``+7``, ``−7`` (U+2212), ``0``."""
    return f"+{number(value)}" if value > 0 else number(value)


def counted(value: int, noun: Plural, *, sign: bool = False) -> str:
    """``1 order``, ``4 orders``, ``+4 orders``: a noun of the catalogue, with a space that does not break."""
    shape = noun.of(value).replace("{n} ", f"{{n}}{NBSP}").replace(" {n}", f"{NBSP}{{n}}")
    return shape.format(n=signed(value) if sign else number(value))


def agreeing(value: int, words: Plural) -> str:
    """``1 is yours``, ``4 are yours``: words that agree with a number and may stand on the next line."""
    return words.of(value).format(n=number(value))


def units(value: int) -> str:
    """``1 unit``, ``9 units``, with a space that does not break."""
    return counted(value, t.UNITS)


def signed_units(value: int) -> str:
    """``+7 units``, ``−1 unit``."""
    return counted(value, t.UNITS, sign=True)


def ordinal(value: int) -> str:
    """``1st``, ``2nd``, ``3rd``, ``11th``."""
    form = _locale().ordinal_form(value)
    return t.ORDINAL.get(form, t.ORDINAL["other"]).format(n=number(value))


def rate(value: Decimal) -> str:
    """A rate with one decimal: ``0.3``."""
    shown: str = format_decimal(value.quantize(Decimal("0.1"), ROUND_HALF_UP), "#,##0.0", locale=reader().locale)
    return shown


def percent(share: Decimal) -> str:
    """A share of one as ``4.8%``; whole ones without decimals, the sign where the locale has it."""
    pattern = _locale().percent_formats[None].pattern.replace("0", "0.#")
    value = (share * 100).quantize(Decimal("0.1"), ROUND_HALF_UP) / 100
    shown: str = format_percent(value.copy_abs(), pattern, locale=reader().locale)
    return f"{MINUS}{shown}" if value < 0 else shown


def _locale() -> Locale:
    return Locale.parse(reader().locale)


# -- money -------------------------------------------------------------------------------------------------------------


def estimate(amount: Decimal, currency: str) -> str:
    """An estimate: whole up to 99,999, then ``$120 k`` and ``$1.2 m``. Always with its currency."""
    whole = abs(amount).quantize(Decimal(1), ROUND_HALF_UP)
    if whole <= _MOST_WHOLE:
        shown = _currency(whole, currency, 0)
    elif whole < Decimal(999_500):
        shown = _currency((whole / 1_000).quantize(Decimal(1), ROUND_HALF_UP), currency, 0, t.THOUSANDS)
    else:
        shown = _currency((whole / 1_000_000).quantize(Decimal("0.1"), ROUND_HALF_UP), currency, 1, t.MILLIONS)
    return f"{MINUS}{JOINER}{shown}" if amount < 0 and whole else shown


def booked(amount: Decimal, currency: str) -> str:
    """A booked amount with the decimals that its currency has: ``$656.00``, ``¥656``, ``KWD 656.000``."""
    digits = get_currency_precision(currency)
    shown = _currency(abs(amount), currency, digits)
    return f"{MINUS}{JOINER}{shown}" if amount < 0 and shown != _currency(Decimal(0), currency, digits) else shown


def signed_booked(amount: Decimal, currency: str) -> str:
    """A change of a booked amount: ``+$12.00``, ``−$287.00``, sign and currency joined by U+2060."""
    return f"+{JOINER}{booked(amount, currency)}" if amount > 0 else booked(amount, currency)


def signed_estimate(amount: Decimal, currency: str) -> str:
    """A change of an estimate: ``+$3,340``."""
    shown = estimate(amount, currency)
    return f"+{JOINER}{shown}" if amount > 0 else shown


def _currency(amount: Decimal, currency: str, digits: int, short: str = "") -> str:
    """A positive amount where the locale puts its sign; ``short`` is what stands after shortened ones.

    A currency that is written as a code never touches its number, and one in right-to-left letters cannot turn it round.
    """
    pattern = _NO_BIDI.sub("", _locale().currency_formats["standard"].pattern.partition(";")[0])
    zeros = "0." + "0" * digits if digits else "0"
    pattern = re.sub(r"0(\.0+)?(?=[^0#,.]|$)", zeros + (f"{NBSP}'{short}'" if short else ""), pattern, count=1)
    if get_currency_symbol(currency, locale=reader().locale)[-1:].isalpha():
        pattern = pattern.replace("¤#", f"¤{NBSP}#")
    rounded = amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    shown: str = format_currency(rounded, currency, pattern, locale=reader().locale, currency_digits=False)
    return isolated(_NO_BIDI.sub("", shown))


# -- times -------------------------------------------------------------------------------------------------------------


def span(length: timedelta) -> str:
    """``38 s``, ``38 min``, ``3 h 05 min``, ``9 days``. Below zero counts as zero."""
    seconds = max(0, int(length.total_seconds()))
    minutes = seconds // 60
    if seconds < 60:
        return _unbroken(t.SPAN_SECONDS, n=seconds)
    if minutes < 60:
        return _unbroken(t.SPAN_MINUTES, n=minutes)
    if minutes >= 48 * 60:
        return counted(minutes // 1440, t.SPAN_DAYS)
    if minutes % 60:
        return _unbroken(t.SPAN_HOURS_MINUTES, n=minutes // 60, minutes=f"{minutes % 60:02d}")
    return _unbroken(t.SPAN_HOURS, n=minutes // 60)


def _unbroken(shape: str, **values: object) -> str:
    return shape.format(**values).replace(" ", NBSP)


def at(instant: datetime, now: datetime, *, seconds: bool = False) -> str:
    """An instant for mrkdwn: a Slack date token, the time alone when near ``now``, else with its day."""
    near, time = abs(instant - now) <= _SAME_DAY, "{time_secs}" if seconds else "{time}"
    shape = time if near else f"{{date_short_pretty}} {time}"
    return f"<!date^{int(instant.timestamp())}^{shape}|{at_plain(instant, now, seconds=seconds)}>"


def at_plain(instant: datetime, now: datetime, *, seconds: bool = False) -> str:
    """The same for plain text, in the reader's zone and with its name: ``14:47 UTC`` when near ``now``, ``Tue 14:02 CET``
    within a week, ``15 Nov 14:02 CET`` else; another year is named."""
    local = instant.astimezone(reader().zone)
    time = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    if abs(instant - now) <= _SAME_DAY:
        return f"{time} {zone_name(local)}"
    today = now.astimezone(reader().zone).date()
    if abs((local.date() - today).days) < _WEEKDAYS:
        return f"{weekday(local)} {time} {zone_name(local)}"
    shown = day(local) if local.year == today.year else f"{day(local)} {local.year}"
    return f"{shown} {time} {zone_name(local)}"


def day(when: date) -> str:
    """``15 Nov``, as the language writes a day of a month."""
    if _locale().language == ENGLISH:
        return f"{when.day} {format_date(when, 'MMM', locale=reader().locale)}"
    shown: str = format_skeleton("MMMd", when, locale=reader().locale)
    return shown


def days_first() -> bool:
    """Whether days of one month may share its name: ``16 to 22 Nov``."""
    return _locale().language == ENGLISH


def weekday(when: date, *, whole: bool = False) -> str:
    """``Tue``, or ``Tuesday``."""
    shown: str = format_date(when, "EEEE" if whole else "EEE", locale=reader().locale)
    return shown


def zone_name(local: datetime) -> str:
    """``CET``, ``UTC``; a zone without letters of its own by its distance: ``UTC+04``."""
    name = local.tzname() or ""
    return f"UTC{name}" if name[:1] in "+-" else name


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
    while kept and not _fits(kept, graphemes, most):
        kept.pop()
    return "".join(kept).rstrip() + "…" + _closing(kept)


def _fits(kept: list[str], graphemes: int, most: int | None) -> bool:
    """Whether there is room for the ``…`` and for the end of an isolate that was cut through."""
    more = 1 + len(_closing(kept))
    return len(kept) + more <= graphemes and (most is None or _width("".join(kept)) + more <= most)


def _closing(kept: list[str]) -> str:
    return END_ISOLATE * max(0, kept.count(ISOLATE) - kept.count(END_ISOLATE))


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


def column(text: str, width: int, *, right: bool = False) -> str:
    """Cleaned text in a column of fixed width: cut, padded by what a person counts as characters, and isolated."""
    shown = cut("".join(char for char in text if char not in _BIDI_CONTROLS), width)
    pad = " " * (width - len(_GRAPHEME.findall(shown)))
    return pad + isolated(shown) if right else isolated(shown) + pad


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


def spoken(text: str) -> str:
    """A sentence of the core in the reader's language, as far as it is one, and for plain text its times in their zone."""
    said, now = reader().heard(text), read_at()
    return said if now is None else retold(said, now, lambda instant, seconds: at_plain(instant, now, seconds=seconds))


def sentence(text: str, graphemes: int = 2_800, said_at: datetime | None = None) -> str:
    """One of our own sentences that carries outside text, for mrkdwn: everything in it is inert, and its times of day are date
    tokens. ``said_at``: when it was said, where that may be long ago."""
    shown, near = _inert(_runs_isolated(cut(clean(reader().heard(text)), graphemes))), said_at or read_at()
    return shown if near is None else retold(shown, near, lambda instant, seconds: at(instant, near, seconds=seconds))


def lines(text: str, graphemes: int = 2_800) -> str:
    """Several of our own lines for mrkdwn: inert, the line breaks kept."""
    cut_lines = cut("\n".join(clean(spoken(line)) for line in text.splitlines()), graphemes).split("\n")
    return _inert("\n".join(_runs_isolated(line) for line in cut_lines))


def sentence_with_people(text: str, graphemes: int = 2_800) -> str:
    """Like :func:`sentence`, but ``<@U…>`` stays a name; only where a mention notifies nobody (private answers)."""
    return _MENTION.sub(r"<@\1>", sentence(text, graphemes))


def inert(text: str) -> str:
    """A title made for plain text, where it stands in a message's ``text``: nothing in it is markup."""
    return _inert(text)


def _runs_isolated(text: str) -> str:
    """Each run of right-to-left words in a sentence on its own, so that the sentence goes on from left to right."""
    shown: str = _RIGHT_TO_LEFT_RUN.sub(lambda match: f"{ISOLATE}{match[0]}{END_ISOLATE}", text)
    return shown


def _inert(text: str) -> str:
    return _MARKUP.sub(lambda match: f"{JOINER}{match[0]}{JOINER}", escape(text))


def listed(parts: list[str], shown: int = 3) -> str:
    """``a, b and c``; ``a, b, c and 34 more``."""
    if len(parts) > shown:
        return t.LIST_MORE.format(shown=t.LIST_COMMA.join(parts[:shown]), count=number(len(parts) - shown))
    if len(parts) < 2:
        return "".join(parts)
    return t.LIST_AND.format(first=t.LIST_COMMA.join(parts[:-1]), last=parts[-1])


def either(people: list[str]) -> str:
    """``Lee``, ``Lee or Ana``, ``Lee or Ana and 2 others``; empty without anybody."""
    if len(people) < 2:
        return "".join(people)
    two = t.EITHER.format(one=people[0], other=people[1])
    return t.AND_OTHERS.format(shown=two, others=counted(len(people) - 2, t.OTHERS)) if len(people) > 2 else two


def within(text: str) -> str:
    """A name that stands in a sentence: small, but not in a language that writes nouns with a capital."""
    return text if _locale().language in _CAPITAL_NOUNS else text.lower()


def code(text: str, graphemes: int = 60) -> str:
    """An id from outside as a code span."""
    return isolated(f"`{escape(cut(clean(text).replace('`', chr(39)), graphemes))}`")


_MARK = re.compile(r"^:[a-z0-9_]+: ")
_DATE = re.compile(r"<!date\^[^|<>]*\|([^<>]*)>")


def bare(text: str) -> str:
    """mrkdwn of ours without its state mark and bold, dates as their fallback: for the ``text`` beside blocks."""
    return _DATE.sub(r"\1", _MARK.sub("", text)).replace("*", "").replace("\n", ". ")
