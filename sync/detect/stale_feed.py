"""Sources that are silent: no content newer than their freshness allows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sync.counting.terms import clock
from sync.detect.cause import system_name
from sync.model.exceptions import Evidence, ExceptionClass, Finding, Fingerprint
from sync.model.picture import SystemPicture
from sync.model.source_word import SourceWord, WordKind
from sync.policy.schema import Policy
from sync.policy.system_rules import Source
from sync.risk import no_risk


def stale_feed(system: SystemPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """Content time decides, not arrival: an old file that arrives now is still old. One finding per source."""
    rules = policy.systems.get(system.system)
    source = rules.source if rules is not None else None
    if source is None or source.fresh_for is None:
        return
    last = system.content_at or system.first_seen
    if last is None or now - last <= source.fresh_for:
        return
    name = system_name(policy, system.system)
    heard = system.heard_at is not None and system.heard_at > last + source.fresh_for
    repeat = " What arrived since is old content again." if heard else ""
    word = system.word
    said = () if word is None else (("word", f"{word.kind} {word.since.isoformat()}"),)
    yield Finding(
        fingerprint=Fingerprint(ExceptionClass.STALE_FEED, systems=(system.system,)),
        delta=system.skus,
        evidence=Evidence(
            changed=f"{name} has sent nothing newer; something is due every {_span(source.fresh_for)}."
            f" {_counts(source, word, now)}{repeat}",
            event=f"{system.system}:silence",
            event_at=last,
            cause=f"{system.system}:silent",
            facts=(("skus", str(system.skus)), *said),
        ),
        risk=no_risk(policy.currency, "Its stock is not promised while it is silent."),
        since=last + source.fresh_for,
    )


def _counts(source: Source, word: SourceWord | None, now: datetime) -> str:
    """What its stock counts as meanwhile: by a person's word, else by policy."""
    if word is not None and word.kind is WordKind.NOTHING:
        return f"Its stock counts as 0 since {clock(word.since, now)}, says {word.by_name}."
    if word is not None and word.until is not None and now < word.until:
        return f"{word.by_name} vouches for its last numbers: they count in full until {clock(word.until, now)}."
    share = f"{source.stale_counts_as:.0%}" if source.stale_counts_as else "nothing"
    return f"Its stock counts as {share} meanwhile."


def stale_at(system: SystemPicture, policy: Policy) -> datetime | None:
    """When this source turns stale if nothing newer arrives: an instant to look again."""
    rules = policy.systems.get(system.system)
    last = system.content_at or system.first_seen
    if rules is None or rules.source is None or rules.source.fresh_for is None or last is None:
        return None
    return last + rules.source.fresh_for + timedelta(microseconds=1)


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
