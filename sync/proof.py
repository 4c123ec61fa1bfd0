"""The hash chain: how an entry is hashed, how a chain is verified, and its export.

An entry's hash is SHA-256 over the canonical JSON (RFC 8785) of its chain, number, content and the hash before it. The
first entry's ``previous`` is 64 zeros. Times are RFC 3339 in UTC with microseconds; figures are text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import rfc8785

from sync.errors import BadInput
from sync.model.proof import ChainedEntry, Entry

FIRST = "0" * 64
"""What stands before the first entry of a chain."""

POLICY_CHAIN = "policy"
"""The chain of taken policies."""

FORMAT = "countersign-proof-1"


def entry_hash(chain: str, seq: int, entry: Entry, previous: str) -> str:
    """SHA-256 (lower-case hex) over the RFC 8785 form of the entry in its place. ValueError for a naive time."""
    return hashlib.sha256(_hashed(chain, seq, entry, previous)).hexdigest()


def _hashed(chain: str, seq: int, entry: Entry, previous: str) -> bytes:
    """:func:`canonical` of an entry in its place: its names are known and in their order, so that only values are written."""
    figures = sorted(entry.figures)
    names = [name for name, _ in figures]
    if not -_EXACT < seq < _EXACT or len(set(names)) < len(names) or not "".join(names).isascii():
        return canonical(_content(chain, seq, entry, previous))
    held = ",".join([f"{_text(name)}:{_text(value)}" for name, value in figures])
    return (
        f'{{"actor":{_text(entry.actor)},"at":"{_at(entry.at)}","chain":{_text(chain)},"figures":{{{held}}},'
        f'"kind":{_text(entry.kind)},"previous":{_text(previous)},"sentence":{_text(entry.sentence)},"seq":{seq}}}'
    ).encode()


Content = Mapping[str, str | int | Mapping[str, str]]

_SORTED = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_EXACT = 2**53
_text: Callable[[str], str] = json.encoder.encode_basestring
"""A text as JSON writes it, quotes and all; what is no ASCII stays as it is."""


def canonical(content: Content) -> bytes:
    """The RFC 8785 form of texts and whole numbers. ValueError for what it has no form for.

    The standard library's sorted JSON is that form of them in a fifth of the time, but that it sorts names by code points
    and RFC 8785 by UTF-16 units, which is the same for ASCII, and that it writes numbers which not every reader holds exactly.
    """
    return _SORTED.encode(content).encode() if _is_plain(content) else rfc8785.dumps(content)


def _is_plain(content: Content) -> bool:
    for name, value in content.items():
        if not name.isascii():
            return False
        if isinstance(value, int):
            if not -_EXACT < value < _EXACT:
                return False
        elif not isinstance(value, str) and not _is_plain(value):
            return False
    return True


def chain_on(chain: str, seq: int, previous: str, entries: Sequence[Entry]) -> list[ChainedEntry]:
    """Entries appended to a chain whose head is number ``seq`` with hash ``previous`` (0 and FIRST: it is empty)."""
    chained: list[ChainedEntry] = []
    for number, entry in enumerate(entries, start=seq + 1):
        link = entry_hash(chain, number, entry, previous)
        chained.append(ChainedEntry(chain, number, entry, previous, link))
        previous = link
    return chained


def verify_chain(entries: Sequence[ChainedEntry]) -> list[str]:
    """Every way in which a chain does not fit, each with its entry's number; empty when every hash fits.

    What a chain alone cannot show: entries cut off at its end, or a chain rewritten whole. That takes a copy of a
    checkpoint held elsewhere.
    """
    problems: list[str] = []
    previous = FIRST
    name = entries[0].chain if entries else ""
    for expected, one in enumerate(entries, start=1):
        if one.chain != name:
            problems.append(f"entry {one.seq} belongs to chain {one.chain}, not to {name}")
        if one.seq != expected:
            problems.append(f"entry {one.seq} stands where entry {expected} belongs: one is missing, doubled or moved")
        if one.previous != previous:
            problems.append(
                f"entry {one.seq} names {one.previous[:8]}… as the hash before it, which is {previous[:8]}…"
            )
        if entry_hash(one.chain, one.seq, one.entry, one.previous) != one.hash:
            problems.append(f"entry {one.seq} does not give its hash {one.hash[:8]}…: its content was changed")
        previous = one.hash
    return problems


def export_json(entries: Sequence[ChainedEntry]) -> str:
    """A chain as a JSON file for machines, from which :func:`read_export` reads the same entries again."""
    rows = [{**_content(one.chain, one.seq, one.entry, one.previous), "hash": one.hash} for one in entries]
    return json.dumps({"format": FORMAT, "entries": rows}, indent=2, ensure_ascii=False) + "\n"


def read_export(text: str) -> list[ChainedEntry]:
    """The entries of an exported chain. Raises BadInput when the text is no such export."""
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise BadInput(f"This export has the format {document['format']!r}; this version reads {FORMAT!r}.")
        return [_read(row) for row in document["entries"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            f"This is no exported proof ({error}). `countersign proof show EX-… --json` writes one."
        ) from error


def _content(chain: str, seq: int, entry: Entry, previous: str) -> dict[str, str | int | dict[str, str]]:
    figures = dict(entry.figures)
    if len(figures) != len(entry.figures):
        raise ValueError(f"a proof entry names a figure twice: {entry.figures}")
    return {
        "chain": chain,
        "seq": seq,
        "kind": entry.kind,
        "at": _at(entry.at),
        "actor": entry.actor,
        "sentence": entry.sentence,
        "figures": figures,
        "previous": previous,
    }


def _at(instant: datetime) -> str:
    if instant.tzinfo is None:
        raise ValueError(f"{instant!r} has no time zone; proofs hold UTC instants")
    return instant.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _read(row: Mapping[str, object]) -> ChainedEntry:
    figures, seq = row["figures"], row["seq"]
    if not isinstance(figures, dict) or not isinstance(seq, int):
        raise ValueError("an entry lacks its figures or its number")
    entry = Entry(
        kind=str(row["kind"]),
        at=datetime.fromisoformat(str(row["at"])),
        actor=str(row["actor"]),
        sentence=str(row["sentence"]),
        figures=tuple((str(name), str(value)) for name, value in figures.items()),
    )
    return ChainedEntry(str(row["chain"]), seq, entry, str(row["previous"]), str(row["hash"]))
