"""A product that knows the warehouse's numbers of so many SKUs, written as they are stored, and the files of the next nights."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from storage.bulk import copy_rows
from storage.engine import open_store
from storage.store import SqlStore
from storage.tables.catalogue import skus
from storage.tables.stock import positions, stock
from sync.model.ids import SystemId
from sync.policy.schema import Policy

WMS = SystemId("wms")
BEGAN = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
PLACES = ("newark", "reno")
CHANGED_EVERY = 200
PAGE = 20_000


def rules(folder: Path) -> Policy:
    """One warehouse of two places that sends a file every night."""
    return Policy.model_validate(
        {
            "company": "Bench",
            "currency": "USD",
            "systems": {
                "wms": {
                    "kind": "csv_feed",
                    "name": "WMS",
                    "source": {"trust": "physical", "fresh_for": "30 h"},
                    "connection": {
                        "folder": str(folder),
                        "columns": {"sku": "sku", "location": "place", "on_hand": "qty"},
                        "as_of_header": r"as of (\S+)",
                        "max_bytes": 1024 * 1024 * 1024,
                    },
                }
            },
            "locations": {place: {"name": place.title(), "deciders": ["wms"]} for place in PLACES},
            "people": {"dana": {"name": "Dana", "slack": "U0DANA"}, "lee": {"name": "Lee", "slack": "U0LEE"}},
            "queues": {"all": {"name": "All", "channel": "inv", "approvers": ["dana", "lee"]}},
            "ops_lead": "dana",
            "default_queue": "all",
            "digest": {"channel": "inv"},
            "not_automated": ["Kits"],
        }
    )


def units(number: int) -> int:
    """What the warehouse counts of a SKU."""
    return number * 7 % 500 + 1


def code(number: int) -> str:
    """A SKU's code."""
    return f"SKU-{number:08d}"


def write_file(path: Path, many: int, night: int, changed_every: int = 0) -> None:
    """The file of a night; one number of so many is another one (0: none)."""
    at = BEGAN + timedelta(days=night)
    with path.open("w", encoding="utf-8") as file:
        file.write(f"# as of {at.isoformat()}\nsku,place,qty\n")
        for number in range(many):
            changed = night if changed_every and number % changed_every == night else 0
            file.write(f"{code(number)},{PLACES[number % 2]},{units(number) + changed}\n")


async def fill(url: str, many: int, *, counted: bool = True) -> None:
    """The catalogue, and (unless no file came yet) the numbers of night 0, folded."""
    store = await open_store(url)
    await store.migrate()
    known = ("sku", "system", "location", "on_hand", "as_of_start", "as_of_end", "sequence", "stamp", "tie", "fact")
    known = (*known, "conflicting", "released")
    async with store.unit_of_work() as uow:
        await uow.systems.ensure([WMS], BEGAN)
    numbers = iter(range(many))
    while page := list(islice(numbers, PAGE)):
        codes = [code(number) for number in page]
        held = [
            (
                *(code(number), WMS, PLACES[number % 2], units(number), BEGAN, BEGAN + timedelta(seconds=1), 0, BEGAN),
                *("", f"row:{code(number)}", False, False),
            )
            for number in page
        ]
        catalogue = [(one, one.casefold(), "", "", "normal") for one in codes]
        async with store.unit_of_work() as uow:
            for table, names, rows in (
                (stock, ("sku",), [(one,) for one in codes]),
                (skus, ("id", "folded", "title", "family", "criticality"), catalogue),
                (positions, known, held if counted else []),
            ):
                if not rows:
                    continue
                if store.postgres:
                    await copy_rows(uow.link, table, names, rows)
                else:
                    await uow.link.execute(uow.link.insert_rows(table, names, rows))
    await settled(store)
    await store.close()


async def settled(store: SqlStore) -> None:
    """Statistics as a database that runs for a while has them."""
    from sqlalchemy import text

    async with store.unit_of_work() as uow:
        await uow.link.execute(text("ANALYZE"))
