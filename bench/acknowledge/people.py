"""People at work in the sandbox's Slack, and how long each of their clicks, forms and commands waited for its yes."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field

from sandbox.slack import AppDidNotRespondError, CannotDoError, Message, SlackWorkspace
from sandbox.slack.people import Person

CHANNEL = "inv-marketplaces"
WORKERS = ("dana", "lee", "sam", "ana", "kim")
PAUSE = (0.1, 0.4)
"""Seconds between two acts of a person, evenly spread."""
FORM_PATIENCE = 20.0


@dataclass(slots=True)
class Waits:
    """Seconds until each yes, by what was done; and how many were never answered, or answered that it is not known yet."""

    of: dict[str, list[float]] = field(default_factory=dict)
    unanswered: int = 0
    unknown: int = 0

    async def measured(self, what: str, act: Awaitable[object]) -> object:
        """Do it, and keep how long it took; None when it was not answered."""
        began = time.perf_counter()
        try:
            return await act
        except AppDidNotRespondError:
            self.unanswered += 1
            return None
        finally:
            self.of.setdefault(what, []).append(time.perf_counter() - began)

    @property
    def all(self) -> list[float]:
        """Of everything, sorted."""
        return sorted(one for many in self.of.values() for one in many)


async def work(workspace: SlackWorkspace, waits: Waits, skus: int, until: float, seed: int) -> None:
    """One person's shift until ``time.monotonic()`` says so: takes and gives back, opens forms and sends them, asks things."""
    chance = random.Random(seed)
    person = workspace.person(WORKERS[seed % len(WORKERS)])
    while time.monotonic() < until:
        await asyncio.sleep(chance.uniform(*PAUSE))
        cards = [one for one in workspace.messages(CHANNEL) if "card." in str(one.blocks)]
        what = chance.choice(("take", "take", "form", "sku", "queue", "mine"))
        try:
            if what in ("sku", "queue", "mine"):
                asked = {"sku": f"sku OWN-{chance.randrange(skus):06d}", "queue": "queue marketplaces"}.get(what, what)
                await waits.measured(what, person.command("general", "/inventory", asked))
            elif cards and what == "form":
                await _form(workspace, waits, person, chance.choice(cards))
            elif cards:
                await _press(waits, person, chance.choice(cards))
        except CannotDoError:
            continue  # the card changed under their finger


async def _press(waits: Waits, person: Person, card: Message) -> None:
    if "card.take" in str(card.blocks):
        await waits.measured("click", person.click(card.channel_id, card.ts, "card.take"))
    else:
        await waits.measured("click", person.click(card.channel_id, card.ts, "card.more", "Give back"))


async def _form(workspace: SlackWorkspace, waits: Waits, person: Person, card: Message) -> None:
    if person.open_view() is not None:
        workspace.state.drop_modals(person.id)
    await waits.measured("open", person.click(card.channel_id, card.ts, "card.more", "Add note…"))

    def filled() -> bool:
        view = person.open_view()
        return view is not None and bool(view.content.get("submit"))

    try:
        await workspace.wait_for(filled, FORM_PATIENCE)
    except TimeoutError:
        return
    sent = await waits.measured("form", person.submit_view({"note.text": "looked at the shelf"}))
    view = person.open_view()
    waits.unknown += sent is not None and view is not None and "Not known yet" in str(view.content)
