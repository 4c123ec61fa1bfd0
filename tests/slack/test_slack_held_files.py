"""A file that is held whole, from its card to the numbers that count: asked for, decided by a second person, read again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from memory_desk import a_policy
from slack_stored import Stored, at_work, filled

from sandbox.slack import Message, Outcome
from sync.connectors.csv_feed.connector import CsvFeedConnector
from sync.model.ids import SkuId, SystemId
from sync.model.stock import Sku
from sync.path.decider import Decider
from sync.path.reading import Reader
from sync.path.recorder import Recorder

MARKETPLACES, FINANCE, WMS = "inv-marketplaces", "C0FIN", SystemId("wms")
CODES = [f"SKU-{nth}" for nth in range(10)]


class Dock:
    """The warehouse's folder, and the product that reads it."""

    def __init__(self, stored: Stored, folder: Path) -> None:
        self.stored, self.folder = stored, folder
        base = a_policy()
        connection = {
            "folder": str(folder),
            "columns": {"sku": "sku", "location": "place", "on_hand": "qty"},
            "as_of_header": r"as of (\S+)",
        }
        wms = base.systems["wms"].model_copy(update={"connection": connection, "settles_in": timedelta(seconds=10)})
        stored.policy.take(base.model_copy(update={"systems": base.systems | {"wms": wms}}))
        recorder = Recorder(stored.store, stored.policy, stored.clock)
        connector = CsvFeedConnector(WMS, wms, now=stored.clock.now)
        self.reader = Reader(stored.store, {WMS: connector}, recorder, stored.policy, stored.clock, "test")
        self.worker = stored.deliverer()

    async def opened(self) -> None:
        """The catalogue is there; nobody knows what anything costs."""
        async with self.stored.store.unit_of_work() as uow:
            await uow.systems.ensure([WMS], self.stored.clock.now())
            await uow.catalogue.add_skus([Sku(SkuId(code)) for code in CODES])

    async def sends(self, name: str, units: list[int]) -> None:
        """A file comes and is read."""
        self.stored.clock.move(timedelta(minutes=5))
        lines = [f"# as of {self.stored.clock.now().isoformat()}", "sku,place,qty"]
        lines += [f"{code},reno,{many}" for code, many in zip(CODES, units, strict=True)]
        (self.folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        (self.folder / f"{name}.done").touch()
        await self.follows()

    async def follows(self) -> None:
        """What is to be read is read, what is due is decided, and Slack shows it."""
        await self.reader.poll_feeds()
        while await Decider(self.stored.store, self.stored.policy, self.stored.clock).run_due():
            pass
        await self.stored.deliver(self.worker)

    async def units(self) -> list[int | None]:
        """What the warehouse has by what is folded."""
        async with self.stored.store.reading() as uow:
            wholes = await uow.stock.load([SkuId(code) for code in CODES], self.stored.clock.now())
        found = [wholes[SkuId(code)].state.positions[0].statement for code in CODES]
        return [one.count.on_hand if one is not None else None for one in found]

    def card(self) -> Message:
        """The exception's card."""
        return self.stored.message(MARKETPLACES, "part we cannot use")


@pytest.fixture
async def dock(stored_twice: Stored, tmp_path: Path) -> Dock:
    folder = tmp_path / "drops"
    folder.mkdir()
    made = Dock(stored_twice, folder)
    await made.opened()
    await made.sends("one.csv", [4] * 10)
    await made.sends("two.csv", [4, 9] + [0] * 8)
    return made


async def test_dana_asks_lee_agrees_and_the_card_says_that_it_counts(dock: Dock) -> None:
    stored, card = dock.stored, dock.card()
    async with at_work(stored) as dana:
        await dana.click(MARKETPLACES, card.ts, "card.countfile.open")
        form = (await filled(stored, dana, "Count it anyway")).replace("\\xa0", " ")
        assert "*two.csv* of WMS came" in form
        assert "8 of 10 rows say zero (80 %, allowed are 60 %)" in form
        assert "It lowers 8 SKUs to 0, lowers 0 and raises 1: 32 units less and 5 more" in form
        assert "What 9 SKUs cost is not known" in form
        wrong = await dana.submit_view({"countfile.reason": "  "})
        assert wrong.errors == {"countfile.reason": "Say how you know that it is true; it goes into the proof."}
        sent = await dana.submit_view({"countfile.reason": "the sale emptied two aisles"})
        assert sent.outcome is Outcome.CLOSED
        await dock.follows()
        assert "Waiting for approval" in stored.workspace.read(card)
        ask = stored.message(FINANCE, "Approve counting a held file of WMS")
        lee = stored.workspace.person("lee")
        await lee.click(FINANCE, ask.ts, "ask.decide.open")
        decision = (await filled(stored, lee, "Approve correction")).replace("\\xa0", " ")
        assert "the sale emptied two aisles" in decision
        assert "It lowers 8 SKUs to 0" in decision
        assert (await lee.submit_view({"correction.decision": "approve"})).outcome is Outcome.CLOSED
        await stored.deliver(dock.worker)
        assert "Read again" in stored.workspace.read(card)
        assert await dock.units() == [4] * 10
        await dock.follows()
        assert await dock.units() == [4, 9] + [0] * 8
        stored.clock.move(timedelta(seconds=30))
        await dock.follows()
        assert "Resolved" in stored.workspace.read(stored.message(MARKETPLACES, "the sale emptied two aisles"))
        thread = "\n".join(one.text for one in stored.workspace.thread(MARKETPLACES, card.ts))
        assert "two.csv of WMS counts: 10 rows as of" in thread


async def test_a_form_of_yesterday_s_file_says_that_a_later_one_came(dock: Dock) -> None:
    stored, card = dock.stored, dock.card()
    async with at_work(stored) as dana:
        await dana.click(MARKETPLACES, card.ts, "card.countfile.open")
        await filled(stored, dana, "Count it anyway")
        await dock.sends("three.csv", [5] * 10)
        late = await dana.submit_view({"countfile.reason": "the sale emptied two aisles"})
        assert late.outcome is Outcome.UPDATED
        assert "a later one was taken or held meanwhile" in str(dana.view().content)
        await dock.follows()
        assert await dock.units() == [5] * 10
