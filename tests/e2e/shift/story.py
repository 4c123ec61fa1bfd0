"""The shift, as a script: what happens in the shop, and what four people do about it.

Dana leads Marketplaces, Sam is the warehouse, Lee is finance, Kim leads operations. Every button, form, command and shortcut is
used at least once (``used.py`` names the missing ones). Sam, Dana and Lee try what they may not do; Kim may do everything but
approve what she asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sandbox.slack.model import Message
from sync.model.exceptions import ActionKind, ActionState, Case, ExceptionClass, Life
from tests.e2e.shift.colleague import Colleague
from tests.stage import Stage, until

KETTLE, STEEL, LAMP, RUG = "KTL-17-BLK", "KTL-17-STL", "LMP-04-OAK", "RUG-80-NAT"
CHAIR, MUG = "CHR-22-GRY", "MUG-03-BLU"
MKT, WHS, FIN, OPS, CAT = "inv-marketplaces", "inv-warehouse", "inv-finance", "inv-ops", "inv-catalog"
US, EU = "shopify-us", "shopify-eu"
SOON = 40.0


@dataclass
class Shift:
    """The stage and the four people on it."""

    stage: Stage
    dana: Colleague
    sam: Colleague
    lee: Colleague
    kim: Colleague

    async def private(self, person: str, channel: str, *words: str) -> Message:
        """What a person alone is told in a channel."""
        workspace = self.stage.workspace

        def look() -> Message | None:
            mine = workspace.ephemerals(person, channel)
            return next((one for one in reversed(mine) if all(word in _told(workspace, one) for word in words)), None)

        return await until(look, f"{person} to be told {words} in #{channel}", SOON)

    async def posted(self, channel: str, *words: str) -> Message:
        """A message of a channel, threads included, that says or offers all of this."""
        workspace = self.stage.workspace

        def look() -> Message | None:
            every = list(workspace.state.channel(channel).messages.values())
            return next((one for one in reversed(every) if all(word in _told(workspace, one) for word in words)), None)

        return await until(look, f"#{channel} to say {words}", SOON)

    async def direct(self, person: str, *words: str) -> Message:
        """A direct message of the app."""
        return await self.posted(self.stage.workspace.person(person).direct().id, *words)


def _told(workspace: object, message: Message) -> str:
    return f"{workspace.read(message)} {message.blocks}"  # type: ignore[attr-defined]


async def morning(s: Shift) -> None:
    """Everybody arrives. Kim looks around, asks what stands, and chooses when she is left alone."""
    kim, dana = s.kim, s.dana
    await kim.home()
    await kim.press_here("home.settings.open")
    await kim.send()
    await kim.press_here("home.find.open")
    await kim.form()
    assert KETTLE in await kim.send(find__text=KETTLE)
    for way, words in (
        ("inventory.digest", "Not automated"),
        ("inventory.rules", "The rules in force"),
        ("inventory.freeze", "Reason"),
    ):
        await kim.press_here(way)
        await kim.told(words)
    helped = await kim.ask("/inventory help", OPS)
    await kim.press(helped, "inventory.all")
    await kim.press(helped, "inventory.mine")
    for words in ("systems", "feed", "rules", "metrics", "digest", "oncall", "exceptions", "mine", "storm ST-99"):
        await kim.ask(f"/inventory {words}", OPS)
    await kim.press(await kim.ask("/inventory qeue", OPS), "inventory.run")
    await dana.press(await dana.ask(f"/inventory sku {KETTLE[:-1]}X"), "inventory.sku")
    await dana.choose(await dana.ask("/inventory queue"), "queue warehouse")
    pinned = await s.posted(MKT, "inventory.oncall")
    for button in ("inventory.oncall", "inventory.mine"):
        await dana.press(pinned, button)
    looked = await dana.ask(f"/inventory sku {KETTLE}", MKT)
    await dana.press(looked, "inventory.share")
    await s.posted(MKT, "Dana shared")
    await dana.type(f"@countersign {KETTLE}", MKT)
    await s.private("dana", MKT, KETTLE, "Shopify US")


async def short_carton(s: Shift) -> None:
    """A carton is short and Shopify US drops our update. Dana stops the sale; a count and a correction with four eyes follow."""
    dana, sam, lee, stage = s.dana, s.sam, s.lee, s.stage
    stage.trouble("carton")
    case = await stage.case(ExceptionClass.EXPOSURE_MISMATCH, KETTLE, within=SOON)
    await dana.press_on(case, "risk.explain")
    await dana.told("An estimate")
    await dana.press_on(case, "picture.show")
    await dana.told("Reno")
    await dana.press_on(case, "more.show")
    await dana.told("Add note")
    shown = await sam.ask(f"/inventory show {case.name}", WHS)
    await sam.press(shown, "card.pause.open")
    await sam.told("Marketplaces")
    await s.kim.home()
    await s.kim.press_here("inventory.nobody")
    await s.kim.told(KETTLE)
    await dana.press_on(case, "override.open")
    await dana.close()
    await dana.press_on(case, "take")
    await stage.card(case, "Owned", within=SOON)
    looked = await dana.ask(f"/inventory sku {KETTLE}", MKT)
    await dana.press(looked, "inventory.count")
    await dana.form()
    await dana.close()
    await _seen_at_home(s, case)
    await dana.do(case, "note", note__text="The shelf looks empty from here.")
    await dana.press_on(case, "snooze.open")
    later = (
        await (await dana.form()).locator("select[data-block-id='snooze.until'] option").nth(1).get_attribute("value")
    )
    await dana.send(snooze__until=later or "", snooze__reason="the truck comes at noon")
    await stage.card(case, "Snoozed", within=SOON)
    await dana.press_on(case, "wake")
    await _paused(s, case)
    await _counted(s, case)
    await _corrected(s, case)
    stage.trouble("carton", end=True)
    await stage.card(case, "ready to resume", within=SOON)
    await dana.do(case, "resume", resume__note="eight cartons were never booked in")
    await _cause_named(s, case)
    await stage.case_when(case, lambda now: now.life is Life.RESOLVED, "the kettle's end", SOON)
    await dana.press_on(case, "proof.show")
    await dana.told("Check it yourself")
    proof = await s.posted(MKT, "proof.verify", case.name)
    await lee.press(proof, "proof.verify")
    await lee.told("fit")
    await lee.press(proof, "proof.export")
    if "proof.proof.show" in str(proof.blocks):
        await lee.press(proof, "proof.proof.show")
        await lee.told("Check it yourself")
    answer = await lee.ask(f"/inventory proof {case.name}", FIN)
    await lee.press(answer, "inventory.proof")
    await dana.do(case, "reopen", reopen__reason="one more carton was found behind the door")
    await stage.case_when(case, lambda now: now.reopenings > 0, "it to be open again", SOON)


async def _seen_at_home(s: Shift, case: Case) -> None:
    dana = s.dana
    await dana.home()
    for button in ("home.worst.show", "home.pause.open"):
        await dana.press_here(button)
        await dana.told("Shopify US")
    await s.kim.home()
    await s.kim.press_here("home.queue.show")
    await s.kim.told(case.name)


async def _paused(s: Shift, case: Case) -> None:
    """Paused on both channels, taken back with one click, and paused again."""
    dana, stage = s.dana, s.stage
    await dana.press_on(case, "pause.open")
    form = await dana.form()
    await form.locator("[data-block-id='pause.listings'] input").nth(1).check()
    await dana.form("Pause 2")
    await dana.send(pause__reason="count", pause__note="a carton looks short")
    await stage.acted(case, ActionKind.PAUSE, ActionState.SEEN, within=SOON)
    await dana.press(await s.private("dana", MKT, case.name, "card.undo"), "card.undo")
    await stage.case_when(case, lambda now: now.standing(ActionKind.PAUSE) is None, "the pause to be undone", SOON)
    await dana.do(case, "pause", pause__reason="count", pause__note="no, it is short indeed")
    await stage.acted(case, ActionKind.PAUSE, ActionState.SEEN, within=SOON)


async def _counted(s: Shift, case: Case) -> None:
    """Sam is asked to count, reminded, no longer asked, and asked again; he counts blind."""
    dana, sam, stage = s.dana, s.sam, s.stage
    await dana.do(case, "count", count__where="reno")
    await stage.card(case, "Count requested", within=SOON)
    await dana.press_on(case, "remind")
    await dana.press_on(case, "cancelcount")
    await stage.case_when(case, lambda now: now.standing(ActionKind.COUNT) is None, "the count to be cancelled", SOON)
    await dana.type(f"/inventory count {KETTLE}", MKT)
    await dana.form()
    await dana.send(count__where="reno")
    await s.kim.press_on(case, "entercount.open")
    await s.kim.close()
    ask = await s.posted(WHS, "ask.entercount.open", case.name)
    await sam.press(ask, "ask.entercount.open")
    await sam.send(count__units=str(stage.world.warehouse.shelves[KETTLE]))
    await until(lambda: "Counted" in stage.read(ask), "the count to be taken", SOON)


async def _corrected(s: Shift, case: Case) -> None:
    """Above the limit two must agree: Dana asks, may not decide herself, Sam neither, and Lee approves."""
    dana, lee, stage = s.dana, s.lee, s.stage
    await _asked_to_correct(dana, case)
    await dana.press_on(case, "withdraw")
    await stage.case_when(case, lambda now: now.standing(ActionKind.CORRECTION) is None, "the request to be gone", SOON)
    await _asked_to_correct(dana, case)
    await dana.press_on(case, "decide.open")
    await dana.told("Lee")
    await s.sam.press(await s.sam.ask(f"/inventory show {case.name}", WHS), "card.decide.open")
    await s.sam.told("Lee")
    ask = await s.posted(FIN, "ask.decide.open", case.name)
    await lee.press(ask, "ask.decide.open")
    await lee.send(correction__decision="approve")
    stage.world.warehouse.receive(KETTLE, 8)
    await stage.acted(case, ActionKind.CORRECTION, ActionState.SEEN, within=SOON)


async def _asked_to_correct(dana: Colleague, case: Case) -> None:
    await dana.press_on(case, "correct.open")
    which = (await dana.form()).locator("select[data-block-id='correction.which'] option[value^='wms|']")
    await dana.send(
        correction__which=await which.get_attribute("value") or "",
        correction__units="9",
        correction__cause="unknown",
        correction__reason="eight more stand at the gate",
    )


async def _cause_named(s: Shift, case: Case) -> None:
    """What was corrected without a cause stays open until somebody names one."""
    await s.stage.case_when(case, lambda now: now.lacks == "cause" or now.life.ended, "the cause to be asked for", SOON)
    card = await s.dana.card(case)
    await until(lambda: "card.cause.open" in str(card.blocks), "the cause to be asked for on the card", SOON)
    await s.dana.do(case, "cause", cause__cause="receipt not posted", cause__note="the gate had no scanner")


async def last_chairs(s: Shift) -> None:
    """The last chairs are sold twice. Dana holds an order, Lee is asked and sends it back, Dana decides and closes."""
    dana, lee, stage = s.dana, s.lee, s.stage
    stage.trouble("twice")
    stage.clock.pass_by(timedelta(seconds=65))
    case = await stage.case(ExceptionClass.OVERSELL, CHAIR, within=SOON)
    await dana.press_on(case, "hold.open")
    box = (await dana.form()).locator("[data-block-id='hold.orders'] input").first
    order = await box.get_attribute("value")
    await dana.send(hold__orders=[order or ""], hold__reason="two orders, one chair")
    await stage.acted(case, ActionKind.HOLD, ActionState.SEEN, within=SOON)
    await dana.do(case, "release", release__note="the second customer waits for the next delivery")
    await stage.acted(case, ActionKind.RELEASE, ActionState.SEEN, within=SOON)
    await dana.press_on(case, "giveback")
    await stage.case_when(case, lambda now: now.owner is None, "it to be given back", SOON)
    await dana.do(case, "finance", handover__reason="the refund is yours to decide")
    await stage.case_when(case, lambda now: now.queue == "finance", "it to be with finance", SOON)
    await lee.do(case, "sendback", handover__reason="no refund is needed")
    await stage.case_when(case, lambda now: now.queue == "marketplaces", "it to be back", SOON)
    await dana.do(case, "handover", handover__to="U0LEE", handover__reason="you spoke with the customer")
    await stage.case_when(case, lambda now: now.owner == "U0LEE", "Lee to have it", SOON)
    await lee.do(case, "close", close__outcome="expected", close__reason="the customer waits gladly")
    await stage.case_when(case, lambda now: now.life is Life.RESOLVED, "the chairs' end", SOON)


async def by_hand(s: Shift) -> None:
    """Somebody typed 400 mugs into the shop; Dana keeps a lower number for a while. Another override needs a second person."""
    dana, lee, stage = s.dana, s.lee, s.stage
    stage.world.storefronts[US].faults.swallow(MUG, mutations="quantities")
    stage.trouble("hand")
    case = await stage.case(ExceptionClass.MANUAL_OVERRIDE, MUG, within=SOON)
    await dana.do(case, "askreason", askreason__whom="U0SAM")
    await s.direct("sam", "Dana asks you about", MUG)
    await s.sam.press(await s.sam.ask(f"/inventory show {case.name}", WHS), "card.givereason.open")
    await s.sam.form("the number stays as it is")
    await s.sam.send(givereason__reason="a pallet stands on the dock")
    await stage.card(case, "a pallet stands on the dock", within=SOON)
    await dana.press_on(case, "keep.open")
    await (await dana.form()).locator("button[data-close]").click()
    await dana.do(case, "cap", cap__units="100", cap__reason="until the pallet is counted")
    stage.world.storefronts[US].faults.clear()
    await stage.case_when(case, lambda now: now.standing(ActionKind.CAP) is not None or now.life.ended, "the cap", SOON)
    if not (await stage.case_when(case, lambda now: True, "it")).life.ended:
        await dana.do(case, "uncap", uncap__note="all pallets are counted")
    await _published_over(s)
    await dana.type(f"/inventory override {STEEL} 60", MKT)
    await dana.form()
    await dana.send(override__owner="U0DANA", override__reason="sixty are on the truck at the gate")
    fixed = await stage.case(ExceptionClass.MANUAL_OVERRIDE, STEEL, within=SOON)
    await stage.card(fixed, "Waiting for approval", within=SOON)
    await lee.press_on(fixed, "decide.open")
    await lee.send(correction__decision="approve")
    await stage.acted(fixed, ActionKind.OVERRIDE, ActionState.SEEN, within=SOON)
    await dana.do(fixed, "endoverride", endoverride__note="the truck is unloaded")
    await stage.case_when(fixed, lambda now: now.life.ended, "the override's end", SOON)


async def _published_over(s: Shift) -> None:
    """Somebody typed a number too low for the lamp: Dana publishes over it."""
    dana, stage = s.dana, s.stage
    before = stage.seen(LAMP).quantity
    stage.world.storefronts[US].set_by_hand(LAMP, stage.world.places[US], 1)
    case = await stage.case(ExceptionClass.MANUAL_OVERRIDE, LAMP, within=SOON)
    await dana.do(case, "publish", publish__reason="a wrong number")
    await stage.shows(LAMP, before or 0, within=SOON)
    await stage.case_when(case, lambda now: now.life.ended, "the lamp's end", SOON)


async def off_sale(s: Shift) -> None:
    """Somebody took the steel kettle off Shopify EU, product and all; Dana sends its data again."""
    dana, stage = s.dana, s.stage
    shop = stage.world.storefronts[EU]
    shop.unpublish_product(shop.variant(STEEL).product)
    stage.clock.pass_by(timedelta(seconds=65))
    case = await stage.case(ExceptionClass.FEED_SUPPRESSION, STEEL, within=SOON)
    await dana.do(case, "senddata", senddata__note="somebody tidied up")
    await until(lambda: stage.seen(STEEL, EU).live, "customers to see it again", SOON)
    await stage.case_when(case, lambda now: now.life.ended, "the kettle's end", SOON)


async def freeze(s: Shift) -> None:
    """Kim freezes all channels for a move and thaws them; Sam, who leads a queue, may, too, and thinks better of it."""
    kim, sam = s.kim, s.sam
    await sam.type("/inventory freeze", WHS)
    await sam.form("Freeze")
    await sam.close()
    await kim.type("/inventory freeze", OPS)
    await kim.form()
    assert "frozen" in await kim.send(freeze__reason="the marketplace moves its warehouse")
    await sam.ask("/inventory systems", WHS)
    await kim.type("/inventory unfreeze", OPS)
    await kim.form()
    await kim.send(freeze__reason="the move is done")


async def refused_lamp(s: Shift) -> None:
    """Shopify US takes no update of the lamp: tried again, help is asked for, and it goes once the shop is mended."""
    dana, stage = s.dana, s.stage
    stage.trouble("refuse")
    case = await stage.case(ExceptionClass.FAILED_UPDATE, LAMP, within=SOON)
    await dana.press_on(case, "help")
    await dana.press_on(case, "retry")
    stage.trouble("refuse", end=True)
    await dana.press_on(case, "retry")
    await stage.case_when(case, lambda now: now.life.ended, "the lamp's end", SOON)


async def two_at_once(s: Shift) -> None:
    """Dana and Lee stop the same rug at the same time; the slower one's words become a note."""
    dana, lee, stage = s.dana, s.lee, s.stage
    stage.world.storefronts[EU].faults.swallow(RUG, mutations="quantities")
    stage.world.warehouse.lose(RUG, 20)
    stage.world.warehouse.count(RUG)
    stage.world.warehouse.write_file()
    case = await stage.case(ExceptionClass.EXPOSURE_MISMATCH, RUG, within=SOON)
    for one in (dana, lee):
        await one.press_on(case, "pause.open")
        await one.form()
    await lee.send(pause__reason="count", pause__note="twenty are wet")
    await stage.case_when(case, lambda now: now.standing(ActionKind.PAUSE) is not None, "Lee's pause", SOON)
    await dana.fill(pause__reason="count", pause__note="I saw the water, too")
    await dana.page.locator("dialog.modal button[data-submit]").click()
    await dana.form("Lee")
    await dana.press_here("faster.note.open")
    await dana.form("It goes into the thread")
    await dana.send()
    stage.world.storefronts[EU].faults.clear()
    await stage.card(case, "ready to resume", within=SOON)
    await lee.type(f"/inventory resume {RUG}", MKT)
    await lee.form()
    await lee.send(resume__note="eleven dry ones are left")
    await stage.case_when(case, lambda now: now.life.ended, "the rug's end", SOON)


async def reported(s: Shift) -> None:
    """What people say in channels: a shortcut opens the exception, or a report; a word in a thread becomes a note."""
    dana, sam, stage = s.dana, s.sam, s.stage
    said = await stage.workspace.person("sam").say(WHS, f"{LAMP} came instead of {STEEL}")
    await sam.shortcut("open_exception", said)
    await sam.form("Which SKU")
    await sam.press_here("report.sku.0")
    await sam.form("What is wrong")
    await sam.send()
    case = await stage.case(ExceptionClass.REPORTED, LAMP, within=SOON)
    card = await stage.card(case, within=SOON)
    vague = await stage.workspace.person("sam").say(WHS, "the shelf is empty")
    await sam.shortcut("open_exception", vague)
    await sam.form("Which SKU")
    await sam.send(report__sku=MUG)
    reply = await stage.workspace.person("dana").say(MKT, "I look at it at noon.", card.ts)
    await dana.go(MKT)
    await dana.shortcut("add_note", reply)
    await dana.form("It goes into the thread")
    await dana.send()
    await dana.shortcut("find_sku")
    await dana.form()
    assert LAMP in await dana.send(find__text=LAMP)
    await dana.press(await dana.ask(f"/inventory sku {LAMP}", MKT), "inventory.case")
    await dana.type(f"/inventory pause {LAMP}", MKT)
    await dana.form()
    await dana.close()
    await dana.do(case, "close", close__outcome="false_alarm", close__reason="it was the other shelf")


async def unknown_code(s: Shift) -> None:
    """The warehouse names a code that nobody knows: Dana, who works in Catalog, too, says which product it is."""
    dana, stage = s.dana, s.stage
    stage.trouble("code")
    case = await stage.case(ExceptionClass.CATALOG_FAULT, within=SOON)
    await s.lee.press(await s.lee.ask(f"/inventory show {case.name}", FIN), "card.choose.open")
    await s.lee.told("Catalog")
    await dana.press_on(case, "choose.open")
    await dana.fill(choose__sku=KETTLE, choose__reason="the label was misprinted")
    await dana.page.locator("dialog.modal button[data-submit]").click()
    await dana.form(KETTLE)
    await dana.page.wait_for_function("!document.querySelector('dialog.modal [data-block-id=\"choose.sku\"] input')")
    await dana.send()
    await stage.case_when(case, lambda now: now.life.ended, "the code to be known", SOON)


async def dead_feed(s: Shift) -> None:
    """Acme's list grows old and Shopify US takes no lower number: one storm, acted on as one, with a second person's word."""
    dana, lee, stage = s.dana, s.lee, s.stage
    stage.world.storefronts[US].faults.swallow(mutations="quantities")
    stage.trouble("vendor")
    stage.clock.pass_by(timedelta(minutes=70))
    storm = await s.posted(MKT, "storm.act.open", "storm.more")
    await dana.press(storm, "inventory.storm")
    await dana.press(storm, "storm.take.open")
    await dana.form("Take 2")
    await dana.send()
    await dana.press(storm, "storm.act.open")
    await dana.fill(bulk__who="all", bulk__deed="pause")
    await dana.form("Why")
    await dana.fill(bulk__reason="count", bulk__note="the list is old")
    await dana.page.locator("dialog.modal button[data-submit]").click()
    await dana.form("Would pause")
    await dana.press_here("bulk.list.show")
    await dana.form("EX-")
    await dana.page.locator("dialog.modal button[data-close]").click()
    await dana.form("Would pause")
    await dana.send()
    ask = await s.direct("lee", "bulk.decide.open")
    await lee.press(ask, "bulk.list.show")
    await lee.told("EX-")
    await lee.press(ask, "bulk.decide.open")
    await lee.form()
    await lee.send(bulk__decision="approve")
    await s.posted(MKT, "inventory.queue")
    await dana.press(storm, "storm.split.open")
    await dana.form()
    await dana.send(split__which="BLK-11-WAL")
    await dana.press(await dana.ask("/inventory exceptions", MKT), "list.act.open")
    await dana.form("Which ones")
    await dana.close()
    await _asked_for(s, storm)


async def _asked_for(s: Shift, storm: Message) -> None:
    """Dana looks what stands on Acme's list and asks Gus for a new one; from the storm she is told that she did."""
    dana, stage = s.dana, s.stage
    case = await stage.case(ExceptionClass.STALE_FEED, within=SOON)
    await dana.press_on(case, "skus.show")
    await dana.form("stand on Acme dropship")
    await dana.press_here("silent.skus.export")
    await s.direct("dana", "Acme dropship", "as of")
    await dana.close()
    await dana.do(case, "askfeed")
    await s.direct("gus", "asks you for a feed of Acme dropship")
    await stage.card(case, "was asked for it", within=SOON)
    await dana.do(case, "nothing", nothing__reason="their depot burns")
    await stage.card(case, "Counts as 0", within=SOON)
    await dana.do(case, "bypolicy", bypolicy__note="it was the one next to theirs")
    await dana.do(case, "vouch", vouch__reason="Gus phoned: the numbers stand")
    await stage.card(case, "Waiting for approval", within=SOON)
    await s.lee.do(case, "decide", correction__decision="approve", correction__reason="I heard him")
    await stage.card(case, "Counts in full until", within=SOON)
    await dana.press(storm, "storm.ask.open")
    await dana.form("Dana asked Gus of Acme")
    await dana.close()


async def over(s: Shift) -> None:
    """Acme is back, and so is the shop: what waited clears by itself or is resumed."""
    stage = s.stage
    stage.world.storefronts[US].faults.clear()
    stage.trouble("vendor", end=True)
    await s.dana.ask("/inventory storm ST-1", MKT)
    await s.kim.ask("/inventory digest", OPS)


SCENES: tuple[Callable[[Shift], object], ...] = (
    morning,
    short_carton,
    last_chairs,
    by_hand,
    off_sale,
    freeze,
    refused_lamp,
    two_at_once,
    reported,
    unknown_code,
    dead_feed,
    over,
)
"""In this order."""
