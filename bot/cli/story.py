"""The story of one exception, played through the Slack surface: trigger, owner, actions, proof."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import click

from bot.cli.proof import told
from bot.wiring import Product
from sandbox.shop.trouble import TROUBLES
from sandbox.shop.world import World
from sandbox.slack.people import Person
from sandbox.slack.server import SlackWorkspace
from sync.model.exceptions import ActionKind, ActionState, Case, Life
from sync.model.ids import ExceptionId, SkuId
from sync.model.outbox import card_key
from sync.model.proof import ChainedEntry, exception_chain
from sync.proof import verify_chain

SKU = "KTL-17-BLK"
Found = TypeVar("Found")


class StoryBroken(Exception):
    """The story did not come to where it should in time; the message says what was waited for."""


class Story:
    """One play. Every step goes through a button, a modal or a command of the Slack surface, as a person's would."""

    def __init__(self, world: World, workspace: SlackWorkspace, product: Product, within: timedelta) -> None:
        self._world = world
        self._workspace = workspace
        self._product = product
        self._until = time.monotonic() + within.total_seconds()

    async def play(self) -> list[ChainedEntry]:
        """From trouble to proof; returns the chain. Raises StoryBroken."""
        self._trouble("carton")
        case = await self._opened()
        click.echo(f"{case.name} opened: {case.evidence.changed}")
        dana, sam = self._workspace.person("dana"), self._workspace.person("sam")
        await self._press(dana, card_key(case.name), "card.pause.open", "pause.reason")
        note = "wait for a recount, a carton looks short"
        await self._submit(dana, {"pause.reason": "count", "pause.note": note})
        await self._acted(case, ActionKind.PAUSE, ActionState.SEEN, "Shopify US to show 0")
        seen = self._world.storefronts["shopify-us"].customer_sees(SKU)
        click.echo(f"Dana paused it; customers of Shopify US can buy it: {'yes' if seen.offered else 'no'}.")
        await self._press(dana, card_key(case.name), "card.count.open", "count.note")
        await self._submit(dana, {"count.note": "the top shelf, please"})
        await self._acted(case, ActionKind.COUNT, ActionState.WANTED, "the count to be asked for")
        ask = await self._wait(lambda: self._count_ask(case), "the warehouse to be asked")
        await self._press(sam, ask, "ask.entercount.open", "count.units")
        await self._submit(sam, {"count.units": str(self._world.warehouse.shelves[SKU])})
        await self._acted(case, ActionKind.COUNT, ActionState.DONE, "the count")
        click.echo(f"Sam counted {self._world.warehouse.shelves[SKU]}.")
        self._trouble("carton", mend=True)
        await self._case(case.id, lambda now: now.ready, "counts and channel to agree")
        await self._press(dana, card_key(case.name), "card.resume.open", "resume.note")
        await self._submit(dana, {"resume.note": "carton short-shipped by the vendor, claim opened"})
        await self._case(case.id, lambda now: now.life is Life.RESOLVED, "the exception to be resolved")
        async with self._product.store.reading() as uow:
            return list(await uow.proofs.chain(exception_chain(case.id)))

    def _trouble(self, name: str, *, mend: bool = False) -> None:
        trouble = next(one for one in TROUBLES if one.id == name)
        deed = trouble.undo if mend and trouble.undo is not None else trouble.cause
        deed(self._world)

    async def _opened(self) -> Case:
        async def look() -> Case | None:
            async with self._product.store.reading() as uow:
                return next(iter(await uow.cases.for_sku(SkuId(SKU))), None)

        return await self._wait(look, f"an exception for {SKU}")

    async def _case(self, case: ExceptionId, when: Callable[[Case], bool], what: str) -> Case:
        async def look() -> Case | None:
            async with self._product.store.reading() as uow:
                found = await uow.cases.get(case)
            return found if found is not None and when(found) else None

        return await self._wait(look, what)

    async def _acted(self, case: Case, kind: ActionKind, state: ActionState, what: str) -> Case:
        def holds(now: Case) -> bool:
            act = now.newest(kind)
            return act is not None and act.state is state

        return await self._case(case.id, holds, what)

    async def _count_ask(self, case: Case) -> str | None:
        async with self._product.store.reading() as uow:
            now = await uow.cases.get(case.id)
            if now is None:
                return None
            number = next((n for n, act in enumerate(now.actions) if act.kind is ActionKind.COUNT), None)
            key = f"count_ask:{case.name}:{number}"
            post = await uow.posts.get(key) if number is not None else None
        return key if post is not None and post.ts else None

    async def _press(self, person: Person, key: str, action: str, field: str) -> None:
        """Click a button of the message behind ``key`` once it shows it, and wait for the form it opens."""

        async def clicked() -> bool | None:
            async with self._product.store.reading() as uow:
                post = await uow.posts.get(key)
            if post is None or not post.ts or action not in str(person.message(post.slack_channel, post.ts).blocks):
                return None
            await person.click(post.slack_channel, post.ts, action)
            return True

        await self._wait(clicked, f"the button {action}")

        async def filled() -> bool | None:
            view = person.open_view()
            return True if view is not None and field in str(view.content) else None

        await self._wait(filled, f"the form of {action}")

    async def _submit(self, person: Person, values: dict[str, object]) -> None:
        sent = await person.submit_view(values)
        if sent.errors:
            raise StoryBroken(f"the form was sent back: {sent.errors}")

    async def _wait(self, look: Callable[[], Awaitable[Found | None]], what: str) -> Found:
        while time.monotonic() < self._until:
            found = await look()
            if found is not None:
                return found
            await asyncio.sleep(0.05)
        raise StoryBroken(f"waited in vain for {what}")


async def play_story(world: World, workspace: SlackWorkspace, product: Product, *, within: timedelta) -> int:
    """Play and print it. 0 only if an exception was opened, acted on, resolved, and its proof verifies."""
    try:
        chain = await Story(world, workspace, product, within).play()
    except StoryBroken as broken:
        click.echo(f"The story broke: {broken}.", err=True)
        return 1
    click.echo(f"\nThe proof of {chain[0].chain.partition(':')[2]}\n{told(chain)}")
    problems = verify_chain(chain)
    click.echo("\n" + ("\n".join(problems) or f"Every hash of {len(chain)} entries fits."))
    return 1 if problems else 0
