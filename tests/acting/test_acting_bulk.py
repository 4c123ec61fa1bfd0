"""An act on many, from the list in Slack to what customers of the shop see, and back again."""

from __future__ import annotations

from typing import Any

from sync.model.exceptions import ActionKind, ActionState, ExceptionClass, Life
from tests.stage import Stage, until

KETTLE, LAMP = "KTL-17-BLK", "LMP-04-OAK"


def short(stage: Stage, sku: str) -> None:
    """A carton is short, and the channel swallows our update."""
    world = stage.world
    world.storefronts["shopify-us"].faults.swallow(sku, mutations="quantities")
    world.warehouse.lose(sku, max(0, world.warehouse.shelves[sku] - 1))
    world.warehouse.count(sku)
    world.warehouse.write_file()


async def act(stage: Stage, person: Any, deed: str, **typed: str) -> None:
    """The whole list of exposures, one act, as a person fills it in."""
    await person.command("inv-marketplaces", "/inventory", "exceptions exposure")
    channel = stage.workspace.state.channel("inv-marketplaces")

    def answer() -> Any:
        return next((one for one in reversed(channel.ephemerals) if "list.act.open" in str(one.blocks)), None)

    listed = await until(answer, "the list with its button")
    channel.ephemerals.clear()
    channel.ephemerals.append(listed)
    await person.click("inv-marketplaces", listed.ts, "list.act.open")
    await shown(person, "Which ones")
    await person.click_view("value", deed, block_id="bulk.deed")
    await shown(person, next(iter(typed)))
    await person.submit_view({"bulk.who": "all", **typed})
    await shown(person, "bulk.confirm")
    await person.submit_view({})
    await shown(person, "Your direct messages say")


async def shown(person: Any, words: str) -> None:
    """Wait until the modal in front says this."""
    await until(lambda: (view := person.open_view()) is not None and words in str(view.content), words)


async def test_listings_are_paused_together_seen_by_customers_told_in_one_message_and_resumed(stage: Stage) -> None:
    for sku in (KETTLE, LAMP):
        short(stage, sku)
    cases = [await stage.case(ExceptionClass.EXPOSURE_MISMATCH, sku) for sku in (KETTLE, LAMP)]
    dana = stage.workspace.person("dana")
    await act(stage, dana, "pause", **{"bulk.reason": "count", "bulk.note": "a recount is needed"})
    for case in cases:
        await stage.acted(case, ActionKind.PAUSE, ActionState.SEEN)
        assert not stage.seen(str(case.fingerprint.sku)).live
    await until(lambda: any("BA-1 is done" in stage.read(one) for one in dana.direct().messages.values()), "the end")
    assert len(dana.direct().messages) == 1, "one message that grew"

    stage.trouble("carton", end=True)
    for case in cases:
        await stage.case_when(case, lambda now: now.ready, "the counts to agree", within=30)
    await act(stage, dana, "resume", **{"bulk.note": "counted twice, it is one"})
    for case in cases:
        await stage.case_when(case, lambda now: now.life is Life.RESOLVED, "the exception to end", within=30)
        assert stage.seen(str(case.fingerprint.sku)).live
        told = await stage.verified(case)
        assert any("paused Shopify US: a recount is needed (BA-1)." in line for line in told)
        assert any("resumed Shopify US: counted twice, it is one (BA-2)." in line for line in told)
