"""A small door behind the events endpoint that keeps its state in SQLite, and a shop around it for tests.

It does what the protocol of the endpoint says and no more: one transaction for events and answer, keys and events unique.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.web.events import Answered, Claim, Credential, EventsEndpoint, ItemOutcome, Outcome, Remembered
from bot.web.rates import Rate
from sync.connectors.base import Inbound, Problem
from sync.connectors.events_api.batch import EventBatchRead, EventItem
from sync.connectors.events_api.sender import Sender
from sync.errors import AlreadyHandled, TryAgain
from sync.model.facts import FactDraft
from sync.path.identify import fingerprint

_TABLES = """
CREATE TABLE IF NOT EXISTS answers (scope, key, fingerprint, status, type, body, created, PRIMARY KEY (scope, key));
CREATE TABLE IF NOT EXISTS facts (system, key, content, PRIMARY KEY (system, key));
CREATE TABLE IF NOT EXISTS conflicts (system, key, content);
CREATE TABLE IF NOT EXISTS deliveries (system, body);
CREATE TABLE IF NOT EXISTS refused (system, body, why);
"""


class MovedClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """The instant it was set to."""
        return self.at


class SqliteDoor:
    """One process's door to a shared database file. ``claims`` are the keys that any process is writing now."""

    def __init__(self, path: Path, clock: MovedClock, claims: set[tuple[str, str]] | None = None) -> None:
        self.clock = clock
        self.credentials: dict[str, Credential] = {}
        self.signing: list[Credential] = []
        self.skus = {"RE-130", "RE-131"}
        self.places = {"WH1", "WH2"}
        self.claims = claims if claims is not None else set()
        self.away = False
        self.broken: Exception | None = None
        self.recording = asyncio.Event()
        self.may_commit = asyncio.Event()
        self.may_commit.set()
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.executescript(_TABLES)

    async def credential(self, token_sha256: str) -> Credential | None:
        self._reachable()
        return self.credentials.get(token_sha256)

    async def signers(self) -> Sequence[Credential]:
        self._reachable()
        return self.signing

    async def remembered(self, scope: str, key: str) -> Remembered | None:
        self._reachable()
        row = self.db.execute(
            "SELECT fingerprint, status, type, body, created FROM answers WHERE scope = ? AND key = ?", (scope, key)
        ).fetchone()
        return Remembered(row[0], Answered(*row[1:4]), datetime.fromisoformat(row[4])) if row else None

    async def record(
        self,
        sender: Sender,
        inbound: Inbound,
        batch: EventBatchRead,
        claim: Claim,
        answer: Callable[[Sequence[ItemOutcome]], Answered],
    ) -> Answered:
        self._reachable()
        at = (claim.scope, claim.key)
        if at in self.claims:
            raise AlreadyHandled("another process is writing this key")
        self.claims.add(at)
        try:
            self.recording.set()
            await self.may_commit.wait()
            return self._record(sender, inbound, batch, claim, answer)
        finally:
            self.claims.discard(at)

    def _record(
        self,
        sender: Sender,
        inbound: Inbound,
        batch: EventBatchRead,
        claim: Claim,
        answer: Callable[[Sequence[ItemOutcome]], Answered],
    ) -> Answered:
        now = self.clock.now()
        self.db.execute("BEGIN IMMEDIATE")
        try:
            week_ago = (now - timedelta(days=7)).isoformat()
            self.db.execute(
                "DELETE FROM answers WHERE scope = ? AND key = ? AND created <= ?", (claim.scope, claim.key, week_ago)
            )
            self.db.execute("INSERT INTO deliveries VALUES (?, ?)", (sender.system, inbound.body))
            outcomes = [self._item(sender.system, item) for item in batch.items]
            if self.broken is not None:
                raise self.broken
            answered = answer(outcomes)
            row = (claim.scope, claim.key, claim.fingerprint, answered.status, answered.content_type, answered.body)
            self.db.execute("INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, now.isoformat()))
        except sqlite3.IntegrityError as error:
            self.db.execute("ROLLBACK")
            raise AlreadyHandled("this key has its answer already") from error
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")
        return answered

    def _item(self, system: str, item: EventItem) -> ItemOutcome:
        if item.problem is not None:
            return ItemOutcome(Outcome.INVALID)
        known = [self._claim_fact(system, draft) for draft in item.drafts[:1]]
        if known[0] is Outcome.CONFLICT:
            return ItemOutcome(Outcome.CONFLICT)
        known += [self._claim_fact(system, draft) for draft in item.drafts[1:]]
        if all(one is Outcome.DUPLICATE for one in known):
            return ItemOutcome(Outcome.DUPLICATE)
        first, last = item.drafts[0], item.drafts[-1]
        if first.item is not None and first.item.value not in self.skus:
            return ItemOutcome(Outcome.KEPT, "sku")
        if first.place is not None and first.place not in self.places:
            return ItemOutcome(Outcome.KEPT, "location")
        if last.place is not None and last.place not in self.places:
            return ItemOutcome(Outcome.KEPT, "to_location")
        return ItemOutcome(Outcome.RECORDED)

    def _claim_fact(self, system: str, draft: FactDraft) -> Outcome:
        content = fingerprint(draft)
        before = self.db.execute(
            "SELECT content FROM facts WHERE system = ? AND key = ?", (system, draft.key)
        ).fetchone()
        if before is None:
            self.db.execute("INSERT INTO facts VALUES (?, ?, ?)", (system, draft.key, content))
            return Outcome.RECORDED
        if before[0] == content:
            return Outcome.DUPLICATE
        self.db.execute("INSERT INTO conflicts VALUES (?, ?, ?)", (system, draft.key, content))
        return Outcome.CONFLICT

    async def keep(self, inbound: Inbound, problem: Problem) -> None:
        self._reachable()
        self.db.execute("INSERT INTO refused VALUES (?, ?, ?)", (inbound.system, inbound.body, problem.why))

    def count(self, table: str) -> int:
        """Rows of a table."""
        return int(self.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def _reachable(self) -> None:
        if self.away:
            raise TryAgain("The database does not answer.", after=timedelta(seconds=7))


class EventsShop:
    """The endpoint of one process on a loopback port, and tokens to speak to it."""

    def __init__(self, door: SqliteDoor, clock: MovedClock, rate: Rate | None = None) -> None:
        self.door = door
        self.clock = clock
        self.endpoint = EventsEndpoint(door, clock, rate=rate) if rate is not None else EventsEndpoint(door, clock)
        self.url = ""
        self.port = 0

    def token(self, sender: Sender, *, allowed: bool = True) -> str:
        """A new bearer token for a sender."""
        token = secrets.token_urlsafe(24)
        digest = hashlib.sha256(token.encode()).hexdigest()
        self.door.credentials[digest] = Credential(sender, allowed=allowed)
        return token

    async def start(self) -> web.AppRunner:
        """Serve; the caller cleans the runner up."""
        app = web.Application()
        app.add_routes(self.endpoint.routes())
        runner = web.AppRunner(app, auto_decompress=False)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port = runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}/api/v1/events"
        return runner


def an_event(**fields: Any) -> dict[str, Any]:
    """A good event; fields set to ``...`` are left out."""
    event = {
        "id": "wms-1",
        "type": "stock.counted",
        "occurred_at": "2026-11-24T02:00:00-05:00",
        "sku": "RE-130",
        "location": "WH1",
        "on_hand": 11,
    }
    return {name: value for name, value in {**event, **fields}.items() if value is not ...}


def a_body(*events: Any) -> bytes:
    """A batch as bytes."""
    return json.dumps({"events": list(events) or [an_event()]}).encode()
