"""Played: the life of one exception, from the card nobody owns to its proof, with every form on the way."""

from __future__ import annotations

from sync.model.exceptions import ActionKind, ActionState, Case, ExceptionClass, Life
from tests.e2e.gallery.camera import Camera, Look
from tests.e2e.gallery.hands import Hands
from tests.stage import Stage, until

KETTLE = "KTL-17-BLK"
WHS, FIN = "inv-warehouse", "inv-finance"


async def life_of_one(camera: Camera, stage: Stage) -> None:
    """A carton is short and Shopify US drops our update."""
    camera.chapter = "One exception, from trigger to proof"
    hands = Hands(stage)
    stage.trouble("carton")
    case = await stage.case(ExceptionClass.EXPOSURE_MISMATCH, KETTLE, within=30)
    await hands.card(case, "at risk")
    await _looked_at(camera, hands, case)
    await _owned(camera, hands, case)
    await _paused_and_counted(camera, hands, case)
    await _corrected(camera, hands, case)
    await _resolved(camera, hands, case)


async def _looked_at(camera: Camera, hands: Hands, case: Case) -> None:
    card = await hands.card(case)
    await camera.message("card-open", "A new card: Shopify US shows more than there is, and nobody has it yet", card)
    await camera.message("card-open-phone", "The same card on a phone", card, look=Look.PHONE)
    await camera.whole("channel", "The queue's channel with the card in it", "dana", channel="C0MKT")
    for act, name, shows in (
        ("risk.explain", "modal-why", "Why is so much at risk? The sum that anybody can redo"),
        ("picture.show", "modal-picture", "All channels, counts and orders of the SKU"),
        ("more.show", "modal-more", "What else can be done, each with a line on what it does"),
        ("pause.open", "modal-pause", "Pause listing: a preview of the effect first, then the reason"),
        ("count.open", "modal-count", "Request a count: where, who, by when"),
        ("correct.open", "modal-correct", "Correct a number that a system states"),
        ("handover.open", "modal-handover", "Hand over to a colleague or to another queue"),
        ("close.open", "modal-close", "Not a problem: the outcome and the reason"),
        ("cap.open", "modal-cap", "Show less on one channel"),
        ("override.open", "modal-override", "Fix a number for a while, with an owner and an end"),
        ("note.open", "modal-note", "Add a note to the thread and the proof"),
    ):
        await hands.press("dana", card, f"card.{act}")
        await hands.form("dana")
        await camera.modal(name, shows)
        if name in ("modal-pause", "modal-picture"):
            await camera.modal(f"{name}-phone", f"{shows}, on a phone", look=Look.PHONE)
        await hands.away("dana")
    await hands.open("dana", case, "pause")
    await hands.stage.workspace.person("dana").submit_view({"pause.reason": "other", "pause.note": ""})
    await camera.modal("modal-pause-wrong", "What is missing is said on the field it belongs to")
    await hands.away("dana")


async def _owned(camera: Camera, hands: Hands, case: Case) -> None:
    card = await hands.card(case)
    await hands.press("dana", card, "card.take")
    await camera.message("card-owned", "Dana took it with one click", await hands.card(case, "Owned"))
    await hands.open("dana", case, "snooze")
    await camera.modal("modal-snooze", "Snooze: until when, and why")
    options = hands.stage.workspace.person("dana").view().content["blocks"]
    until_when = next(one for one in options if one["block_id"] == "snooze.until")["element"]["options"][1]["value"]
    await hands.send("dana", snooze__until=until_when, snooze__reason="the truck is on its way")
    await camera.message("card-snoozed", "Snoozed, with the reason on the card", await hands.card(case, "Snoozed"))
    await hands.press("dana", await hands.card(case), "card.wake")
    await hands.card(case, "Owned")


async def _paused_and_counted(camera: Camera, hands: Hands, case: Case) -> None:
    stage = hands.stage
    await hands.open("dana", case, "pause")
    await hands.send("dana", pause__reason="count", pause__note="a carton looks short, wait for a recount")
    paused = await hands.card(case, "verified at Shopify US")
    await camera.message("card-paused", "Paused, and read back: what customers see is said with its time", paused)
    await camera.message("card-paused-phone", "The paused card on a phone", paused, look=Look.PHONE)
    await hands.open("dana", case, "count")
    await hands.send("dana", count__where="reno", count__note="the top shelf, please")
    await camera.message(
        "card-count-requested", "A count was asked for; the clock goes on", await hands.card(case, "Count requested")
    )
    ask = await hands.said(WHS, case.name, "Count")
    await camera.message("ask-count", "The warehouse is asked; the expected number is not shown", ask, "sam")
    await camera.message("ask-count-phone", "The same on the phone of who counts", ask, "sam", Look.PHONE)
    await hands.press("sam", ask, "ask.entercount.open")
    await hands.form("sam")
    await camera.modal("modal-entercount", "Enter what was counted, blind", "sam")
    await camera.modal("modal-entercount-phone", "Entering a count on a phone", "sam", Look.PHONE)
    counted = stage.world.warehouse.shelves[KETTLE]
    await hands.send("sam", count__units=str(counted))
    await until(lambda: "Counted" in stage.workspace.read(ask), "the ask to fold")
    await camera.message("ask-count-done", "Counted: the ask folds", ask, "sam")


async def _corrected(camera: Camera, hands: Hands, case: Case) -> None:
    stage = hands.stage
    view = await hands.open("dana", case, "correct")
    which = next(one for one in view.content["blocks"] if one["block_id"] == "correction.which")["element"]["options"]
    chosen = next(one["value"] for one in which if one["value"].startswith("wms|"))
    await hands.send(
        "dana",
        correction__which=chosen,
        correction__units="9",
        correction__cause="receipt not posted",
        correction__reason="eight more stand at the gate, they were never booked in",
    )
    await camera.message(
        "card-approval",
        "Waiting for approval: before and after, in units and money",
        await hands.card(case, "Waiting for approval"),
    )
    ask = await hands.said(FIN, case.name)
    await camera.message("ask-approval", "Finance is asked, with the figures", ask, "lee")
    told = await until(
        lambda: hands.message(stage.workspace.state.channel(_direct(stage, "lee")).id, case.name), "a direct message"
    )
    await camera.message("direct-approval", "Who must decide is told directly", told, "lee")
    await hands.press("lee", ask, "ask.decide.open")
    await hands.form("lee")
    await camera.modal("modal-decide", "The decision: nothing is preselected", "lee")
    await hands.send("lee", correction__decision="approve")
    approved = await hands.card(case, "Correction approved")
    await camera.message("card-writing", "Approved: the warehouse writes it, and it is watched for there", approved)
    stage.world.warehouse.receive(KETTLE, 8)
    stage.world.warehouse.write_file()
    await stage.acted(case, ActionKind.CORRECTION, ActionState.SEEN, within=30)
    await until(lambda: "Approved" in stage.workspace.read(ask), "the ask to fold")
    await camera.message("ask-approval-done", "Decided: the ask folds with who and when", ask, "lee")


def _direct(stage: Stage, person: str) -> str:
    who = stage.workspace.person(person)
    return next(
        one.id for one in stage.workspace.state.channels.values() if one.kind == "direct" and who.id in one.members
    )


async def _resolved(camera: Camera, hands: Hands, case: Case) -> None:
    stage = hands.stage
    stage.trouble("carton", end=True)
    stage.world.warehouse.write_file()
    await camera.message("card-ready", "The counts agree: ready to resume", await hands.card(case, "ready to resume"))
    await hands.open("dana", case, "resume")
    await camera.modal("modal-resume", "Resume: the closing note is required")
    await hands.send("dana", resume__note="short-shipped carton, claim opened with the carrier")
    await stage.case_when(case, lambda now: now.life is Life.RESOLVED, "the end", within=30)
    card = await hands.card(case, "Resolved")
    await camera.message("card-resolved", "Resolved: the card folds", card)
    proof = await hands.below(card, "is right again")
    await stage.idle()
    await camera.message(
        "proof", "The final proof card: actors, reasons, before, after, what customers see, the hash", proof
    )
    await camera.message("proof-phone", "The proof on a phone", proof, look=Look.PHONE)
    await camera.thread("thread", "The thread: the history in plain sentences, and the proof with its file", card)
    await hands.press("dana", card, "card.proof.show")
    await hands.form("dana")
    await camera.modal("modal-proof", "The chain behind the proof, entry by entry")
    await hands.away("dana")
