"""The product is killed without warning at a dozen random moments, and started again: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.shopify.catalog import VariantSpec
from sandbox.shopify.stand_in import ShopifyStandIn
from sandbox.slack import AppDidNotRespondError, CannotDoError, RateLimits
from sandbox.slack.model import Message
from sandbox.slack.server import SlackWorkspace
from storage.engine import open_store
from storage.store import SqlStore
from sync.counting.weights import owed
from sync.model.exceptions import ActionKind, ActionState, Case, ExceptionClass
from sync.model.ids import SkuId, parse_exception_name
from sync.model.proof import exception_chain
from sync.proof import verify_chain
from tests.e2e.product_process import environment
from tests.fleet.postgres_pair import free_port
from tests.stage import YoungShop, sandbox_policy, until

ROOT = Path(__file__).parents[2]
POINTS = 12
"""How often the process is killed in each test."""
LONGEST = 1.2
"""Seconds after the trigger within which a kill falls; a card is usually there after one."""
SKUS = [f"POT-{number:02}" for number in range(POINTS)]


@dataclass
class Killable:
    """Shop and workspace here, the product in a process that can be killed."""

    world: YoungShop
    workspace: SlackWorkspace
    store: SqlStore
    variables: dict[str, str]
    starter: asyncio.subprocess.Process | None = None
    pid: int = 0

    @property
    def shop(self) -> ShopifyStandIn:
        return self.world.storefronts["shopify-us"]

    async def open(self) -> None:
        """Get ready to start products."""
        self.starter = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.e2e.product_process",
            cwd=ROOT,
            env=self.variables,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )

    async def close(self) -> None:
        """End whatever was started."""
        if self.starter is not None and self.starter.stdin is not None:
            self.starter.stdin.close()
            await asyncio.wait_for(self.starter.wait(), 10)

    async def start(self) -> None:
        """Start the product and wait until its doors are open."""
        assert self.starter is not None
        assert self.starter.stdin is not None
        assert self.starter.stdout is not None
        self.starter.stdin.write(b"start\n")
        line = await asyncio.wait_for(self.starter.stdout.readline(), 30)
        assert line.strip().isdigit(), f"the product did not start: {line!r}"
        self.pid = int(line)

    def kill(self) -> None:
        """SIGKILL: no handler runs, nothing is flushed."""
        os.kill(self.pid, signal.SIGKILL)

    async def killed_after(self, seconds: float) -> None:
        """Let it live so long, then kill it and start it again."""
        await asyncio.sleep(seconds)
        self.kill()
        await self.start()

    async def cases(self) -> list[Case]:
        async with self.store.reading() as uow:
            names = await uow.proofs.names("exception:")
            found = [await uow.cases.get(parse_exception_name(name.partition(":")[2])) for name in names]
        return [case for case in found if case is not None and case.fingerprint.sku in SKUS]

    async def overridden(self, sku: str) -> list[Case]:
        cls = ExceptionClass.MANUAL_OVERRIDE
        return [one for one in await self.cases() if one.fingerprint.cls is cls and one.fingerprint.sku == sku]

    async def told(self, sku: str) -> Case:
        """Wait for the exception of a SKU and for its card."""
        found = await until(lambda: self.overridden(sku), f"the exception of {sku}", 30)
        await until(lambda: self.cards(found[0]), f"the card of {found[0].name}", 30)
        return found[0]

    async def lines(self, sku: str) -> list[tuple[str, int]]:
        async with self.store.reading() as uow:
            whole = (await uow.stock.load([SkuId(sku)], self.world.clock()))[SkuId(sku)]
        return sorted((line.order, owed(line)) for line in whole.state.lines)

    def cards(self, case: Case) -> list[Message]:
        """Messages in channels (threads aside) that are this exception's card."""
        shown = []
        for channel in self.workspace.state.channels.values():
            shown += [one for one in channel.timeline() if f"{case.name} " in self.workspace.read(one) + " "]
        return shown


@pytest.fixture
async def killable(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Killable]:
    world = YoungShop(tmp_path)
    for shop, place in zip(world.storefronts.values(), world.places.values(), strict=True):
        for sku in SKUS:
            shop.add_product(f"Pot {sku}", [VariantSpec(sku, stock={place: 10})])
    world.warehouse.books |= dict.fromkeys(SKUS, 10)
    world.warehouse.shelves |= dict.fromkeys(SKUS, 10)
    await world.start()
    # A dozen starts within a minute would spend Slack's budget for listing channels; what is tried here is dying.
    workspace = SlackWorkspace(event_retry_delays=(0.5, 1.0, 2.0), rate_limits=RateLimits(enabled=False))
    await workspace.start()
    policy = tmp_path / "policy.yml"
    # Each exception keeps a card of its own: a dozen of one cause would be told in one.
    policy.write_text(sandbox_policy(storms={"above": 1000}), encoding="utf-8")
    slack = {
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_APP_TOKEN": workspace.app_token,
        "COUNTERSIGN_SLACK_BASE_URL": workspace.base_url,
    }
    variables = {**os.environ, **world.environment(), **environment(sqlite_url, policy, free_port(), slack)}
    store = await open_store(sqlite_url)
    killable = Killable(world, workspace, store, variables)
    await killable.open()
    await killable.start()
    await until(lambda: _published(killable), "the first reading", 30)
    yield killable
    await killable.close()
    await store.close()
    await workspace.stop()
    await world.stop()


async def _published(killable: Killable) -> bool:
    async with killable.store.reading() as uow:
        wholes = await uow.stock.load([SkuId(sku) for sku in SKUS], killable.world.clock())
    return len(wholes) == len(SKUS) and all(whole.targets and not whole.fresh for whole in wholes.values())


async def _one_card_and_a_good_proof(killable: Killable, case: Case) -> None:
    async with killable.store.reading() as uow:
        chain = await uow.proofs.chain(exception_chain(case.id))
    assert verify_chain(chain) == []
    sentences = [one.entry.sentence for one in chain]
    assert len(sentences) == len(set(sentences)), f"told twice: {sentences}"
    await until(lambda: killable.cards(case), f"the card of {case.name}", 20)
    assert len(killable.cards(case)) == 1, [killable.workspace.read(one) for one in killable.cards(case)]


@pytest.mark.slow
async def test_killed_between_a_webhook_and_its_card_nothing_is_lost_and_nothing_is_told_twice(
    killable: Killable,
) -> None:
    moments = random.Random(20261124)
    place = killable.world.places["shopify-us"]
    orders = {}
    for sku in SKUS:
        orders[sku] = killable.shop.checkout([(sku, 1)])
        killable.shop.set_by_hand(sku, place, 40)
        await killable.killed_after(moments.uniform(0.0, LONGEST))

    for sku in SKUS:
        await killable.told(sku)
    await killable.shop.deliveries.drain()
    for sku in SKUS:
        [case] = await killable.overridden(sku)
        assert await killable.lines(sku) == [(str(orders[sku].id), 1)]
        await _one_card_and_a_good_proof(killable, case)
    assert killable.shop.deliveries.counters.given_up == 0


@pytest.mark.slow
async def test_f72_killed_between_a_click_and_the_updated_card_a_click_is_done_or_was_refused_aloud(
    killable: Killable,
) -> None:
    moments = random.Random(42)
    place = killable.world.places["shopify-us"]
    for sku in SKUS:
        killable.shop.set_by_hand(sku, place, 40)
    accepted: dict[str, bool] = {}
    for sku in SKUS:
        case = await killable.told(sku)
        card = killable.cards(case)[0]
        clicking = asyncio.create_task(_pauses(killable, card))
        await killable.killed_after(moments.uniform(0.0, LONGEST))
        accepted[sku] = await clicking
        if (view := killable.workspace.person("dana").open_view()) is not None:
            await killable.workspace.person("dana").close_view(view.id)

    assert any(accepted.values()), "no click came through; the moments test nothing"
    for sku in SKUS:
        [case] = await killable.overridden(sku)
        if accepted[sku]:
            await until(_paused(killable, case), f"{sku} to be paused as was answered", 30)
            assert not killable.shop.customer_sees(sku).offered
        [now] = await killable.overridden(sku)
        assert sum(act.kind is ActionKind.PAUSE for act in now.actions) <= 1
        await _one_card_and_a_good_proof(killable, now)


def _paused(killable: Killable, case: Case) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        async with killable.store.reading() as uow:
            now = await uow.cases.get(case.id)
        act = now.newest(ActionKind.PAUSE) if now is not None else None
        return act is not None and act.state is ActionState.SEEN

    return look


async def _pauses(killable: Killable, card: Message) -> bool:
    """Dana pauses a listing; whether she was told that it is taken."""
    dana = killable.workspace.person("dana")
    try:
        await dana.click(card.channel_id, card.ts, "card.pause.open")
        await until(lambda: (view := dana.open_view()) is not None and view.content.get("submit"), "the form", 2)
        sent = await dana.submit_view({"pause.reason": "count", "pause.note": "killed meanwhile"})
    except (AppDidNotRespondError, CannotDoError, AssertionError):
        return False
    return not sent.errors
