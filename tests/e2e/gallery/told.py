"""Played: what is told without a question: the pinned summary, a storm and its list, escalation, an outage, digest and note."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandbox.slack.faults import Outage
from sandbox.slack.model import Message
from sync.model.exceptions import ExceptionClass
from tests.e2e.gallery.camera import Camera, Look
from tests.e2e.gallery.hands import Hands
from tests.stage import Stage, until

MKT, OPS = "inv-marketplaces", "inv-ops"
US = "shopify-us"
STORMY = ("KTL-17-BLK", "KTL-17-STL", "LMP-04-OAK", "RUG-80-NAT", "MUG-03-BLU")


async def undrawn(camera: Camera, stage: Stage) -> None:
    """The digest of a workspace that draws no charts: pictures, on a ground of their own."""
    camera.chapter = "Digest and daily note"
    hands = Hands(stage)
    stage.trouble("carton")
    case = await stage.case(ExceptionClass.EXPOSURE_MISMATCH, within=30)
    await hands.card(case, "at risk")
    stage.trouble("carton", end=True)
    await hands.card(case, "Cleared")
    # A second class: one bar alone is told in words.
    stage.trouble("vendor")
    stage.clock.pass_by(timedelta(minutes=62))
    await stage.case(ExceptionClass.STALE_FEED, within=20)
    await until(lambda: stage.workspace.state.channel(MKT).pins, "the pinned summaries", 30)
    await stage.idle(within=40)
    stage.workspace.faults.fail_next["chat.postMessage"] = ["invalid_blocks"]
    stage.clock.pass_by(_until_monday(stage.clock.now()))
    digest = await _posted(hands)
    await until(lambda: any(one["type"] == "image" for one in digest.blocks), "pictures in the digest", 20)
    await camera.message(
        "digest-pictures", "Where the workspace draws no charts: pictures with all numbers as alt text", digest, "kim"
    )
    await camera.message("digest-pictures-dark", "The same pictures on a dark screen", digest, "kim", Look.DARK)


async def told(camera: Camera, stage: Stage) -> None:
    """A bad morning: a silent feed, five products at once, nobody takes them, and Slack goes away, too."""
    hands = Hands(stage)
    await _storm(camera, hands)
    await _escalated(camera, hands)
    await _outage(camera, hands)
    await _digest(camera, hands)


async def _storm(camera: Camera, hands: Hands) -> None:
    camera.chapter = "Storms and crowds"
    stage = hands.stage
    stage.world.storefronts[US].faults.swallow(mutations="quantities")
    for sku in STORMY:
        stage.world.warehouse.lose(sku, stage.world.warehouse.shelves[sku] - 1)
        stage.world.warehouse.count(sku)
    stage.world.warehouse.write_file()
    storm = await hands.said(MKT, "ST-1", within=60)
    await until(lambda: "5" in stage.workspace.read(storm), "all five in the storm", 40)
    await camera.message(
        "storm", "Many exceptions of one cause are one card: totals, the worst, and what can be done", storm
    )
    await camera.message("storm-phone", "The storm on a phone", storm, look=Look.PHONE)
    answer = await hands.command("dana", "storm ST-1")
    await camera.message("storm-list", "The list of a storm, the worst first", answer)
    await hands.press("dana", storm, "storm.split.open")
    await hands.form("dana")
    await camera.modal("storm-split", "Take one out of the storm")
    await hands.away("dana")
    await hands.press("dana", storm, "storm.take.open")
    await hands.form("dana")
    await camera.modal("storm-take", "Take all: the number first, the list frozen with it")
    await hands.away("dana")
    channel = stage.workspace.state.channel(MKT)
    pinned = await until(lambda: channel.messages[channel.pins[0]] if channel.pins else None, "a pinned summary", 60)
    stage.clock.pass_by(timedelta(seconds=40))
    await until(lambda: "ST-1" in stage.workspace.read(pinned), "the summary to tell of the storm", 30)
    await camera.message("pinned", "The queue's pinned summary", pinned)


async def _escalated(camera: Camera, hands: Hands) -> None:
    camera.chapter = "Telling people"
    stage = hands.stage
    stage.clock.pass_by(timedelta(minutes=32))
    told_by = await until(lambda: _mention(hands, MKT), "a mention", 40)
    await camera.message("escalation", "Nobody took it: the lead is told once, with a way to take it", told_by)
    stage.clock.pass_by(timedelta(minutes=100))
    ops = await until(lambda: _mention(hands, OPS), "the ops channel to be told", 40)
    await camera.message("escalation-ops", "Past its limit: the ops channel is told", ops, "kim")


def _mention(hands: Hands, channel: str) -> Message | None:
    every = hands.stage.workspace.state.channel(channel).messages.values()
    return next((one for one in every if (one.metadata or {}).get("event_type") == "countersign_mention"), None)


async def _outage(camera: Camera, hands: Hands) -> None:
    stage = hands.stage
    await stage.workspace.set_outage(Outage.UNAVAILABLE)
    stage.trouble("twice")
    stage.clock.pass_by(timedelta(seconds=65))
    await stage.case(ExceptionClass.OVERSELL, within=40)
    stage.clock.pass_by(timedelta(minutes=30))
    await stage.workspace.set_outage(Outage.NONE)
    back = await hands.said(MKT, "Slack was away", within=60)
    await camera.message("returned", "After Slack was away: what went on meanwhile, before the cards follow", back)


async def _digest(camera: Camera, hands: Hands) -> None:
    camera.chapter = "Digest and daily note"
    stage = hands.stage
    stage.clock.pass_by(_until_monday(stage.clock.now()))
    digest = await _posted(hands)
    await stage.idle(within=60)
    await camera.message("digest", "The weekly digest, charts drawn by the workspace", digest, "kim")
    await camera.message("digest-dark", "The digest on a dark screen", digest, "kim", Look.DARK)
    await camera.message("digest-phone", "The digest on a phone", digest, "kim", Look.PHONE)
    await camera.thread(
        "digest-thread", "Its thread: queues, two charts, one message per queue, workbook and CSV", digest, "kim"
    )
    stage.clock.pass_by(timedelta(minutes=30))
    await stage.product.jobs.tick()
    note = await hands.said("inv-warehouse", "Warehouse, Monday", within=40)
    await camera.message("standup", "The note of the day in a queue's channel", note, "sam")


def _until_monday(now: datetime) -> timedelta:
    """Until five past eight of the next Monday in California."""
    monday = now + timedelta(days=-now.weekday() % 7)
    due = monday.replace(hour=16, minute=5, second=0)
    return due - now if due > now else due + timedelta(days=7) - now


async def _posted(hands: Hands) -> Message:
    """The digest comes."""
    await hands.stage.product.jobs.tick()
    return await hands.said(OPS, "Not automated", within=60)
