"""A shop whose warehouse, ERP and vendor send files, read row by row or landed whole, for stories that are told to both."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from storage.replaying import replay_problems
from storage.store import SqlStore
from storage.tables.cases import exceptions
from storage.tables.facts import facts
from storage.tables.outbox import targets
from sync.connectors.base import Inbound, Parsed
from sync.connectors.csv_feed.connector import CsvFeedConnector
from sync.landing.lander import Lander
from sync.model.facts import FactDraft, FactKind, ItemRef, LineState, LineStated, LineStep, ListingStated, OrderRef
from sync.model.ids import SkuId, SystemId
from sync.model.picture import Whole
from sync.model.stock import Sku
from sync.model.time import AsOf
from sync.path.decider import Decider
from sync.path.reading import Reader
from sync.path.recorder import Recorder
from sync.policy.holder import PolicyInForce
from sync.policy.schema import Policy
from tests.databases import MovableClock
from tests.shop_rules import rules

SHOP, WMS, ERP, ACME = (SystemId(name) for name in ("shopify-us", "wms", "erp", "acme"))
FEEDS = (WMS, ERP, ACME)
BEGAN = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def feed_rules(folder: Path, zeros: str = "1", **sources: dict[str, Any]) -> Policy:
    """Two places; the warehouse counts both, the ERP and the vendor one. ``sources`` change the rules of a feed's source."""
    trust = {"wms": "physical", "erp": "financial", "acme": "vendor"}
    systems: dict[str, Any] = {
        "shopify-us": {
            "kind": "shopify",
            "name": "Shopify US",
            "mode": "full",
            "channel": {"locations": ["reno", "dock"], "publish_to": "reno"},
            "settles_in": "10 s",
        }
    }
    for name in FEEDS:
        source = {"trust": trust[name], "fresh_for": "6 h", "books_within": "10 min"} | sources.get(name, {})
        stamped = source.pop("per_row", False)
        columns = {"sku": "sku", "location": "place", "on_hand": "qty", "incoming": "coming"}
        when = {"as_of": "as_of"} if stamped else {}
        connection = {"folder": str(folder / name), "columns": columns | when, "full": True}
        if not stamped:
            connection["as_of_header"] = r"as of (\S+)"
        systems[name] = {
            "kind": "csv_feed",
            "name": name.upper(),
            "source": source,
            "settles_in": "10 s",
            "connection": connection,
            "plausible": {"rows_fall_by_at_most": "1", "zeros_at_most": zeros},
        }
    return rules(
        systems=systems,
        locations={
            "reno": {"name": "Reno", "deciders": ["wms", "erp"]},
            "dock": {"name": "Dock", "deciders": ["acme", "wms"]},
        },
        storms={"above": 1000},
    )


@dataclass
class FeedShop:
    """One product on one store. ``large`` None: files are read row by row, else they land whole from so many bytes on."""

    store: SqlStore
    folder: Path
    policy: Policy
    clock: MovableClock
    large: int | None = None
    holder: str = "test"
    _serial: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.in_force = PolicyInForce(self.policy)
        self.recorder = Recorder(self.store, self.in_force, self.clock)
        lander = None
        if self.large is not None:
            lander = Lander(self.store, self.in_force, self.clock, self.holder, self.folder / "data", large=self.large)
        self.lander = lander
        self.connectors = {name: CsvFeedConnector(name, self.policy.system(name), now=self.clock.now) for name in FEEDS}
        self.reader = Reader(self.store, self.connectors, self.recorder, self.in_force, self.clock, self.holder, lander)

    async def opened(self, codes: list[str]) -> None:
        """The catalogue is there and listed."""
        for name in FEEDS:
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        async with self.store.unit_of_work() as uow:
            await uow.systems.ensure([SHOP, *FEEDS], self.clock.now())
            await uow.catalogue.add_skus([Sku(SkuId(code)) for code in codes])
        at = AsOf.at(self.clock.now())
        await self.record(
            *(
                FactDraft(
                    FactKind.LISTING_SEEN,
                    f"listing:{code}",
                    at,
                    ItemRef("sku", code),
                    None,
                    ListingStated((("variant", f"v{code}"),), title=code, buyable=True),
                )
                for code in codes
            )
        )

    async def record(self, *drafts: FactDraft) -> None:
        """What the storefront tells."""
        inbound = Inbound(SHOP, "webhook", f"{next(self._serial)}".encode(), self.clock.now())
        await self.recorder.record(inbound, Parsed(f"d{next(self._serial)}", tuple(drafts)))

    async def ordered(self, order: str, code: str, units: int, at: datetime) -> None:
        """An order."""
        body = LineStated(OrderRef(SHOP, order, "1"), units, LineState.CONFIRMED, at)
        await self.record(
            FactDraft(FactKind.ORDER_LINE, f"order:{order}", AsOf.at(at), ItemRef("sku", code), None, body)
        )

    async def shipped(self, order: str, code: str, units: int, at: datetime) -> None:
        """It went out."""
        body = LineStep(OrderRef(SHOP, order, "1"), units)
        await self.record(
            FactDraft(FactKind.ORDER_SHIPPED, f"shipped:{order}", AsOf.at(at), ItemRef("sku", code), None, body)
        )

    async def drop(self, system: SystemId, name: str, text: str) -> None:
        """A whole file arrives and is read."""
        (self.folder / system / name).write_text(text, encoding="utf-8")
        (self.folder / system / f"{name}.done").touch()
        await self.reader.poll_feeds()

    async def decide(self) -> None:
        """Until nothing is due."""
        await Decider(self.store, self.in_force, self.clock).run_due()

    async def wholes(self, codes: list[str]) -> dict[SkuId, Whole]:
        """Everything about these SKUs."""
        async with self.store.reading() as uow:
            return dict(await uow.stock.load([SkuId(code) for code in codes], self.clock.now()))

    async def positions(self, codes: list[str]) -> dict[tuple[str, str, str], tuple[Any, ...]]:
        """Numbers, as of when they hold, whether they are disputed."""
        return {
            (sku, one.system, one.location): (
                one.statement.count if one.statement else None,
                one.as_of,
                one.named,
                one.conflicting,
                one.released,
            )
            for sku, whole in (await self.wholes(codes)).items()
            for one in whole.state.positions
        }

    async def cases(self) -> list[tuple[Any, ...]]:
        """Exceptions as they stand."""
        held = exceptions.c
        async with self.store.reading() as uow:
            rows = await uow.link.execute(
                select(
                    held.fingerprint, held.life, held.body["delta"].as_string(), held.body["recurrences"].as_string()
                )
            )
            return sorted(tuple(str(one) for one in row) for row in rows)

    async def wanted(self) -> dict[str, int]:
        """What should be shown."""
        async with self.store.reading() as uow:
            rows = await uow.link.execute(select(targets.c.key, targets.c.wanted))
            return {row.key: row.wanted for row in rows}

    async def recorded(self, *kinds: FactKind) -> dict[str, str]:
        """Fingerprints of facts by system and key, kept ones included."""
        async with self.store.reading() as uow:
            rows = await uow.link.execute(
                select(facts.c.system, facts.c.key, facts.c.fingerprint).where(
                    facts.c.kind.in_([kind.value for kind in kinds])
                )
            )
            return {f"{row.system} {row.key}": row.fingerprint for row in rows}

    async def rows_of(self, table: Any) -> int:
        """How many rows a table has."""
        async with self.store.reading() as uow:
            return int((await uow.link.execute(select(func.count()).select_from(table))).scalar_one())

    async def replayed_wrong(self) -> list[str]:
        """What the facts do not come to."""
        return await replay_problems(self.store, self.policy, self.clock.now())


def file_text(at: datetime, rows: list[tuple[str, str, str, str]], *, stamps: list[datetime] | None = None) -> str:
    """A feed's file: code, place, units, units on their way; with one time, or one per row."""
    if stamps is None:
        lines = [f"# as of {at.isoformat()}", "sku,place,qty,coming", *(",".join(row) for row in rows)]
    else:
        lines = ["sku,place,qty,coming,as_of"]
        lines += [",".join((*row, stamp.isoformat())) for row, stamp in zip(rows, stamps, strict=True)]
    return "\n".join(lines) + "\n"


def later(minutes: float) -> datetime:
    """An instant of the story."""
    return BEGAN + timedelta(minutes=minutes)
