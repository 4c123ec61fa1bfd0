"""Everything built by hand, in one place; the only module that knows all rooms."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from aiohttp import web

from bot.clock import WallClock
from bot.event_loop import name_of
from bot.jobs import Jobs
from bot.loops import Loop
from bot.nightly import Nightly
from bot.privacy import Privacy
from bot.rules import LOOKS_EVERY, Rules
from bot.settings import ROLES, Role, Settings
from bot.web.door import EventLedger
from bot.web.events import EventsEndpoint
from bot.web.health import Health
from bot.web.metrics import Metrics
from bot.web.openapi import openapi_route
from bot.web.webhooks import WebhookDoor
from storage.engine import open_store
from storage.store import DATABASE_ERRORS
from sync.bulk.carrying import Carrier
from sync.catching_up import behind
from sync.connectors.base import Connector
from sync.connectors.registry import build
from sync.errors import BadInput, TryAgain
from sync.inbox.service import Inbox
from sync.landing.folder import DataFolder
from sync.landing.lander import Lander
from sync.model.ids import SystemId
from sync.model.reading import Behind
from sync.path.decider import Decider
from sync.path.lanes import LaneRunner
from sync.path.reading import Reader
from sync.path.recorder import AT_ONCE, Recorder
from sync.policy.differing import diff
from sync.policy.holder import PolicyInForce
from sync.policy.reading import PolicyFaulty, fill, read_policy
from sync.policy.schema import Policy
from sync.policy.signatures import needs_second
from sync.ports import Clock
from sync.reconciliation.reconciler import Reconciler

if TYPE_CHECKING:
    from bot.slack.running import SlackSide
    from storage.store import SqlStore

SLACK_AGAIN = 5.0
"""Seconds between two tries to reach a Slack that was away at the start."""
LEAVES_WITHIN = 5.0
"""Seconds for giving the lanes back at the end; a database that is away keeps nobody from stopping."""

_log = structlog.get_logger(__name__)


class Product:
    """The running product: store, core, doors and Slack, with their loops."""

    def __init__(
        self,
        settings: Settings,
        store: SqlStore,
        policy: PolicyInForce,
        clock: Clock,
        connectors: dict[SystemId, Connector],
        environment: Mapping[str, str],
        roles: frozenset[Role] = frozenset(ROLES),
        *,
        loopback: bool = False,
        rules_file: Path | None = None,
    ) -> None:
        """``rules_file`` is followed when it changes. ``roles``: what this process does; others do the rest."""
        self.settings = settings
        self.roles = roles
        self.store = store
        self.policy = policy
        self.clock = clock
        self.connectors = connectors
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self._abilities = {system: connector.abilities for system, connector in connectors.items()}
        at_once = AT_ONCE if store.postgres else 1
        self.recorder = Recorder(store, policy, clock, recorded=self._recorded, at_once=at_once)
        self.metrics = Metrics(store, clock)
        self.decider = Decider(store, policy, clock, self._abilities, acted=self._decided, decided=self.metrics.decided)
        lander = Lander(store, policy, clock, self.holder, settings.data_folder, recorded=self._recorded)
        self.reader = Reader(store, connectors, self.recorder, policy, clock, self.holder, lander)
        self.lanes = LaneRunner(
            store,
            connectors,
            self.recorder,
            policy,
            clock,
            self.holder,
            acted=self._recorded,
        )
        self.inbox = Inbox(store, policy, clock, self._abilities, acted=self._clicked)
        self.carrier = Carrier(store, policy, clock, self._abilities, acted=self._decided)
        self.reconciler = Reconciler(store, connectors, self.reader, self.decider, policy, clock)
        self.jobs = Jobs(store, policy, clock, self.holder)
        self.slack: SlackSide | None = None
        self._environment = environment
        self._loopback = loopback
        self._runners: list[web.AppRunner] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.web_url = ""
        self.health_url = ""
        self._deciding = Loop("decide", self.decider.run_due, every=0.5)
        self._acting = Loop("act", self.lanes.run_due, every=0.5)
        self._feeds = Loop("feeds", self.reader.poll_feeds, every=2.0)
        self._carrying = Loop("bulk", self.carrier.run_due, every=1.0)
        self._snapshots = Loop("snapshots", self.reader.read_due_snapshots, every=5.0)
        self.rules = Rules(store, policy, clock, rules_file, environment, changed=self.follow_rules)
        self._ruling = Loop("rules", self.rules.look, every=LOOKS_EVERY)
        working = "worker" in roles
        self.loops = [self._deciding, self._acting, self._carrying, self._feeds, self._snapshots] if working else []
        self.loops.append(self._ruling)
        self._notices = store.notices(self._heard)

    @property
    def _readable(self) -> list[SystemId]:
        return [system for system, connector in self.connectors.items() if connector.abilities.snapshots]

    # -- wake-ups: a courtesy, the loops' clocks are the promise --------------------------------------------------------

    def _recorded(self) -> None:
        self._wake("decide", tell=True)

    def _decided(self) -> None:
        self._wake("act", tell=True)

    def _clicked(self) -> None:
        self._carrying.wake()
        self._decided()
        self._recorded()

    def _heard(self, topic: str) -> None:
        """Another process committed something."""
        self._wake(topic, tell=False)

    def _wake(self, topic: str, *, tell: bool) -> None:
        if topic == "decide":
            self._deciding.wake()
        else:
            self._acting.wake()
            if self.slack is not None:
                self.slack.wake()
        # Who can do it alone does not call the others: they would only find it taken.
        able = self.roles >= ({"worker"} if topic == "decide" else {"worker", "slack"})
        if tell and not able and self._notices is not None:
            self._notices.tell(topic)

    async def follow_rules(self, old: Policy, new: Policy) -> None:
        """Other connections where policy describes other systems; everything else reads the policy in force by itself."""
        gone = [name for name, system in old.systems.items() if new.systems.get(name) != system]
        for name in (*gone, *(name for name in new.systems if name not in old.systems)):
            system, before = SystemId(name), self.connectors.pop(SystemId(name), None)
            self._abilities.pop(system, None)
            if name in new.systems:
                connector = build(
                    system, new.systems[name], self._environment, now=self.clock.now, loopback=self._loopback
                )
                self.connectors[system], self._abilities[system] = connector, connector.abilities
            if before is not None:
                await before.close()
        async with self.store.unit_of_work() as uow:
            await uow.systems.ensure([SystemId(name) for name in new.systems], self.clock.now())
            await uow.systems.expect_readings(self._readable)
            await uow.systems.mark_due([SystemId(name) for name in new.systems], self.clock.now())
        self._recorded()

    # -- life ----------------------------------------------------------------------------------------------------------

    async def start(self, slack: SlackSide | None = None) -> None:
        """Open the doors, then begin to work. ``web_url`` and ``health_url`` say where."""
        self.slack = slack
        async with self.store.unit_of_work() as uow:
            await uow.systems.ensure([SystemId(name) for name in self.policy.current.systems], self.clock.now())
            await uow.systems.expect_readings(self._readable)
        await self._open_doors()
        for loop in self.loops:
            self._tasks.append(asyncio.create_task(loop.run(), name=loop.name))
        if self._notices is not None:
            self._tasks.append(asyncio.create_task(self._notices.run(), name="notices"))
        if slack is not None:
            await slack.start()
        if "scheduler" in self.roles:
            self.jobs.start(
                also=Privacy(
                    self.store, self.policy, self.clock, self.holder, DataFolder(self.settings.data_folder)
                ).tick,
                beside=Nightly(self.store, self.reconciler, self.policy, self.clock, self.holder).tick,
            )
        _log.info(
            "started",
            roles=sorted(self.roles),
            web=self.web_url,
            health=self.health_url,
            policy=self.policy.current.version,
            event_loop=name_of(asyncio.get_running_loop()),
        )

    async def start_with(self, connect: Callable[[], Awaitable[SlackSide]]) -> None:
        """Start with Slack. While that is away the rest works: it is connected to as soon as it is there. Raises BadInput for a
        token that is no good, and TryAgain in HTTP mode, which has no door for Slack before it knows the workspace."""
        try:
            await self.start(await connect())
        except TryAgain as away:
            if self.settings.slack_mode == "http":
                raise
            _log.error("slack_is_away", error=str(away), so="everything else works; Slack follows when it is back")
            await self.start()
            self._tasks.append(asyncio.create_task(self._slack_later(connect), name="slack-connecting"))

    async def _slack_later(self, connect: Callable[[], Awaitable[SlackSide]]) -> None:
        while self.slack is None:
            await asyncio.sleep(SLACK_AGAIN)
            try:
                slack = await connect()
            except (TryAgain, BadInput) as error:
                _log.warning("slack_is_still_away", error=str(error))
                continue
            self.slack = slack
            await slack.start()

    async def _open_doors(self) -> None:
        app = web.Application(client_max_size=9 * 1024 * 1024)
        if "web" in self.roles:
            app.add_routes(WebhookDoor(self.connectors, self.recorder, self.clock).routes())
            ledger = EventLedger(self.store, self.policy, self.clock, self._environment, recorded=self._recorded)
            app.add_routes(EventsEndpoint(ledger, self.clock).routes())
            app.add_routes([openapi_route()])
        if self.slack is not None:
            app.add_routes(self.slack.routes())
        if app.router.routes():
            # Several processes of one host may share a port; on SQLite a second one is a mistake and must say so.
            shared = self.store.postgres and self.settings.web_port != 0
            self.web_url = await self._serve(app, self.settings.web_host, self.settings.web_port, shared=shared)
        health = web.Application()
        health.add_routes(Health(self.store, self.policy, self.clock, self.loops).routes())
        health.add_routes(self.metrics.routes())
        self.health_url = await self._serve(health, self.settings.health_host, self.settings.health_port)

    async def _serve(self, app: web.Application, host: str, port: int, *, shared: bool = False) -> str:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=5.0, auto_decompress=False)
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, host, port, reuse_port=shared and hasattr(socket, "SO_REUSEPORT")).start()
        bound_host, bound_port = runner.addresses[0][:2]
        return f"http://{bound_host}:{bound_port}"

    async def subscribe(self, public_url: str) -> None:
        """See to it that every channel that sends webhooks sends them here."""
        for system, connector in self.connectors.items():
            if connector.abilities.receives_webhooks and hasattr(connector, "ensure_subscriptions"):
                made = await connector.ensure_subscriptions(f"{public_url.rstrip('/')}/hooks/{system}")
                _log.info("subscribed", system=system, made=made)

    async def unread(self) -> dict[SystemId, Behind]:
        """The systems that must be read whole before they may be raised, and why."""
        async with self.store.reading() as uow:
            readings = await uow.systems.readings()
        found = {name: behind(readings.get(name), self.policy.current, self.clock.now()) for name in self._readable}
        return {name: why for name, why in found.items() if why is not None}

    async def stop(self) -> None:
        """Drain: doors first, then loops, then what they used."""
        self.jobs.stop()
        for runner in self._runners:
            await runner.cleanup()
        if self.slack is not None:
            await self.slack.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            if "worker" in self.roles:
                async with asyncio.timeout(LEAVES_WITHIN):
                    await self.lanes.leave()
        except DATABASE_ERRORS as error:
            _log.warning("lanes_not_given_back", error=repr(error), so="the next process waits for the leases to end")
        finally:
            for connector in self.connectors.values():
                await connector.close()
            await self.store.close()
        _log.info("stopped")


async def build_product(
    settings: Settings,
    policy_text: str,
    environment: Mapping[str, str],
    *,
    clock: Clock | None = None,
    author: str = "policy.yml",
    loopback: bool = False,
    roles: frozenset[Role] = frozenset(ROLES),
    rules_file: Path | None = None,
) -> Product:
    """Read the policy, open and migrate the store, take the policy, build the connectors; a change of ``rules_file`` is
    taken while the product runs.

    ``loopback`` True lets connectors speak to stand-ins on this machine (demo and tests only). Raises PolicyFaulty,
    SettingMissing.
    """
    policy = read_policy(fill(policy_text, environment), str(settings.policy_file))
    clock = clock or WallClock()
    store = await open_store(settings.database_url, clock=clock)
    await store.migrate()
    if rules_file is not None:
        policy, policy_text = await _signed(store, policy, policy_text, environment)
    in_force = await take(store, policy, policy_text, author, clock)
    connectors = {
        SystemId(name): build(SystemId(name), system, environment, now=clock.now, loopback=loopback)
        for name, system in in_force.systems.items()
    }
    return Product(
        settings,
        store,
        PolicyInForce(in_force),
        clock,
        connectors,
        environment,
        roles,
        loopback=loopback,
        rules_file=rules_file,
    )


async def _signed(store: SqlStore, policy: Policy, text: str, environment: Mapping[str, str]) -> tuple[Policy, str]:
    """The policy of the file, or the one taken last where the file changes what needs two people; following the file then
    says so aloud."""
    known = await store.policy_taken()
    if known is None or known.text == text:
        return policy, text
    try:
        last = read_policy(fill(known.text, environment), "the policy taken last")
    except PolicyFaulty:
        return policy, text
    return (last, known.text) if needs_second(last, policy) else (policy, text)


async def take(store: SqlStore, policy: Policy, text: str, author: str, clock: Clock) -> Policy:
    """Put a policy in force with its version; the same text as before is the same version."""
    known = await store.policy_taken()
    changes = changes_since(known.text, text) if known and known.text != text else []
    version = await store.take_policy(text, author, changes, clock.now())
    return policy.model_copy(update={"version": version})


def changes_since(before: str, text: str) -> list[str]:
    """What changed, as sentences: both texts as written, so that nothing of the environment comes into the chain."""
    try:
        return diff(read_policy(before, "the policy before"), read_policy(text))
    except PolicyFaulty:
        return ["the policy before can no longer be read by this version; the new one is taken whole"]
