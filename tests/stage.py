"""The whole stack for one test: shop, Slack workspace and product, over real HTTP and a real WebSocket on this machine."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar, overload

import yaml
from pydantic import SecretStr
from sqlalchemy import func, select

from bot.cli.demo import SHORTCUTS
from bot.settings import Settings
from bot.slack.running import SlackSide
from bot.wiring import Product, build_product
from sandbox.shop.goods import GOODS
from sandbox.shop.trouble import TROUBLES
from sandbox.shop.world import World
from sandbox.shopify.catalog import VariantSpec
from sandbox.shopify.publications import CustomerView
from sandbox.slack.model import Message
from sandbox.slack.people import Person, Submission
from sandbox.slack.server import SlackWorkspace
from storage.tables.deliveries import deliveries
from storage.tables.outbox import posts
from sync.counting.weights import owed
from sync.model.exceptions import Action, ActionKind, ActionState, Case, ExceptionClass
from sync.model.ids import SkuId, SystemId, parse_exception_name
from sync.model.outbox import PostKind, card_key
from sync.model.picture import Whole
from sync.model.proof import exception_chain
from sync.proof import verify_chain

T = TypeVar("T")


@dataclass
class ShiftedClock:
    """The wall clock, and a test may let hours pass at once."""

    shift: timedelta = timedelta(0)

    def now(self) -> datetime:
        """The present instant, plus what was let pass."""
        return datetime.now(UTC) + self.shift

    def pass_by(self, span: timedelta) -> None:
        """Let time pass."""
        self.shift += span

    def seconds(self) -> float:
        """The same as seconds since 1970."""
        return self.now().timestamp()


@overload
async def until(look: Callable[[], Awaitable[T | None]], what: str, within: float = ...) -> T: ...


@overload
async def until(look: Callable[[], T | None], what: str, within: float = ...) -> T: ...


async def until(look: Callable[[], Any], what: str, within: float = 15.0) -> Any:
    """The first truthy value that ``look`` gives, asked again and again. Fails after ``within`` seconds, naming ``what``."""
    end = time.monotonic() + within
    while True:
        given = look()
        found = await given if inspect.isawaitable(given) else given
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"waited {within:g} s in vain for {what}; last seen: {found!r}")
        await asyncio.sleep(0.03)


def sandbox_policy(**changes: dict[str, Any]) -> str:
    """The sandbox's policy, with short times so that a test waits less; ``changes`` are laid over its sections."""
    policy = yaml.safe_load(files("sandbox.shop").joinpath("policy.yml").read_text(encoding="utf-8"))
    for system in policy["systems"].values():
        system["settles_in"] = "1 s"
        if "basis" in (source := system.get("source", {})) or system.get("vendor"):
            source.update(books_within="1 s", learns_within="1 s")
    text: str = yaml.safe_dump(_laid_over(policy, changes), allow_unicode=True, sort_keys=False)
    return text


def _laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        deeper = isinstance(value, dict) and isinstance(merged.get(name), dict)
        merged[name] = _laid_over(merged[name], value) if deeper else value
    return merged


def settings_for(database_url: str, workspace: SlackWorkspace | None, *, web_port: int = 0) -> Settings:
    """The product's settings for a stand-in workspace; nobody's `.env` is read."""
    return Settings(
        _env_file=None,
        database_url=database_url,
        policy_file=Path("policy.yml"),
        web_port=web_port,
        health_port=0,
        slack_bot_token=SecretStr(workspace.bot_token) if workspace else None,
        slack_app_token=SecretStr(workspace.app_token) if workspace else None,
        slack_signing_secret=SecretStr(workspace.signing_secret) if workspace else None,
        slack_base_url=workspace.base_url if workspace else "https://slack.com/api/",
    )


class YoungShop(World):
    """The sandbox's shop on its first day: no week of past orders that would have to be read first.

    It has the API budget of a large plan, so that tests which restart the product often do not wait for points.
    """

    def _stock_storefronts(self) -> None:
        for name, shop in self.storefronts.items():
            shop.bucket.maximum, shop.bucket.restore_rate = 20_000.0, 1_000.0
            place = shop.add_location("Reno warehouse")
            self.places[name] = place.id
            for good in GOODS:
                spec = VariantSpec(
                    good.sku, price=good.price, cost=good.cost, barcode=good.barcode, stock={place.id: good.reno}
                )
                shop.add_product(good.title, [spec])


@dataclass
class Stage:
    """Everything that runs, and the hands and eyes of a test."""

    world: World
    workspace: SlackWorkspace
    database_url: str
    policy_text: str
    clock: ShiftedClock
    product: Product
    subscribed: bool
    began: datetime
    environment: dict[str, str] = field(default_factory=dict)

    # -- the product's life

    async def restart(self) -> None:
        """Stop the product and start another on the same database."""
        await self.product.stop()
        await self.begin_again()

    async def begin_again(self) -> None:
        """Start another product, on whatever database is named now."""
        self.product = await _product(self)

    # -- what is so

    def seen(self, sku: str, storefront: str = "shopify-us") -> CustomerView:
        """What customers of a storefront see."""
        return self.world.storefronts[storefront].customer_sees(sku)

    async def shows(self, sku: str, units: int, storefront: str = "shopify-us", within: float = 15.0) -> None:
        """Wait until customers of a storefront see so many."""
        what = f"{storefront} to show {units} of {sku}"
        await until(lambda: self.seen(sku, storefront).quantity == units, what, within)

    async def stocked(self, sku: str, units: int, storefront: str = "shopify-us", within: float = 20.0) -> None:
        """Let the warehouse tell its numbers again and again until a storefront shows so many: increases want two numbers."""

        def look() -> bool:
            self.world.warehouse.write_file()
            self.clock.pass_by(timedelta(seconds=2))
            return self.seen(sku, storefront).quantity == units

        await until(look, f"{storefront} to show {units} of {sku}", within)

    async def whole(self, sku: str) -> Whole:
        """Everything that the product knows of a SKU."""
        async with self.product.store.reading() as uow:
            return (await uow.stock.load([SkuId(sku)], self.clock.now()))[SkuId(sku)]

    async def lines(self, sku: str) -> list[tuple[str, int]]:
        """Order lines of a SKU placed since the stage was set: (order, units still wanted), sorted."""
        placed = [
            line for line in (await self.whole(sku)).state.lines if line.placed_at and line.placed_at >= self.began
        ]
        return sorted((line.order, owed(line)) for line in placed)

    async def cases(self, sku: str | None = None) -> list[Case]:
        """Unresolved exceptions, of one SKU or all."""
        async with self.product.store.reading() as uow:
            return list(await (uow.cases.for_sku(SkuId(sku)) if sku else uow.cases.unresolved()))

    async def every_case(self, sku: str | None = None) -> list[Case]:
        """All exceptions there ever were, the newest first, of one SKU or all."""
        async with self.product.store.reading() as uow:
            names = await uow.proofs.names("exception:")
            ids = sorted((parse_exception_name(name.partition(":")[2]) for name in names), reverse=True)
            found = [await uow.cases.get(one) for one in ids]
        return [one for one in found if one is not None and sku in (None, one.fingerprint.sku)]

    async def case(self, cls: ExceptionClass, sku: str | None = None, within: float = 15.0) -> Case:
        """Wait for an exception of a class; it may have ended again."""

        async def look() -> Case | None:
            return next((one for one in await self.every_case(sku) if one.fingerprint.cls is cls), None)

        return await until(look, f"an exception {cls} of {sku or 'any SKU'}", within)

    async def case_when(self, case: Case, when: Callable[[Case], bool], what: str, within: float = 15.0) -> Case:
        """Wait until an exception is so."""

        async def look() -> Case | None:
            async with self.product.store.reading() as uow:
                found = await uow.cases.get(case.id)
            return found if found is not None and when(found) else None

        return await until(look, what, within)

    async def acted(self, case: Case, kind: ActionKind, state: ActionState, within: float = 15.0) -> Action:
        """Wait until the newest act of a kind has come to a state."""

        def newest(now: Case) -> Action | None:
            act = now.newest(kind)
            return act if act is not None and act.state is state else None

        found = newest(
            await self.case_when(case, lambda now: newest(now) is not None, f"{kind} of {case.name} {state}", within)
        )
        assert found is not None
        return found

    async def idle(self, within: float = 15.0) -> None:
        """Wait until all webhooks are delivered, everything recorded is decided, and everything decided is sent."""
        for shop in self.world.storefronts.values():
            await asyncio.wait_for(shop.deliveries.drain(), within)

        async def look() -> bool:
            async with self.product.store.reading() as uow:
                totals = await uow.views.totals()
                lanes = await uow.outbox.due_lanes(self.clock.now())
                # A queue's summary follows at its own, slow pace.
                waiting = select(posts.c.key).where(posts.c.wanted > posts.c.sent, posts.c.kind != PostKind.SUMMARY)
                unposted = (await uow.link.execute(waiting.limit(1))).first()
            return totals["due"] == 0 and unposted is None and not lanes

        await until(look, "nothing left to do", within)

    async def totals(self) -> dict[str, int]:
        """The product's counters."""
        async with self.product.store.reading() as uow:
            return dict(await uow.views.totals())

    async def repeats(self, system: SystemId) -> int:
        """How often something of a system came again; other systems' feeds are asked by time and may repeat themselves."""
        async with self.product.store.reading() as uow:
            counting = select(func.coalesce(func.sum(deliveries.c.repeats), 0)).where(deliveries.c.system == system)
            return int((await uow.link.execute(counting)).scalar_one())

    async def verified(self, case: Case) -> list[str]:
        """The texts of a proof whose every hash fits."""
        async with self.product.store.reading() as uow:
            chain = await uow.proofs.chain(exception_chain(case.id))
        assert verify_chain(chain) == []
        return [one.entry.sentence for one in chain]

    # -- in Slack

    async def card(self, case: Case, text: str = "", within: float = 15.0) -> Message:
        """Wait for the card of an exception, and that it says ``text``."""
        shown = ""

        async def look() -> Message | None:
            nonlocal shown
            async with self.product.store.reading() as uow:
                post = await uow.posts.get(card_key(case.name))
            if post is None or not post.ts:
                return None
            message = self.workspace.state.channel(post.slack_channel).messages[post.ts]
            shown = self.workspace.read(message)
            return message if text in shown else None

        try:
            return await until(look, f"the card of {case.name} saying {text!r}", within)
        except AssertionError as error:
            raise AssertionError(f"{error}\nThe card says:\n{shown}") from None

    def read(self, message: Message) -> str:
        """A message as plain text."""
        return self.workspace.read(message)

    def cards_of(self, case: Case) -> list[Message]:
        """Messages in any channel, outside threads, whose headline names the exception."""
        name = f"{case.name} "
        channels = self.workspace.state.channels.values()
        return [m for c in channels for m in c.timeline() if name in f"{self.read(m)} ".replace("\n", " ") and m.blocks]

    async def press(self, person: str, case: Case, action: str) -> Person:
        """Click a button of a card as soon as it is there, and wait for the form that it opens."""
        who = self.workspace.person(person)

        async def look() -> Message | None:
            message = await self.card(case)
            return message if action in str(message.blocks) else None

        message = await until(look, f"the button {action} on {case.name}")
        await who.click(message.channel_id, message.ts, action)
        await until(
            lambda: (view := who.open_view()) is not None and view.content.get("submit"), f"the form of {action}"
        )
        return who

    async def pause(
        self, person: str, case: Case, reason: str = "count", note: str = "a recount is needed"
    ) -> Submission:
        """Pause the listing of an exception through its card and form."""
        who = await self.press(person, case, "card.pause.open")
        return await who.submit_view({"pause.reason": reason, "pause.note": note})

    def trouble(self, name: str, *, end: bool = False) -> None:
        """Cause a trouble of the sandbox shop, or end it."""
        one = next(one for one in TROUBLES if one.id == name)
        deed = one.undo if end else one.cause
        assert deed is not None
        deed(self.world)


async def open_stage(
    stack: AsyncExitStack,
    folder: Path,
    *,
    database_url: str | None = None,
    policy: str | None = None,
    subscribed: bool = True,
    settled: bool = True,
    shop: type[World] = YoungShop,
) -> Stage:
    """Start shop, workspace and product; ``stack`` stops them in reverse order.

    ``subscribed`` False: the shop sends the product nothing, the test does. ``settled``: wait until the first full reading
    is through, so that what follows is caused by the test alone.
    """
    clock = ShiftedClock()
    world = shop(folder, clock=clock.now)
    await world.start()
    stack.push_async_callback(world.stop)
    workspace = SlackWorkspace(clock=clock.seconds, shortcuts=SHORTCUTS)
    await workspace.start()
    stack.push_async_callback(workspace.stop)
    url = database_url or f"sqlite+aiosqlite:///{folder / 'countersign.db'}"
    text = policy or sandbox_policy()
    stage = Stage(
        world, workspace, url, text, clock, None, subscribed, clock.now().replace(microsecond=0), world.environment()
    )  # type: ignore[arg-type]
    stage.product = await _product(stage)

    async def stop() -> None:
        await stage.product.stop()

    stack.push_async_callback(stop)
    if settled:

        async def read() -> bool:
            return not await stage.product.unread()

        await until(read, "the first reading of both storefronts")
        await stage.idle()
    return stage


async def _product(stage: Stage) -> Product:
    settings = settings_for(stage.database_url, stage.workspace)
    product = await build_product(
        settings, stage.policy_text, stage.environment, clock=stage.clock, author="a test", loopback=True
    )
    await product.start(await SlackSide.connect(settings, product, sandbox=True))
    if stage.subscribed:
        await product.subscribe(product.web_url)
    return product
