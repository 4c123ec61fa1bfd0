"""A drop folder: a file is taken when it is whole, once, and put aside with its bytes untouched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sync.connectors.base import Answer, Fault, Inbound, ListingRef, SetDoors, SetQuantity
from sync.connectors.csv_feed.connector import CsvFeedConnector
from sync.errors import BadInput
from sync.model.ids import SystemId
from sync.policy.system_rules import Source, System, Trust

STOCK = b"# as of 2026-11-24T02:00:00Z\nsku,place,qty\nKTL-17,WH1,11\n"


def feed(folder: Path, **connection: str | int) -> CsvFeedConnector:
    system = System(
        kind="csv_feed",
        name="Acme",
        source=Source(trust=Trust.VENDOR),
        connection={
            "folder": str(folder),
            "columns": {"sku": "sku", "location": "place", "on_hand": "qty"},
            "as_of_header": r"as of (\S+)",
            **connection,
        },
    )
    return CsvFeedConnector(SystemId("acme"), system)


async def look(connector: CsvFeedConnector) -> list[Inbound]:
    return [inbound async for inbound in connector.poll()]


async def test_a_file_is_taken_when_it_stood_still_over_two_looks(tmp_path: Path) -> None:
    connector = feed(tmp_path)
    (tmp_path / "stock.csv").write_bytes(STOCK[:30])
    assert await look(connector) == []
    (tmp_path / "stock.csv").write_bytes(STOCK)
    assert await look(connector) == []
    [inbound] = await look(connector)
    assert (inbound.name, inbound.door, inbound.body) == ("stock.csv", "file", STOCK)
    assert connector.parse(inbound).rows == 1


async def test_a_marker_says_that_a_file_is_whole(tmp_path: Path) -> None:
    connector = feed(tmp_path)
    (tmp_path / "stock.csv").write_bytes(STOCK)
    (tmp_path / "stock.csv.done").touch()
    [inbound] = await look(connector)
    await connector.settle(inbound, accepted=True)
    assert sorted(os.listdir(tmp_path)) == ["done"]


async def test_a_recorded_file_moves_to_done_with_its_bytes_and_is_not_taken_again(tmp_path: Path) -> None:
    connector = feed(tmp_path)
    (tmp_path / "stock.csv").write_bytes(STOCK)
    await look(connector)
    [inbound] = await look(connector)
    await connector.settle(inbound, accepted=True)
    assert (tmp_path / "done" / "stock.csv").read_bytes() == STOCK
    assert await look(connector) == []


async def test_a_held_file_moves_to_held_with_the_reason_beside_it(tmp_path: Path) -> None:
    connector = feed(tmp_path)
    (tmp_path / "stock.csv").write_bytes(STOCK)
    await look(connector)
    [inbound] = await look(connector)
    await connector.settle(inbound, accepted=False, why="A fall of 60 %.")
    assert (tmp_path / "held" / "stock.csv").read_bytes() == STOCK
    assert (tmp_path / "held" / "stock.csv.why.txt").read_text(encoding="utf-8") == "A fall of 60 %.\n"


async def test_an_unsettled_file_comes_again(tmp_path: Path) -> None:
    connector = feed(tmp_path)
    (tmp_path / "stock.csv").write_bytes(STOCK)
    await look(connector)
    first, again = await look(connector), await look(connector)
    assert [inbound.body for inbound in first] == [inbound.body for inbound in again] == [STOCK]


async def test_earlier_files_of_the_same_name_are_kept(tmp_path: Path) -> None:
    connector = feed(tmp_path)
    for body in (STOCK, STOCK.replace(b"11", b"12")):
        (tmp_path / "stock.csv").write_bytes(body)
        (tmp_path / "stock.csv.done").touch()
        [inbound] = await look(connector)
        await connector.settle(inbound, accepted=True)
    assert (tmp_path / "done" / "stock.csv").read_bytes() == STOCK
    assert (tmp_path / "done" / "stock.2.csv").read_bytes() == STOCK.replace(b"11", b"12")


async def test_a_file_replaced_while_it_was_recorded_is_left_for_the_next_look(tmp_path: Path) -> None:
    connector = feed(tmp_path)
    newer = STOCK + b"RUG-80,WH1,4\n"
    (tmp_path / "stock.csv").write_bytes(STOCK)
    (tmp_path / "stock.csv.done").touch()
    [inbound] = await look(connector)
    (tmp_path / "stock.csv").write_bytes(newer)
    await connector.settle(inbound, accepted=True)
    [again] = await look(connector)
    assert again.body == newer


async def test_oldest_files_come_first(tmp_path: Path) -> None:
    connector = feed(tmp_path)
    for age, name in enumerate(("b.csv", "a.csv")):
        (tmp_path / name).write_bytes(STOCK)
        os.utime(tmp_path / name, (1_700_000_000 + age, 1_700_000_000 + age))
    await look(connector)
    assert [inbound.name for inbound in await look(connector)] == ["b.csv", "a.csv"]


async def test_hidden_files_links_folders_and_other_files_are_passed_over(tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside.csv"
    outside.write_bytes(STOCK)
    (tmp_path / ".upload.csv").write_bytes(STOCK)
    (tmp_path / "notes.txt").write_bytes(STOCK)
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "link.csv").symlink_to(outside)
    connector = feed(tmp_path)
    assert [await look(connector), await look(connector)] == [[], []]


async def test_a_file_beyond_the_limit_is_refused_with_its_size_and_not_read_whole(tmp_path: Path) -> None:
    connector = feed(tmp_path, max_bytes=40)
    (tmp_path / "stock.csv").write_bytes(STOCK)
    await look(connector)
    [inbound] = await look(connector)
    assert len(inbound.body) == 40
    with pytest.raises(BadInput, match=f"{len(STOCK)} bytes; 40 are allowed"):
        connector.parse(inbound)


async def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="Create it, or correct policy"):
        await look(feed(tmp_path / "nowhere"))


async def test_a_file_cannot_be_written(tmp_path: Path) -> None:
    connector = feed(tmp_path)
    listing = ListingRef("KTL-17", ())
    answers: list[Answer] = [
        await connector.set_quantity(SetQuantity(listing, "WH1", 3, key="k")),
        await connector.set_doors(SetDoors(listing, open=False, key="k")),
    ]
    said = {(answer.done, answer.fault, answer.text) for answer in answers}
    assert said == {(False, Fault.MISSING, "A file cannot be written; ask a person.")}
    with pytest.raises(BadInput, match="next file"):
        await connector.read_back(listing, ["WH1"])


def test_settings_that_do_not_fit_name_their_place() -> None:
    system = System(kind="csv_feed", name="Acme", source=Source(trust=Trust.VENDOR), connection={"folde": "x"})
    with pytest.raises(BadInput, match=r"systems.acme.connection.folde"):
        CsvFeedConnector(SystemId("acme"), system)
