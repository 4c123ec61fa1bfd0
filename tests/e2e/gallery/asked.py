"""Played: what `/inventory` answers, the Home of four people, and refusals."""

from __future__ import annotations

from datetime import timedelta

from sandbox.slack.model import Message
from sync.model.exceptions import ExceptionClass
from tests.e2e.gallery.camera import Camera, Look
from tests.e2e.gallery.hands import Hands
from tests.stage import Stage

KETTLE, LAMP, CHAIR = "KTL-17-BLK", "LMP-04-OAK", "CHR-22-GRY"
MKT = "inv-marketplaces"

ANSWERS = (
    ("help", "help", "What can be asked"),
    ("help all", "help-all", "Every command"),
    (f"sku {KETTLE}", "sku", "What can be sold, why, and what each channel shows"),
    ("sku kettle", "sku-title", "A part of a title: the products that fit"),
    ("sku KLT-17", "sku-near", "A typing mistake: the nearest codes"),
    ("sku zzz", "sku-none", "A code that nobody knows"),
    ("queue", "queue", "The list of the queue that one is in"),
    ("queue finance", "queue-other", "The list of another queue"),
    ("mine", "mine", "What is mine"),
    ("exceptions", "exceptions", "All that is open"),
    ("exceptions oversell >$100", "exceptions-filtered", "Filtered: a class and money"),
    ("exceptions lte", "exceptions-unknown", "A filter that is not understood"),
    ("show {case}", "show", "One exception as its card, for the asker alone, with working buttons"),
    ("proof {case}", "proof", "Whether every hash fits, and what happened"),
    ("feed", "feed", "The sources: how old their content is"),
    ("feed acme", "feed-one", "One source"),
    ("systems", "systems", "Every system: mode, last heard, what waits"),
    ("rules", "rules", "The policy in plain English"),
    ("rules silent", "rules-one", "The rules about one thing"),
    ("metrics", "metrics", "The measures of the last week"),
    ("metrics today by queue", "metrics-by", "The measures of a day, by queue"),
    ("digest", "digest", "The week so far, as the digest will tell it"),
    ("oncall", "oncall", "Who is on duty in each queue"),
    ("storm ST-9", "storm-gone", "A storm that is not there"),
    ("qeue", "mistyped", "A word that is none: the nearest, as a button"),
    (f"count {LAMP}", "count-none", "An act on a product that has no exception"),
    ("override", "override-which", "A command that needs to know more"),
)


async def asked(camera: Camera, stage: Stage) -> None:
    """Commands on a shop with some trouble."""
    hands = Hands(stage)
    camera.chapter = "What /inventory answers"
    case = await _trouble(hands)
    for text, name, shows in ANSWERS:
        typed = text.format(case=case)
        answer = await hands.command("dana", typed)
        await camera.message(f"inventory-{name}", f"`/inventory {typed}`: {shows}", answer)
    await _elsewhere(camera, hands, case)
    await _forms(camera, hands, case)
    await _homes(camera, hands)
    await _refusals(camera, hands, case)


async def _trouble(hands: Hands) -> str:
    stage = hands.stage
    stage.trouble("carton")
    stage.trouble("twice")
    stage.clock.pass_by(timedelta(seconds=65))
    case = await stage.case(ExceptionClass.EXPOSURE_MISMATCH, KETTLE, within=30)
    await stage.case(ExceptionClass.OVERSELL, CHAIR, within=40)
    await hands.press("dana", await hands.card(case), "card.take")
    await hands.card(case, "Owned")
    await stage.idle(within=40)
    return case.name


async def _elsewhere(camera: Camera, hands: Hands, case: str) -> None:
    """Ways in that are no command."""
    stage = hands.stage
    workspace = stage.workspace
    answer = await hands.command("dana", "queue", channel="general")
    await camera.message("inventory-queue-which", "`/inventory queue` outside a queue's channel", answer)
    before = {one.ts for one in workspace.ephemerals("dana", MKT)}
    await workspace.person("dana").say(MKT, f"@countersign {KETTLE}")
    mention = await workspace.wait_for(
        lambda: next((one for one in workspace.ephemerals("dana", MKT) if one.ts not in before), None)
    )
    await camera.message("mention", "`@countersign` with a code answers like the command", mention)
    await workspace.person("dana").command(MKT, "/inventory", f"sku {KETTLE} share")
    shared = await hands.said(MKT, "shared")
    await camera.message("inventory-shared", "`share` as the last word: everybody reads it, without buttons", shared)
    said: Message = await workspace.person("dana").say(MKT, f"Is {case} about the kettle?")
    await workspace.person("dana").message_shortcut("C0MKT", said.ts, "open_exception")
    await hands.form("dana")
    await camera.modal("shortcut-open", "The message shortcut: the exception that the words speak of")
    await hands.away("dana")
    await workspace.person("dana").shortcut("find_sku")
    await hands.form("dana")
    await camera.modal("modal-find", "The global shortcut: find a SKU")
    await workspace.person("dana").submit_view({"find.text": KETTLE})
    await hands.form("dana", KETTLE)
    await camera.modal("modal-found", "What was found")
    await hands.away("dana")


async def _forms(camera: Camera, hands: Hands, case: str) -> None:
    await hands.ask("kim", "freeze", channel="inv-ops")
    await camera.modal("modal-freeze", "Freeze a channel: only decreases, zeros and pauses go out", "kim")
    await hands.send("kim", freeze__reason="the marketplace moves its warehouse tonight")
    await hands.ask("kim", "unfreeze", channel="inv-ops")
    await camera.modal("modal-thaw", "Thaw: what was found", "kim")
    await hands.away("kim")
    frozen = await hands.command("dana", f"show {case}")
    await camera.message("card-frozen", "A card while everything is frozen", frozen)


async def _homes(camera: Camera, hands: Hands) -> None:
    await camera.home("home-owner", "Home of somebody who has something to do", "dana")
    await camera.home("home-owner-phone", "The same on a phone", "dana", Look.PHONE)
    await camera.home("home-ops-lead", "Home of the ops lead: every queue", "kim")
    await camera.home("home-nobody", "Home of somebody in no queue", "noor")
    await camera.home("home-guest", "Home of a guest", "gus")
    await hands.stage.workspace.person("dana").click_home("home.settings.open")
    await hands.form("dana")
    await camera.modal("home-settings", "Own settings: mentions and quiet hours")
    await hands.away("dana")


async def _refusals(camera: Camera, hands: Hands, case: str) -> None:
    """Each says why, who can, and what the reader can do."""
    camera.chapter = "Refusals"
    stage = hands.stage
    card = await hands.said(MKT, case, "Owned")
    await hands.press("gus", card, "card.pause.open")
    await hands.form("gus")
    await camera.modal("refused-guest", "A guest may not act", "gus")
    await hands.away("gus")
    shown = await hands.command("sam", f"show {case}", "inv-warehouse")
    await hands.press("sam", shown, "card.pause.open")
    await hands.form("sam")
    await camera.modal("refused-queue", "Somebody of another queue is told who can", "sam")
    await hands.away("sam")
    await stage.workspace.person("noor").command("general", "/inventory", "freeze")
    await hands.form("noor")
    await camera.modal("refused-freeze", "Freezing is not for everybody", "noor")
    await hands.away("noor")
