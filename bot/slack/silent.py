"""A silent source in Slack: whether whom policy names can be asked there, and what stands on it, as a list and as a file."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import modals as m
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.cards.state import shows
from bot.slack.cells import safe
from bot.slack.direct_files import send_file
from bot.slack.payloads import CaseRef, Click, read_ref
from bot.slack.room import Room, recorded
from sync.inbox.view import CaseView, ListingLine, Prepared, SkuView
from sync.model.exceptions import ExceptionClass, Fingerprint
from sync.model.ids import SkuId, StormId, SystemId, UserId, exception_name
from sync.ports import Ranked
from sync.storms.causes import SILENT, parts

LISTED = 15
"""SKUs of the modal."""
MOST = 10_000
"""SKUs of a file at most, the most urgent first."""
PAGE = 200
CHANNELS = 3
"""Channels told of each SKU."""

_log = structlog.get_logger(__name__)


async def with_reach(room: Room, prepared: Prepared) -> Prepared:
    """A form that asks somebody outside, with whether Slack reaches them; all others as they are."""
    feed = prepared.view.feed
    if prepared.kind != m.ASK_FEED.kind or feed is None or feed.user is None:
        return prepared
    reach = "yes" if await room.directory.reaches(feed.user) else "no"
    return replace(prepared, data=tuple(sorted((dict(prepared.data) | {"reach": reach}).items())))


class SilentSource:
    """What stands on a source that is silent."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._running: set[asyncio.Task[None]] = set()

    async def drawn(self, ref: CaseRef) -> Block:
        """The list: most money at risk first, with what each channel shows and can sell."""
        view = await self._room.inbox.view(ref.case)
        if view is None:
            return m.refused(t.GONE.format(name=exception_name(ref.case)))
        if view.feed is None or view.case.life.ended:
            return m.told(t.SKUS_HEARD)
        count, ranked = await self._room.inbox.silent.ranked(view.feed.system, LISTED)
        pictures = await self._room.inbox.silent.pictures([one.sku for one in ranked])
        return listed(view, count, ranked, {one.sku.id: one for one in pictures})

    async def of_storm(self, storm: StormId) -> CaseRef | None:
        """The exception of the source whose silence a storm is about; None: it is about none, or the source is heard again."""
        async with self._room.store.reading() as uow:
            found = await uow.storms.get(storm)
            source, kind, _ = parts(found.cause) if found is not None else ("", "", "")
            if kind != SILENT:
                return None
            pictures = await uow.systems.load([SystemId(source)])
        cases = pictures[SystemId(source)].cases if SystemId(source) in pictures else ()
        about = Fingerprint(ExceptionClass.STALE_FEED, systems=(SystemId(source),))
        silent = next((one for one in cases if one.fingerprint == about and not one.life.ended), None)
        return None if silent is None else CaseRef(silent.id, silent.version)

    async def export(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """All of it as a file in the direct messages of whoever asks."""
        await ack()
        click = Click.model_validate(body)
        view = await self._room.inbox.view(read_ref(click.pressed.value).case)
        if view is None or view.feed is None or view.case.life.ended:
            await self._room.answer(click, t.SKUS_HEARD)
            return
        await self._room.actor(click.user, click.team)
        count, ranked = await self._room.inbox.silent.ranked(view.feed.system, MOST)
        shown = fmt.counted(len(ranked), t.SKUS_COUNTED)
        await self._room.answer(click, t.SKUS_ON_ITS_WAY.format(count=shown))
        task = asyncio.create_task(self._send(click.user.id, view, count, ranked))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _send(self, user: UserId, view: CaseView, count: int, ranked: Sequence[Ranked]) -> None:
        system, name, now = fmt.mrkdwn(view.system_name, 40), view.case.name, self._room.now
        try:
            content = await self._written(ranked, view.currency)
            shown = fmt.counted(len(ranked), t.SKUS_COUNTED)
            left = count - len(ranked)
            cut = t.SKUS_FILE_CUT.format(most=shown, count=fmt.number(count)) if left else ""
            title = t.SKUS_FILE_TITLE.format(name=name, count=shown, system=fmt.plain(view.system_name, 40))
            comment = t.SKUS_FILE.format(name=name, count=shown, system=system, at=fmt.at(now, now)) + cut
            await send_file(self._room, user, content, f"{name}-skus.csv", title, comment)
        except Exception as error:  # noqa: BLE001 - recorded, and told to the person who waits
            await self._room.tell(user, view.case.queue, t.BROKEN.format(ref=recorded(error, "silent.skus")))
            return
        _log.info("silent_source_listed", system=view.case.fingerprint.systems, skus=len(ranked), by=user)

    async def _written(self, ranked: Sequence[Ranked], currency: str) -> str:
        """A line per SKU and listing; read by pages, giving way in between."""
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(t.SKUS_CSV_HEAD)
        for first in range(0, len(ranked), PAGE):
            page = {one.sku: one for one in ranked[first : first + PAGE]}
            for picture in await self._room.inbox.silent.pictures(list(page)):
                writer.writerows(_rows(picture, page[picture.sku.id], currency))
            await asyncio.sleep(0)
        return out.getvalue()


def listed(view: CaseView, count: int, ranked: Sequence[Ranked], pictures: Mapping[SkuId, SkuView]) -> Block:
    """The modal of the first of them."""
    system = fmt.mrkdwn(view.system_name, 40)
    if not count:
        return m.told(t.SKUS_NONE.format(system=fmt.plain(view.system_name, 40)))
    since = fmt.at(view.case.evidence.event_at or view.case.since, view.now)
    head = t.SKUS_HEAD.format(count=fmt.counted(count, t.SKUS_COUNTED), system=system, at=since)
    lines = [_line(one, pictures[one.sku], view.currency) for one in ranked if one.sku in pictures]
    export = b.button(
        "silent.skus.export",
        t.SKUS_EXPORT,
        f"{view.case.name}:{view.case.version}",
        label=t.SKUS_EXPORT_LABEL.format(system=fmt.plain(view.system_name, 30)),
    )
    blocks = [b.section("skus.head", head), *(b.section(f"skus.{nth}", line) for nth, line in enumerate(lines))]
    if count > len(lines):
        more = t.SKUS_MORE.format(count=fmt.number(count - len(lines)))
        more = more if count <= MOST else t.SKUS_MORE_CUT.format(most=fmt.number(MOST), count=fmt.number(count))
        blocks.append(b.context("skus.more", b.mrkdwn_text(more)))
    return b.modal("skus", t.SKUS_TITLE, [*blocks, b.actions("skus.acts", [export])], close=t.CLOSE)


def _line(one: Ranked, picture: SkuView, currency: str) -> str:
    told = [
        t.SKUS_SHOWS.format(
            system=fmt.mrkdwn(line.system_name, 40), shows=fmt.mrkdwn(shows(line), 20), can=_can(line.can_sell)
        )
        for line in picture.listings
    ]
    risk = t.SKUS_RISK.format(amount=fmt.estimate(one.risk, currency)) if one.risk else t.SKUS_NO_RISK
    return t.SKUS_LINE.format(
        sku=fmt.inert(fmt.sku_code(one.sku)),
        title=fmt.mrkdwn(picture.sku.title, 60),
        risk=risk,
        listings=_channels(told) or t.SKUS_UNLISTED,
    )


def _channels(told: list[str]) -> str:
    shown = " · ".join(told[:CHANNELS])
    more = len(told) - CHANNELS
    return t.SKUS_CHANNELS.format(listings=shown, count=fmt.number(more)) if more > 0 else shown


def _can(units: int | None) -> str:
    return t.NOT_KNOWN if units is None else fmt.number(units)


def _rows(picture: SkuView, one: Ranked, currency: str) -> list[list[str | int]]:
    head: list[str | int] = [safe(one.sku), safe(picture.sku.title), f"{one.risk:.2f}", currency, one.sold]
    rows = [[*head, *_cells(line)] for line in picture.listings]
    return rows or [[*head, "", "", "", "", ""]]


def _cells(line: ListingLine) -> list[str | int]:
    read = line.read_at.isoformat(timespec="seconds") if line.read_at is not None else ""
    shown = 0 if line.live is False else line.shows if line.shows is not None else safe(line.shows_text)
    on_sale = "unknown" if line.live is None else "yes" if line.live else "no"
    can = line.can_sell if line.can_sell is not None else ""
    return [safe(line.system_name), shown, can, t.SKUS_ON_SALE[on_sale], read]
