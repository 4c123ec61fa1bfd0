"""One SKU: by code in any spelling, GTIN, listing id or a part of its title; and the acts on its exceptions."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.answering.asked import Asked, Reply
from bot.slack.blocks import Block
from bot.slack.picture import picture_blocks, picture_text
from bot.slack.room import Room
from sync.inbox.view import SkuMiss, SkuView
from sync.model.exceptions import ActionKind, Case
from sync.model.ids import SkuId


async def sku(room: Room, asked: Asked) -> Reply:
    """The picture of one SKU, or the nearest codes."""
    if not asked.rest:
        return Reply(t.SKU_WHICH)
    found = await room.inbox.sku_view(asked.rest)
    return near(found) if isinstance(found, SkuMiss) else _picture(room, found)


def near(miss: SkuMiss, act: str = "sku") -> Reply:
    """``No SKU 'KTL17'. Did you mean …``, each as a button that asks again."""
    wanted, part = fmt.code(miss.text), miss.text.strip().casefold()
    titled = [(one, title) for one, title in miss.near if part in title.casefold()]
    if len(titled) > 1 and len(titled) == len(miss.near):
        return _titled(wanted, titled, act)
    if not miss.near:
        return Reply(t.SKU_NONE.format(text=wanted))
    text = t.SKU_NEAR.format(text=wanted)
    buttons = [
        b.button(f"inventory.sku.{nth}", f"{fmt.sku_code(one)} {fmt.plain(title, 30)}".strip(), f"{act} {one}")
        for nth, (one, title) in enumerate(miss.near[:5])
    ]
    told = ", ".join(fmt.code(one) for one, _title in miss.near[:5])
    return Reply(f"{text} {told}", (b.section("inventory.near", text), b.actions("inventory.nearest", buttons)))


def _titled(wanted: str, found: Sequence[tuple[SkuId, str]], act: str) -> Reply:
    """SKUs whose titles have what was typed, to choose from."""
    text = t.SKU_TITLED.format(count=fmt.counted(len(found), t.SKUS_COUNTED), text=wanted)
    options = [
        b.Option(f"{fmt.sku_code(one)} {fmt.plain(title, 40)}".strip(), f"{act} {one}"[:150]) for one, title in found
    ]
    select = b.select(options, placeholder=t.CHOOSE) | {"action_id": "inventory.run"}
    return Reply(text, (b.section("inventory.titled", text, select),))


def _picture(room: Room, view: SkuView) -> Reply:
    blocks = picture_and_cases(room, view)
    acts = [b.button("inventory.count", t.BUTTON["count"], " ".join(("count", view.sku.id)))] if view.cases else []
    acts.append(b.button("inventory.share", t.SHARE, " ".join(("sku", view.sku.id, "share"))))
    return Reply(picture_text(view), (*blocks, b.actions("sku.acts", acts)))


def picture_and_cases(room: Room, view: SkuView) -> list[Block]:
    """The picture of a SKU, and its open exceptions as buttons."""
    blocks = picture_blocks(view, room.now, "sku")
    if view.cases:
        shown = [
            b.button(f"inventory.case.{nth}", t.SHOW.format(name=case.name), f"show {case.name}", primary=nth == 0)
            for nth, case in enumerate(view.cases[:5])
        ]
        blocks.append(b.actions("sku.cases", shown))
    return blocks


async def to_override(room: Room, asked: Asked) -> dict[str, str] | Reply:
    """What the form of ``override KTL-17-BLK 40`` is opened for: the SKU and the units; a question back without a SKU."""
    words = list(asked.words[1:])
    units = words.pop() if len(words) > 1 and words[-1].isascii() and words[-1].isdigit() else ""
    if not words:
        return Reply(t.OVERRIDE_WHICH)
    found = await room.inbox.sku_view(" ".join(words))
    if isinstance(found, SkuMiss):
        return near(found, "override")
    return {"sku": found.sku.id} | ({"units": units} if units else {})


async def case_for(room: Room, asked: Asked) -> Case | Reply:
    """The exception that ``pause KTL-17-BLK`` is about; a question back when there is none or more than one."""
    act = asked.words[0].casefold()
    if not asked.rest:
        return Reply(t.ACT_WHICH.format(act=act))
    found = await room.inbox.sku_view(asked.rest)
    if isinstance(found, SkuMiss):
        return near(found, act)
    fitting = [case for case in found.cases if case.standing(ActionKind.PAUSE) is not None or act != "resume"]
    if not fitting:
        shape = t.ACT_NOT_PAUSED if act == "resume" else t.ACT_NOTHING_OPEN
        return Reply(shape.format(sku=fmt.code(found.sku.id), act=act))
    if len(fitting) == 1:
        return fitting[0]
    buttons = [
        b.button(f"inventory.case.{nth}", t.ACT_ON.format(act=t.ACT_WORDS[act], name=case.name), f"{act} {case.name}")
        for nth, case in enumerate(fitting[:5])
    ]
    text = t.ACT_SEVERAL.format(count=fmt.number(len(fitting)), sku=fmt.code(found.sku.id))
    return Reply(text, (b.section("inventory.several", text), b.actions("inventory.which", buttons)))
