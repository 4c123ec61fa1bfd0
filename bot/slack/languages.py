"""Other languages than English: one gettext file each, `bot/slack/texts/languages/<language>.po`, checked when it is read.

A text's context is its name in the catalogue (`TITLE_OVER`, `BUTTON.pause`, `FILE_DAYS.2`), its msgid the English of it. So a
changed English text makes its translation stale, which is found here and not by a reader. Format: GNU gettext's PO, read and
written by babel; plurals by the file's own rule.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from bot.slack.gathering import gather
from bot.slack.heard import Heard
from bot.slack.plural import Plural
from bot.slack.speaking import ENGLISH, Reader, Text
from bot.slack.texts import english
from sync.errors import OurBug

FOLDER = Path(__file__).parent / "texts" / "languages"
KNOWN = 1_024
"""Locales and zones that are remembered."""
CORE = "core"
"""The context of the core's sentences: their English is their name."""
_TIME = "} UTC"
_NOT_WORDS = re.compile(r"(:[a-z0-9_]+:|[^A-Za-z]*|(\{[a-z_]+\}|[^A-Za-z{}])*)")
"""Emoji names, signs, and placeholders alone: the same in every language."""


@lru_cache(maxsize=KNOWN)
def is_zone(name: str) -> bool:
    """Whether this names a time zone. Asked for each payload, so the list of all zones, which lies on the disk, is not read."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


@lru_cache(maxsize=KNOWN)
def reader_of(locale: str, zone: str) -> Reader:
    """Somebody who reads ``locale`` (``de-AT``, ``en_IN``) in a time zone: texts in its language if there is a file of it, else
    English; numbers, money and dates as the locale has them."""
    known = _parsed(locale)
    language = known.language if known is not None else ENGLISH
    written = str(known) if known is not None else "en_US"
    if language not in languages():
        return Reader(written, ZoneInfo(zone))
    return Reader(written, ZoneInfo(zone), language_texts(language), language_heard(language))


def speaks(locale: str) -> bool:
    """Whether there are texts in the language of a locale."""
    known = _parsed(locale)
    return known is not None and known.language in (ENGLISH, *languages())


def _parsed(locale: str) -> Locale | None:
    try:
        return Locale.parse(locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return None


@cache
def languages() -> frozenset[str]:
    """The languages with a file, beside English."""
    return frozenset(path.stem for path in FOLDER.glob("*.po"))


@cache
def language_texts(language: str) -> Mapping[str, Text]:
    """The texts of a language that has a file. Raises OurBug naming what the file lacks or gets wrong."""
    return texts_of(_whole(language))


@cache
def language_heard(language: str) -> Heard:
    """What says the core's sentences in a language that has a file. Raises like :func:`language_texts`."""
    catalog = _whole(language)
    return Heard({str(one.id): str(one.string) for one in catalog if one.context == CORE})


@cache
def _whole(language: str) -> Catalog:
    with (FOLDER / f"{language}.po").open("rb") as file:
        catalog = read_po(file, locale=language)
    faults = faults_of(catalog, [str(one.id) for one in catalog if one.context == CORE])
    if faults:
        raise OurBug(f"{language}.po: {'; '.join(faults[:10])} ({len(faults)} in all)")
    return catalog


def texts_of(catalog: Catalog) -> dict[str, Text]:
    """The catalogue's texts in the language of a file without faults."""
    return {name: _said(catalog, name, text) for name, text in english().items()}


def _said(catalog: Catalog, name: str, text: Text) -> Text:
    if isinstance(text, str):
        return _translated(catalog, name, text)
    if isinstance(text, Plural):
        found = catalog.get((text.one, text.many), context=name)
        forms = (text.one, text.many) if found is None else _forms(found)
        return Plural(text.one, text.many, forms, gettext.c2py(catalog.plural_expr))
    if isinstance(text, Mapping):
        return {key: _translated(catalog, f"{name}.{key}", one) for key, one in text.items()}
    return tuple(_translated(catalog, f"{name}.{place}", one) for place, one in enumerate(text))


def _translated(catalog: Catalog, name: str, text: str) -> str:
    found = catalog.get(text, context=name) if text else None
    return str(found.string) if found is not None and found.string else text


def entries() -> Iterator[tuple[str, str | tuple[str, str]]]:
    """Every text that has words, by its context: one, or singular and plural."""
    for name, text in english().items():
        if isinstance(text, Plural):
            yield name, (text.one, text.many)
            continue
        parts: Sequence[tuple[str, str]]
        if isinstance(text, str):
            parts = [(name, text)]
        elif isinstance(text, Mapping):
            parts = [(f"{name}.{key}", one) for key, one in text.items()]
        else:
            parts = [(f"{name}.{place}", one) for place, one in enumerate(text)]
        yield from ((key, one) for key, one in parts if not _NOT_WORDS.fullmatch(one))


def template(language: str | None = None, core: Iterable[str] = ()) -> Catalog:
    """All texts and the ``core``'s sentences untranslated, as translators get them."""
    catalog = Catalog(locale=language, project="Countersign", charset="utf-8", fuzzy=False)
    for name, text in entries():
        catalog.add(text, context=name, flags=())
    for sentence in core:
        catalog.add(sentence, context=CORE, flags=())
    return catalog


def faults_of(catalog: Catalog, core: Iterable[str]) -> list[str]:
    """What is missing, stale or wrong in a language's file, in words. ``core`` are the core's sentences that it must have."""
    faults = _core_faults(catalog, core)
    for name, text in entries():
        found = catalog.get(text, context=name)
        if found is None or found.fuzzy or not all(_forms(found)):
            faults.append(f"{name} is not translated")
        elif isinstance(text, str):
            faults += _placeholders_differ(name, text, str(found.string))
        else:
            forms = _forms(found)
            if len(forms) != catalog.num_plurals:
                faults.append(f"{name} has {len(forms)} forms, its language {catalog.num_plurals}")
            faults += [one for form in forms for one in _placeholders_differ(name, text[1], form, spare={"n"})]
    return faults


def _core_faults(catalog: Catalog, core: Iterable[str]) -> list[str]:
    """A value of the core's may be left out (an English ending is one), but none can be invented."""
    faults = []
    for sentence in core:
        found = catalog.get(sentence, context=CORE)
        if found is None or found.fuzzy or not found.string:
            faults.append(f"the core's {sentence!r} is not translated")
        else:
            faults += _placeholders_differ(
                repr(sentence), sentence, str(found.string), spare=set(_placeholders(sentence))
            )
            if sentence.count(_TIME) != str(found.string).count(_TIME):
                faults.append(f"the core's {sentence!r} keeps UTC behind its time, where a reader's own time is put")
    return faults


def _forms(message: Message) -> tuple[str, ...]:
    return tuple(message.string or ("",)) if not isinstance(message.string, str) else (message.string,)


def _placeholders_differ(name: str, text: str, said: str, spare: frozenset[str] | set[str] = frozenset()) -> list[str]:
    """Each placeholder as often as in English; ``spare`` ones may be left out (a form that means exactly one says so)."""
    try:
        wanted, given = _placeholders(text), _placeholders(said)
    except ValueError as error:
        return [f"{name}: {error}"]
    if given == wanted or (set(given) < set(wanted) and set(wanted) - set(given) <= spare):
        return []
    return [f"{name} fills {', '.join(given) or 'nothing'}, English {', '.join(wanted) or 'nothing'}"]


def _placeholders(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def renew(language: str, folder: Path = FOLDER) -> tuple[Path, list[str]]:
    """Write a language's file anew: what still fits stays, what is new or changed waits for a translator. Returns the file and
    what it lacks."""
    core = gather()
    path, fresh = folder / f"{language}.po", template(language, core)
    if path.exists():
        with path.open("rb") as file:
            known = read_po(file, locale=language)
        known.update(fresh, no_fuzzy_matching=True)
        fresh = known
    with path.open("wb") as file:
        write_po(file, fresh, width=120, omit_header=False, ignore_obsolete=True, sort_output=False)
    return path, faults_of(fresh, core)
