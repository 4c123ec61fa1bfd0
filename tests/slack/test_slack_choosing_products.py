"""The product behind a code, chosen from the card: which, before and after, then exactly that."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_builders import a_case
from slack_stored import Stored
from test_slack_app import MARKETPLACES
from test_slack_cards import WORST, golden

from bot.slack.app import build_app
from bot.slack.mapping import choose_form, looked_form
from sandbox.slack import Outcome
from sandbox.slack.blocks import validate_view
from sync.exceptions.lifecycle import Step
from sync.inbox.choosing import Looked
from sync.model.exceptions import Case, Evidence, ExceptionClass, Fingerprint, Risk
from sync.model.facts import ItemRef
from sync.model.ids import ExceptionId, SkuId, SystemId
from sync.model.mapping import Remapped, Wish
from sync.model.money import Money
from sync.model.proof import exception_chain
from sync.model.stock import Sku
from sync.path.written import write_steps


def unmapped(*codes: str) -> Case:
    fingerprint = Fingerprint(ExceptionClass.CATALOG_FAULT, systems=(SystemId("wms"),), detail="unmapped")
    evidence = Evidence("WMS speaks of what we do not know.", "wms:unmapped", facts=tuple(("sku", c) for c in codes))
    return a_case(
        id=ExceptionId(0), fingerprint=fingerprint, evidence=evidence, risk=Risk(Money.zero("USD")), delta=len(codes)
    )


def looked(before: str = "CUP: WMS 10 at Reno", after: str = "CUP: WMS 6 at Reno") -> Looked:
    wish = Wish(SystemId("wms"), ItemRef("sku", "850"), SkuId("CUP"))
    return Looked("in_1", wish, Remapped(None, 3, (before,), (after,)))


def as_sent(view: Any) -> Any:
    return json.loads(json.dumps(view))


def test_both_forms_look_as_agreed_and_slack_takes_them() -> None:
    for name, view in (("choose", choose_form(unmapped("850", "ABC-1"))), ("choose-looked", looked_form(looked()))):
        sent = as_sent(view)
        assert validate_view(sent) == []
        golden(f"modal-{name}", sent)


def test_the_worst_codes_break_no_form() -> None:
    for words in WORST.values():
        codes = tuple(f"{nth}{words}"[:400] for nth in range(20))
        assert validate_view(as_sent(choose_form(unmapped(*codes)))) == []
        assert validate_view(as_sent(looked_form(looked(words * 9, words * 9)))) == []


async def test_a_code_is_chosen_from_the_card_in_two_looks(stored: Stored) -> None:
    now = stored.clock.now()
    case = replace(
        unmapped("850"), version=1, opened_at=now, since=now, assign_by=now + timedelta(hours=1), recurrences=1
    )
    async with stored.store.unit_of_work() as uow:
        await uow.systems.ensure([SystemId("wms")], now)
        await uow.catalogue.add_skus([Sku(SkuId("CUP"), "A cup")])
        (case,) = await write_steps(uow, [Step(case, opened=True)], now)
    await stored.deliver(stored.deliverer())
    (card,) = stored.workspace.messages(MARKETPLACES)
    handler = AsyncSocketModeHandler(build_app(stored.room), stored.workspace.app_token)
    await handler.connect_async()
    await stored.workspace.sockets.connected()
    dana = stored.workspace.person("dana")
    await dana.click(MARKETPLACES, card.ts, "card.choose.open")

    def filled() -> bool:
        view = dana.open_view()
        return view is not None and view.content.get("submit") is not None

    await stored.workspace.wait_for(filled)
    wrong = await dana.submit_view({"choose.sku": "CUPS", "choose.reason": "new cups"})
    assert "There is no product CUPS" in wrong.errors["choose.sku"]
    shown = await dana.submit_view({"choose.sku": "CUP", "choose.reason": "new cups"})
    assert shown.outcome is Outcome.UPDATED
    view = dana.open_view()
    assert view is not None
    assert view.content["submit"]["text"] == "Do exactly this"
    done = await dana.submit_view()
    assert done.outcome is Outcome.UPDATED
    assert "850 means CUP now" in str(dana.open_view().content)  # type: ignore[union-attr]
    async with stored.store.reading() as uow:
        kinds = [one.entry.kind for one in await uow.proofs.chain(exception_chain(case.id))]
        known = await uow.catalogue.resolve(SystemId("wms"), [ItemRef("sku", "850")], fold=True)
    assert kinds == ["taken", "product_chosen"]
    assert list(known.values()) == ["CUP"]
    await handler.close_async()
