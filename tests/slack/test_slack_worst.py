"""Every surface at its worst case is taken by Slack, and no surface is without one.

Whatever makes a message, a modal, a Home or an answer is found in the source; each such function must run while the worst cases
are drawn. A new one without a worst case fails here by its name: add it to ``slack_surfaces.py``, or to the walk below where it
needs a running app.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from slack_builders import DANA
from slack_stored import Stored
from slack_surfaces import digests, surfaces, worst_case, worst_view
from structlog.testing import capture_logs
from test_slack_cards import WORST
from test_slack_digest import hostile, mrkdwn_of
from test_slack_storms import at_work, filled, open_storm

from bot.slack import home
from bot.slack.answering.asked import Asked, Reply
from bot.slack.blocks import Message
from bot.slack.clicks import Clicks
from bot.slack.commands import Commands
from bot.slack.payloads import Team, Who
from bot.slack.reporting import Said, _which
from bot.slack.unfurling import unfolded
from bot.slack.welcome import setup_form
from sandbox.slack.blocks import validate, validate_view
from sync.inbox.acts import Actor
from sync.inbox.view import SkuMiss, SkuView
from sync.model.exceptions import Life
from sync.model.ids import SkuId
from sync.model.stock import Sku

SLACK = Path(__file__).parents[2] / "bot" / "slack"
MAKES = frozenset({"Message", "Reply", "modal", "home"})
"""What a function calls that makes a surface."""
MARKETPLACES = "inv-marketplaces"
ALL_OF_IT = "<!channel> *`קומקום` _\u202eשחור~ " + "👨‍👩‍👧‍👦" * 30 + "x" * 200
LONGEST_FALLBACK, LONGEST_TEXT = 4_000, 40_000
"""Characters that Slack advises beside blocks, and at which it cuts a text."""


def makers() -> dict[tuple[str, int], str]:
    """(file, line) -> name of each function of the Slack side that makes a surface."""
    found: dict[tuple[str, int], str] = {}
    for path in SLACK.rglob("*.py"):
        if path.name == "blocks.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _makes(node):
                first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                found[(str(path), first)] = f"{path.relative_to(SLACK.parents[1])}: {node.name}"
    return found


def _makes(function: ast.AST) -> bool:
    """Whether a function itself, not one inside it, calls what makes a surface."""
    for node in ast.iter_child_nodes(function):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in MAKES:
                return True
        if _makes(node):
            return True
    return False


@contextmanager
def ran() -> Iterator[set[tuple[str, int]]]:
    """Which functions of the Slack side run meanwhile, by file and line."""
    seen: set[tuple[str, int]] = set()
    known: set[CodeType] = set()
    folder = str(SLACK)

    def look(frame: FrameType, event: str, _arg: object) -> None:
        if event == "call" and frame.f_code not in known:
            known.add(frame.f_code)
            if frame.f_code.co_filename.startswith(folder):
                seen.add((frame.f_code.co_filename, frame.f_code.co_firstlineno))

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield seen
    finally:
        sys.setprofile(before)


def faults(name: str, shown: Any) -> list[str]:
    """What Slack would not take, and what must not be in it."""
    if isinstance(shown, str):
        blocks, text, problems = [], shown, []
    elif isinstance(shown, Message | Reply):
        blocks, text = json.loads(json.dumps(list(shown.blocks))), shown.text
        problems = validate(blocks)
    else:
        sent = json.loads(json.dumps(shown))
        blocks, text, problems = sent["blocks"], "", validate_view(sent)
    told = [f"{name}: {problem}" for problem in problems]
    if "<!channel>" in text or any("<!channel>" in one for one in mrkdwn_of(blocks)):
        told.append(f"{name}: it calls the whole channel")
    if any("\u202e" in one for one in _read(blocks)):
        told.append(f"{name}: it turns the reading direction round")
    if len(text) > (LONGEST_FALLBACK if isinstance(shown, Message) else LONGEST_TEXT):
        told.append(f"{name}: its text of {len(text)} characters would be cut")
    return told


def _read(part: Any) -> Iterator[str]:
    """Every text that people read; values of options and buttons are none."""
    if isinstance(part, dict):
        yield from (text for key, value in part.items() if key not in ("value", "block_id") for text in _read(value))
    elif isinstance(part, list):
        yield from (text for value in part for text in _read(value))
    elif isinstance(part, str):
        yield part


@pytest.mark.parametrize("title", WORST.values(), ids=WORST)
def test_slack_takes_every_surface_at_its_worst(title: str) -> None:
    told = [fault for name, shown in surfaces(title) for fault in faults(name, shown)]
    assert not told, "\n".join(told)


def test_slack_takes_the_digest_at_its_worst() -> None:
    assert [fault for name, shown in digests() for fault in faults(name, shown)] == []


# -- what needs a running app ------------------------------------------------------------------------------------------


class WorstInbox:
    """The real inbox, whose every picture is the worst."""

    def __init__(self, stored: Stored) -> None:
        self._inbox = stored.inbox
        self.shown = worst_view(ALL_OF_IT, worst_case(ALL_OF_IT, owner=DANA, life=Life.OWNED))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inbox, name)

    async def view(self, case: object, *, history: bool = False) -> Any:
        return self.shown

    async def sku_view(self, text: str) -> SkuView | SkuMiss:
        title = f"{text} {ALL_OF_IT}" if text.startswith("titled") else ALL_OF_IT
        near = tuple((SkuId(f"KTL-{nth}" + "X" * 80), title) for nth in range(20))
        return SkuMiss(text, near) if "?" in text else self.shown.sku  # type: ignore[return-value]


async def a_bad_day(stored: Stored) -> None:
    """Many exceptions, a storm, and names at their worst; some are Dana's, some are late."""
    async with stored.store.unit_of_work() as uow:
        await uow.catalogue.add_skus([Sku(SkuId("K" * 60), ALL_OF_IT)])
    hers = await stored.open_many(40, owner=DANA, owner_name=ALL_OF_IT, life=Life.OWNED, note=ALL_OF_IT)
    await stored.open_many(40, first=100, resolve_by=stored.clock.now(), assign_by=stored.clock.now())
    await open_storm(stored, 30, first=1_000)
    assert hers


ASKED = (
    ("", "share"), ("help",), ("help", "all"), ("sku",), ("sku", "KTL"), ("sku", "KTL?"), ("sku", "titled?"), ("queue",),
    ("queue", "none"),
    ("queue", "marketplaces"), ("mine",), ("exceptions",), ("exceptions", "late", "amazon"), ("exceptions", ALL_OF_IT),
    ("show", "EX-1"), ("show", "x"), ("proof", "EX-1"), ("proof",), ("proof", "EX-999999"), ("feed",), ("feed", "wms"),
    ("feed", ALL_OF_IT), ("systems",), ("rules",), ("rules", ALL_OF_IT), ("metrics",), ("metrics", "by", "queue"),
    ("metrics", "by", ALL_OF_IT), ("metrics", ALL_OF_IT), ("oncall",), ("digest",), ("storm", "ST-1"), ("storm", "x"),
    ("storm", "ST-99"), ("pause",), ("pause", "KTL"), ("pause", "KTL?"), ("resume", "KTL"), ("count", "KTL"), ("override",),
    ("override", "KTL?", "40"), ("freeze",), ("unfreeze",), ("qeue",), (ALL_OF_IT,),
)  # fmt: skip


@pytest.fixture
def worst(stored: Stored) -> Stored:
    """A product whose policy has the worst names, over a real database."""
    stored.policy.take(hostile())
    stored.inbox = WorstInbox(stored)  # type: ignore[assignment]
    stored.room = replace(stored.room, inbox=stored.inbox)
    return stored


async def drawn_by_hand(stored: Stored) -> list[str]:
    """The faults of every answer to a command, every Home, and what is made of a room alone."""
    room, told = stored.room, []
    commands = Commands(room, Clicks(room), stored.deliverer().renderer.digest.so_far)
    dana = await room.actor(Who(id=DANA), Team(id=room.team))
    for words in ASKED:
        reply = await commands.answer(Asked(dana, "C0GENERAL", words))
        told += faults(f"/inventory {' '.join(words)[:40]}", reply)
    left = {one for one in commands.words if one not in {words[0] for words in ASKED}}
    told += [f"/inventory {word}: no worst case asks it (add it to ASKED)" for word in left]
    homes = home.Home(room)
    for who, actor in (("owner", dana), ("nobody", _somebody(dana)), ("guest", replace(dana, restricted=True))):
        told += [f"home of {who}: {one}" for one in validate(await homes.blocks(actor), "home")]
    told += faults("found", await home.picture_view(room, "KTL"))
    told += faults("not found", await home.picture_view(room, "KTL?"))
    told += faults(
        "which", _which([Sku(SkuId(f"K{nth}" + "x" * 90), ALL_OF_IT) for nth in range(9)], Said(words="ü" * 1_000))
    )
    told += faults(
        "set up a queue", setup_form(stored.policy.current, "C0GENERAL", next(iter(stored.policy.current.queues)))
    )
    told += [f"link: {one}" for one in validate(unfolded(room_view(stored), "https://x.test", {}))]
    return told


def room_view(stored: Stored) -> Any:
    return stored.inbox.shown  # type: ignore[attr-defined]


def _somebody(actor: Actor) -> Actor:
    return replace(actor, user="U0NOOR", member_of=frozenset())  # type: ignore[arg-type]


async def pressed_through(stored: Stored) -> list[str]:
    """The same in the running app: whatever Slack would not take is refused by the workspace and heard here."""
    worker = stored.queueing()
    with capture_logs() as heard:
        async with at_work(stored) as dana:
            await stored.deliver(worker)
            storm = next(one for one in stored.workspace.messages(MARKETPLACES) if "storm.more" in str(one.blocks))
            for action, entry, title in (
                ("storm.more", "take", "Take all"),
                ("storm.more", "split", "Take one out"),
                ("storm.act.open", None, "Act on many"),
            ):
                await dana.click(MARKETPLACES, storm.ts, action, _entry(storm.blocks, entry))
                await filled(stored, dana, title)
                if entry is None:
                    await _frozen(stored, dana)
                await dana.close_view(all_of_them=True)
            await dana.open_home()
            await stored.workspace.wait_for(dana.home)
            for action, value in (("home.find.open", None), ("home.settings.open", None), ("home.worst.show", None)):
                await dana.click_home(action, value)
                await stored.workspace.wait_for(
                    lambda: (view := dana.open_view()) and "loading.text" not in str(view.content)
                )
                await dana.close_view(all_of_them=True)
            for words in ("mine share", "help", "pause KTL", "pause KTL?", "override KTL?"):
                said = len(stored.workspace.ephemerals("dana", MARKETPLACES)) + len(
                    stored.workspace.messages(MARKETPLACES)
                )
                await dana.command(MARKETPLACES, "/inventory", words)
                await stored.workspace.wait_for(
                    lambda said=said: (
                        len(stored.workspace.ephemerals("dana", MARKETPLACES))
                        + len(stored.workspace.messages(MARKETPLACES))
                        > said
                    )
                )
            helped = next(
                one for one in stored.workspace.ephemerals("dana", MARKETPLACES) if "inventory.mine" in str(one.blocks)
            )
            await dana.click(MARKETPLACES, helped.ts, "inventory.mine")
            await _set_up(stored, dana)
            await dana.say(MARKETPLACES, "@countersign KTL")
            await stored.workspace.wait_for(
                lambda: (
                    stored.workspace.ephemerals("dana", MARKETPLACES)[-1].ts > helped.ts
                    and "sku.cases" in str([one.blocks for one in stored.workspace.ephemerals("dana", MARKETPLACES)])
                )
            )
    refused = [one for one in heard if one["event"] in ("api_refused", "blocks_refused", "listener_failed")]
    return [
        f"refused: {one}" for one in refused if one.get("error") != "hash_conflict"
    ]  # a view that was newer: done again


def _entry(blocks: list[Any], entry: str | None) -> str | None:
    """The value of an entry of an overflow; None for a button."""
    options = [one for block in blocks for element in block.get("elements", ()) for one in element.get("options", ())]
    return next((one["value"] for one in options if entry and one["value"].startswith(f"{entry}:")), None)


async def _set_up(stored: Stored, dana: Any) -> None:
    """Come into a channel, say hello, and write the lines of a queue."""
    stored.workspace.admin.remove("general", "bot")
    stored.workspace.admin.invite("general", "bot")
    hello = await stored.workspace.wait_for(
        lambda: next(
            (one for one in stored.workspace.messages("general") if "welcome.setup.open" in str(one.blocks)), None
        )
    )
    await dana.click("general", hello.ts, "welcome.setup.open")
    await stored.workspace.wait_for(dana.open_view)
    await dana.submit_view({"setup.queue": next(iter(stored.policy.current.queues)), "setup.lead": DANA})
    await stored.workspace.wait_for(lambda: "setup.lines" in str(dana.view().content))
    await dana.close_view(all_of_them=True)


async def _frozen(stored: Stored, dana: Any) -> None:
    """Fill the form of an act on many, and look at the list that it is about."""
    await dana.click_view("value", "take", block_id="bulk.deed")
    await dana.submit_view({"bulk.who": "all"})
    await stored.workspace.wait_for(lambda: "bulk.list.show" in str(dana.view().content))
    await dana.click_view("bulk.list.show")
    await stored.workspace.wait_for(lambda: "bulk.lines" in str(dana.view().content))


async def test_answers_homes_and_what_the_app_opens_are_taken_at_their_worst(worst: Stored) -> None:
    await a_bad_day(worst)
    told = await drawn_by_hand(worst) + await pressed_through(worst)
    assert told == [], "\n".join(told)


async def test_no_surface_is_without_a_worst_case(worst: Stored) -> None:
    await a_bad_day(worst)
    with ran() as seen:
        for _ in (*surfaces("Kettle"), *digests()):
            pass
        await drawn_by_hand(worst)
        await pressed_through(worst)
    missing = sorted(name for where, name in makers().items() if where not in seen)
    assert not missing, (
        "nobody draws these at their worst, add them to slack_surfaces.py or to this walk:\n" + "\n".join(missing)
    )
