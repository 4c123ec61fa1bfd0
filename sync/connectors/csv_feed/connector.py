"""CSV feeds behind the connector protocol: files in, counts out. A file cannot be written, so there is no way back."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import structlog

from sync.connectors.base import (
    Abilities,
    Answer,
    Fault,
    Inbound,
    Lack,
    ListingRef,
    Parsed,
    Problem,
    Seen,
    SetDoors,
    SetHold,
    SetQuantity,
)
from sync.connectors.csv_feed.charset import decode
from sync.connectors.csv_feed.figures import figures_of, plausibility
from sync.connectors.csv_feed.folder import DropFolder, Dropped
from sync.connectors.csv_feed.pull import FeedAddress, Fetched
from sync.connectors.csv_feed.rows import Reading, RowRules, counted, read_rows
from sync.connectors.csv_feed.settings import FeedConnection, feed_settings
from sync.connectors.csv_feed.stamps import NoStamp, Stamp, stamp_within
from sync.connectors.csv_feed.table import Dialect, Table, columns_of, read_table
from sync.connectors.csv_feed.whole import Columnar, head_of, read_columns
from sync.errors import BadInput, TryAgain
from sync.landing.snapshot import Covered, Figures, Snapshot, instant
from sync.model.facts import Count, FactDraft, FactKind, SnapshotRead
from sync.model.ids import SystemId
from sync.model.time import AsOf
from sync.policy.system_rules import Plausible, System

CUT = "feed-cut"
"""Our own header on a file beyond ``max_bytes``: its size in bytes. Its body is only the beginning."""

RETRY_AFTER = timedelta(minutes=1)
"""An address that could not answer is asked again after this long at the latest."""

_NOT_WRITTEN = "A file cannot be written; ask a person."

_log = structlog.get_logger(__name__)


class CsvFeedConnector:
    """One CSV feed with two doors: a drop folder and an HTTP address. :meth:`poll` looks through both."""

    abilities = Abilities()

    def __init__(
        self,
        system_id: SystemId,
        system: System,
        *,
        authorization: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``authorization`` is the whole header for the HTTP door, from the environment. Raises BadInput when the
        connection in policy does not fit."""
        self.system = system_id
        self._settings = feed_settings(system.connection, system_id)
        zone = system.source.timezone if system.source is not None else None
        self._zone = ZoneInfo(zone) if zone is not None else None
        self._absent_is_zero = system.source is not None and system.source.absent == "zero"
        self._reads_every = system.reads_every
        self._now = now
        self._fetch_from = now()
        self._folder = _folder(self._settings)
        self._address = _address(self._settings, authorization)
        self._unsettled: dict[str, Dropped | Fetched] = {}

    async def poll(self) -> AsyncIterator[Inbound]:
        """What is new in the folder (whole files, oldest first) and, every ``reads_every``, at the address. Each must be
        settled once recorded; what is not comes again, and its key makes that harmless. Raises TryAgain and BadInput."""
        if self._folder is not None:
            for dropped in await self._folder.whole_files():
                self._unsettled[dropped.name] = dropped
                headers = {CUT: str(dropped.size)} if dropped.cut else {}
                yield Inbound(self.system, "file", dropped.body, self._now(), headers, dropped.name)
        if self._address is not None and self._now() >= self._fetch_from:
            fetched = await self._fetch(self._address)
            if fetched is not None:
                name = unquote(f"{self._address.url.host}{self._address.url.path}")
                self._unsettled[name] = fetched
                headers = {"etag": fetched.etag, "last-modified": fetched.last_modified}
                given = {header: value for header, value in headers.items() if value}
                yield Inbound(self.system, "file", fetched.body, self._now(), given, name)

    async def settle(self, inbound: Inbound, accepted: bool, why: str = "") -> None:
        """The delivery is durable. A dropped file moves to ``done/``, or to ``held/`` with the reason beside it."""
        taken = self._unsettled.pop(inbound.name, None)
        if isinstance(taken, Fetched) and self._address is not None:
            self._address.taken(taken)
        elif isinstance(taken, Dropped) and self._folder is not None:
            moved = await self._folder.put_aside(taken, "done" if accepted else "held", "" if accepted else why)
            _log.info(
                "feed_file_settled", system=self.system, file=inbound.name, accepted=accepted, moved=moved is not None
            )

    async def let_count(self, name: str, digest: str, note: str) -> None:
        """A dropped file that was held counts now: it moves from ``held/`` to ``done/``, the note beside it. One that is not
        there any more (somebody moved it, another host has the folder) is no fault."""
        if self._folder is not None:
            moved = await self._folder.take_back(name, digest, note)
            _log.info("feed_file_counts", system=self.system, file=name, moved=moved is not None)

    def parse(self, inbound: Inbound) -> Parsed:
        """Counts from one file. Held when the file does not say as of when it is. Raises BadInput when it cannot be read
        as a table at all (charset, header, renamed column, beyond the size limit)."""
        table = read_table(self._text(inbound), self._dialect)
        columns = columns_of(table.header, self._settings.columns.named())
        key = hashlib.sha256(inbound.body).hexdigest()
        stamp: Stamp | None = None
        if self._settings.columns.as_of is None:
            try:
                stamp = self._stamp(table.comments, inbound.name)
            except NoStamp as error:
                return Parsed(key, problems=table.problems, rows=len(table.rows), held=_unstamped(str(error)))
        reading = read_rows(table.rows, self._rules(columns, stamp))
        return self._parsed(key, table, reading, stamp)

    def read_whole(self, inbound: Inbound) -> Snapshot:
        """A large file as columns, with the checks of :meth:`parse`. Raises BadInput as that does."""
        text = self._text(inbound)
        head = head_of(text, self._dialect)
        columns = columns_of(head.header, self._settings.columns.named())
        stamp: Stamp | None = None
        why = ""
        if self._settings.columns.as_of is None:
            try:
                stamp = self._stamp(head.comments, inbound.name)
            except NoStamp as error:
                stamp, why = NO_TIME, _unstamped(str(error))
        found = read_columns(text, head, self._dialect, self._rules(columns, stamp))
        return self._snapshot(hashlib.sha256(inbound.body).hexdigest(), found, stamp, why)

    def counted(self, code: str, place: str, as_of: AsOf, count: Count) -> FactDraft:
        """The fact of a row."""
        return counted(code, place, as_of, count)

    def figures(self, parsed: Parsed) -> Figures:
        """What the file amounts to as a whole."""
        return figures_of(parsed)

    def plausibility(self, figures: Figures, previous: tuple[int, int, int] | None, rules: Plausible) -> str:
        """Why the file must be held whole, or nothing; ``previous``: (rows, zeros, total) of the last good one."""
        return plausibility(figures, Figures(*previous) if previous is not None else None, rules)

    async def snapshot(self, since: datetime | None = None) -> AsyncIterator[Parsed]:
        """A feed cannot be asked: it comes when the sender sends it (see :meth:`poll`). Yields nothing."""
        del since
        nothing: tuple[Parsed, ...] = ()
        for page in nothing:
            yield page

    async def set_quantity(self, write: SetQuantity) -> Answer:
        """Not possible: a task for a person."""
        del write
        return Answer(done=False, at=AsOf.at(self._now()), fault=Fault.MISSING, text=_NOT_WRITTEN)

    async def set_doors(self, write: SetDoors) -> Answer:
        """Not possible: a task for a person."""
        del write
        return Answer(done=False, at=AsOf.at(self._now()), fault=Fault.MISSING, text=_NOT_WRITTEN)

    async def set_hold(self, write: SetHold) -> Answer:
        """Not possible: a task for a person."""
        del write
        return Answer(done=False, at=AsOf.at(self._now()), fault=Fault.MISSING, text=_NOT_WRITTEN)

    async def read_back(self, listing: ListingRef, places: Sequence[str]) -> Seen:
        """Not possible: the next file shows what changed. Raises BadInput."""
        del places
        raise BadInput(
            f"{self.system} is a file feed and shows customers nothing; its next file tells about {listing.sku}."
        )

    async def lacking(self, callback_url: str | None) -> Sequence[Lack]:
        """Whether the folder can be read and written, and the address answers. Raises TryAgain and BadInput."""
        del callback_url
        if self._folder is not None:
            await self._folder.check()
        if self._address is not None:
            await self._address.fetch()
        return ()

    async def close(self) -> None:
        """Give back the HTTP session."""
        if self._address is not None:
            await self._address.close()

    async def _fetch(self, address: FeedAddress) -> Fetched | None:
        """Ask the address, and not again before its time or what it said itself."""
        now = self._now()
        self._fetch_from = now + self._reads_every
        try:
            return await address.fetch()
        except TryAgain as error:
            self._fetch_from = now + (error.after or min(self._reads_every, RETRY_AFTER))
            raise

    def _rules(self, columns: dict[str, int], stamp: Stamp | None) -> RowRules:
        settings = self._settings
        return RowRules(
            columns=columns,
            place=settings.location,
            stamp=stamp,
            form=settings.as_of_format,
            zone=self._zone,
            decimal=settings.decimal,
            thousands=settings.thousands,
        )

    @property
    def _dialect(self) -> Dialect:
        return Dialect(self._settings.delimiter, self._settings.quote, self._settings.comment)

    def _text(self, inbound: Inbound) -> str:
        settings = self._settings
        if CUT in inbound.headers:
            raise BadInput(
                f"The file has {inbound.headers[CUT]} bytes; {settings.max_bytes} are allowed. "
                "Raise `max_bytes:` under this system's connection if that is right."
            )
        decoded = decode(inbound.body, settings.encoding, cp1252=settings.cp1252)
        if decoded.assumed:
            _log.info("feed_read_as_cp1252", system=self.system, bytes=decoded.high_bytes, words=decoded.assumed)
        return decoded.text

    def _stamp(self, comments: Sequence[str], name: str) -> Stamp:
        settings = self._settings
        if settings.as_of_header is not None:
            for comment in comments:
                found = stamp_within(comment, settings.as_of_header, settings.as_of_format, self._zone)
                if found is not None:
                    return found
            raise NoStamp(f"no comment line before the header fits {settings.as_of_header!r}")
        if settings.as_of_name is not None:
            found = stamp_within(name, settings.as_of_name, settings.as_of_format, self._zone)
            if found is None:
                raise NoStamp(f"the name {name!r} does not fit {settings.as_of_name!r}")
            return found
        raise NoStamp("policy names no `as_of` column, `as_of_header` or `as_of_name` for this feed")

    def _parsed(self, key: str, table: Table, reading: Reading, stamp: Stamp | None) -> Parsed:
        problems = _problems(table.problems, reading, stamp)
        if not reading.facts:
            return Parsed(key, problems=problems, rows=len(table.rows), held=_useless(reading))
        whole = self._settings.full and not table.problems and not reading.all_doubtful
        covered = [(place, facts) for place, facts in reading.by_place() if whole and place not in reading.doubtful]
        coverage = [_coverage(place, facts) for place, facts in covered] if self._absent_is_zero else []
        return Parsed(
            key,
            facts=(*reading.facts, *coverage),
            problems=problems,
            content_at=max(fact.as_of.start for fact in reading.facts),
            covered=tuple(place for place, _ in covered),
            rows=len(table.rows),
        )

    def _snapshot(self, key: str, found: Columnar, stamp: Stamp | None, why: str) -> Snapshot:
        import polars as pl

        if why:
            return Snapshot(key, found.frame.clear(), found.read, tuple(found.unreadable), why)
        reading = found.reading
        problems = _problems(found.unreadable, reading, stamp)
        if not found.frame.height:
            return Snapshot(key, found.frame, found.read, problems, _useless(reading))
        whole = self._settings.full and not found.unreadable and not reading.all_doubtful
        places = found.frame.lazy().group_by("place").agg(pl.col("start").min(), pl.col("end").max(), rows=pl.len())
        covered = [
            Covered(place, AsOf(instant(start), instant(end)), rows)
            for place, start, end, rows in places.sort("place").collect().iter_rows()
            if whole and self._absent_is_zero and place not in reading.doubtful
        ]
        return Snapshot(key, found.frame, found.read, problems, covered=tuple(covered))


NO_TIME = Stamp(AsOf.at(datetime(1970, 1, 1, tzinfo=UTC)))
"""Stands where a file has no time, while the rest of it is looked at: none of it is used."""


def _problems(unreadable: Sequence[Problem], reading: Reading, stamp: Stamp | None) -> tuple[Problem, ...]:
    """All that was wrong, and that a time without offset comes twice."""
    repeated = "its header or name" if stamp is not None and stamp.repeated else reading.repeated
    if not repeated:
        return (*unreadable, *reading.problems)
    why = "The clock change makes this hour twice; it was read as the first. Ask for times with an offset."
    return (*unreadable, *reading.problems, Problem(repeated, why, kind="value"))


def _useless(reading: Reading) -> str:
    return _unstamped("no row has a usable one") if reading.unstamped else "It has no usable row."


def _coverage(place: str, facts: Sequence[FactDraft]) -> FactDraft:
    """The full reading of one place, from its earliest to its latest time. Every row of a file is a fact of its own, so a
    reading only tells of what is absent: where absent is unknown it would confirm old numbers, and none is made."""
    as_of = AsOf(min(fact.as_of.start for fact in facts), max(fact.as_of.end for fact in facts))
    digest = hashlib.sha256("\n".join(sorted(fact.key for fact in facts)).encode()).hexdigest()[:16]
    key = f"snapshot:{place}@{as_of.start.isoformat()}:{digest}"
    return FactDraft(FactKind.SNAPSHOT_READ, key, as_of, None, place, SnapshotRead(rows=len(facts)))


def _unstamped(why: str) -> str:
    return f"The file does not say as of when it is: {why}. Its time of arrival says nothing, so it is not used."


def _folder(settings: FeedConnection) -> DropFolder | None:
    if settings.folder is None:
        return None
    return DropFolder(settings.folder, pattern=settings.files, limit=settings.max_bytes)


def _address(settings: FeedConnection, authorization: str) -> FeedAddress | None:
    if settings.url is None:
        return None
    hosts = settings.allowed_hosts.replace(",", " ").split()
    return FeedAddress(settings.url, limit=settings.max_bytes, authorization=authorization, allowed_hosts=hosts)
