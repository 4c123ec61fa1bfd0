"""The inbox itself: looking, preparing a modal, and acting. A click is committed or refused before Slack hears yes."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from decimal import Decimal

import structlog

from sync.actions import correction
from sync.actions.applied import SUMMED, Applied, Setting
from sync.actions.counting_anyway import is_unusable, preview_held
from sync.bulk.service import BulkActs
from sync.connectors.base import Inbound
from sync.errors import AlreadyHandled, BadInput, ReasonRequired, RefusedByRule, Stale
from sync.exceptions.lifecycle import Step
from sync.inbox.acts import (
    Act,
    Actor,
    CountAnyway,
    DecideCorrection,
    FieldError,
    Outcome,
    Override,
    ProposeCorrection,
    Reopen,
    Vouch,
)
from sync.inbox.drafts import OPENS, asked_of, completed, opening_of
from sync.inbox.effect import Effect, data_of, weight_in
from sync.inbox.looking import Can, case_view, colleagues, sku_view
from sync.inbox.performing import SHOWN_AGAIN, field_of, perform, preview_of, shown_hash
from sync.inbox.refusing import refusal
from sync.inbox.rights import check_rights
from sync.inbox.silent import SilentSkus
from sync.inbox.view import CaseView, Prepared, SkuMiss, SkuView
from sync.inbox.weighing import WORD_KINDS, check_numbers, silence_of, weighed
from sync.model.exceptions import Case
from sync.model.ids import ExceptionId, ListingId, QueueId, SkuId, UserId, exception_name
from sync.model.outbox import Post, PostKind, next_revision
from sync.model.proof import ChainedEntry, Entry, exception_chain
from sync.model.stock import Sku
from sync.owners.still import rearmed
from sync.path.judge import look
from sync.path.recorder import record_group
from sync.path.recording import GroupItem
from sync.path.spoken import speak
from sync.path.written import URGENT, write_steps
from sync.policy.holder import PolicyInForce
from sync.policy.schema import COUNT_SYSTEM
from sync.ports import Clock, Intent, Store, UnitOfWork
from sync.titles import likest

INTENT_LIVES = timedelta(minutes=10)

_log = structlog.get_logger(__name__)


class Inbox:
    """What the Slack room calls. Every method reads or commits in one unit of work."""

    def __init__(
        self,
        store: Store,
        policy: PolicyInForce,
        clock: Clock,
        abilities: Can,
        *,
        acted: Callable[[], None] = lambda: None,
    ) -> None:
        """``acted`` is called after each commit, to wake lanes, decider and delivery."""
        self._store = store
        self._policy = policy
        self._clock = clock
        self._abilities = abilities
        self._acted = acted
        self._running: set[asyncio.Task[Outcome]] = set()
        self.silent = SilentSkus(store, policy, clock, abilities)
        self.bulk = BulkActs(store, policy, clock, abilities, acted=lambda: self._acted())

    # -- looking -------------------------------------------------------------------------------------------------------

    async def view(self, case: ExceptionId, history: bool = False) -> CaseView | None:
        """One exception with all that its card says; None when there is no such exception."""
        async with self._store.reading() as uow:
            found = await uow.cases.get(case)
            if found is None:
                return None
            entries = await uow.proofs.chain(exception_chain(case)) if history or found.life.ended else ()
            return await self._view(uow, found, entries)

    async def sku_view(self, text: str) -> SkuView | SkuMiss:
        """By code, GTIN, listing id or part of the title; a miss names the nearest."""
        async with self._store.reading() as uow:
            near = await uow.catalogue.find(text) or await self._by_channel_id(uow, text)
            exact = [sku for sku in near if sku.id.casefold() == text.strip().casefold() or sku.gtin == text.strip()]
            chosen = exact[0] if exact else near[0] if len(near) == 1 else None
            if chosen is None:
                near = near or likest(text, await uow.catalogue.nearest(text))
                return SkuMiss(text, tuple((sku.id, sku.title) for sku in near))
            now = self._clock.now()
            whole = (await uow.stock.load([chosen.id], now))[chosen.id]
            picture = look(whole, whole.state, self._policy.current, now)
            recent = await uow.views.recent_facts(chosen.id)
            return sku_view(picture, self._policy.current, self._abilities, now, recent)

    async def _by_channel_id(self, uow: UnitOfWork, text: str) -> Sequence[Sku]:
        """By what a channel alone calls its listing; asked only when nothing else fits."""
        for system in self._policy.current.channels:
            found = await uow.catalogue.find(f"{system}:{text.strip()}")
            if found:
                return found[:1]
        return ()

    async def queue_list(self, queue: QueueId | None, owner: UserId | None = None, limit: int = 100) -> Sequence[Case]:
        """Unresolved cases of a queue or an owner, most urgent first."""
        async with self._store.reading() as uow:
            return await uow.cases.unresolved(queue, owner, limit)

    async def queue_counts(self) -> Mapping[QueueId, tuple[int, int, Decimal]]:
        """Per queue: unresolved, late, money at risk."""
        async with self._store.reading() as uow:
            return await uow.cases.counts()

    async def history(self, case: ExceptionId, after_seq: int) -> Sequence[ChainedEntry]:
        """The chain's entries after ``after_seq``."""
        async with self._store.reading() as uow:
            return [entry for entry in await uow.proofs.chain(exception_chain(case)) if entry.seq > after_seq]

    # -- preparing -----------------------------------------------------------------------------------------------------

    async def prepare(
        self, actor: Actor, kind: str, case: ExceptionId, version: int, data: Mapping[str, str]
    ) -> Prepared | Outcome:
        """Store the intent that a modal stands for, with what it shows; or say why it may not be opened."""
        policy = self._policy.current
        effect = await self._weighed(actor, kind, case)
        data = {**data, **data_of(effect)} if effect is not None else data
        async with self._store.unit_of_work() as uow:
            found = await uow.cases.get(case) if case else None
            if kind in OPENS:
                sku = SkuId(data.get("sku") or (found.fingerprint.sku if found and found.fingerprint.sku else ""))
                asked = data.get("listing") or (found.fingerprint.listing if found else None)
                found = await self._case_of_its_own(uow, kind, sku, ListingId(asked) if asked else None)
                case, data = found.id if found else case, {**data, "sku": sku}
            if found is None:
                return Outcome("refused", f"There is no {exception_name(case)}." if case else "There is no such SKU.")
            view = await self._view(uow, found, ())
            if found.life.ended and kind != Reopen.verb:
                return Outcome("refused", f"This was {found.life} at {found.ended_at:%H:%M} UTC.", case=case)
            try:
                check_rights(policy, actor, kind, view)
            except RefusedByRule as refused:
                await self._keep_refusal(uow, actor, kind, case, str(refused))
                return Outcome("refused", str(refused), case=case)
            if kind == CountAnyway.verb and (view.held is None or not view.held.readable):
                return Outcome("faster", preview_held(view)[0], case=case)
            preview = preview_of(kind, view)
            intent = Intent(
                id=f"in_{secrets.token_hex(12)}",
                actor=actor.user,
                kind=kind,
                case=case,
                version=found.version,
                shown=shown_hash(preview),
                policy_version=policy.version,
                expires_at=self._clock.now() + INTENT_LIVES,
                data=tuple(sorted(data.items())),
                view="\n".join(preview),
            )
            await uow.intents.save(intent)
            named = kind in ("handover", "override", "givereason")
            people = colleagues(view, policy, await uow.cases.owned_counts()) if named else ()
        longest = policy.corrections.vouch_lasts if kind == Vouch.verb else policy.corrections.override_lasts
        return Prepared(intent.id, kind, view, preview, intent.data, people, longest, effect)

    async def _weighed(self, actor: Actor, kind: str, case: ExceptionId) -> Effect | None:
        """What a word of this kind on the case's silent source would change; None where there is none to say."""
        if kind not in WORD_KINDS or not case:
            return None
        async with self._store.reading() as uow:
            found = await uow.cases.get(case)
            view = await self._view(uow, found, ()) if found is not None else None
        return await weighed(self._store, actor, view, kind, self._policy.current) if view is not None else None

    # -- acting --------------------------------------------------------------------------------------------------------

    async def act(
        self,
        actor: Actor,
        act: Act,
        *,
        intent: str | None = None,
        case: ExceptionId | None = None,
        version: int | None = None,
        within: timedelta,
    ) -> Outcome:
        """Commit or refuse. What is not known ``within`` goes on and is shown on the card; nothing is swallowed."""
        task = asyncio.create_task(self._act(actor, act, intent, case))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            return await asyncio.wait_for(asyncio.shield(task), within.total_seconds())
        except TimeoutError:
            return Outcome("unknown", "Not known yet: the card will show what came of it.", case=case)

    async def _act(self, actor: Actor, act: Act, intent_id: str | None, case_id: ExceptionId | None) -> Outcome:
        outcome = await self._store.run(lambda uow: self._act_in(uow, actor, act, intent_id, case_id))
        self._acted()
        return outcome

    async def _act_in(
        self, uow: UnitOfWork, actor: Actor, act: Act, intent_id: str | None, case_id: ExceptionId | None
    ) -> Outcome:
        """The act within its transaction."""
        intent = await uow.intents.get(intent_id, lock=True) if intent_id else None
        if intent_id is not None:
            early = self._check_intent(intent, actor, act)
            if early is not None:
                return early
        data = dict(intent.data) if intent is not None else {}
        act = completed(act, data)
        opening = opening_of(act, data)
        target = intent.case if intent is not None else case_id
        if opening is not None:
            found = await self._case_of_its_own(uow, act.verb, *opening)
        elif target is None:
            raise BadInput("An act needs an exception.")
        else:
            found = await self._locked(uow, target)
        if found is None:
            return Outcome("refused", f"There is no {exception_name(target)}." if target else "There is no such SKU.")
        outcome = await self._apply(uow, actor, act, found, intent)
        if intent is not None and outcome.kind == "done":
            used = replace(intent, used_at=self._clock.now(), answer=outcome.text)
            await uow.intents.save(used)
        return outcome

    def _check_intent(self, intent: Intent | None, actor: Actor, act: Act) -> Outcome | None:
        if intent is None or intent.actor != actor.user or intent.kind != act.verb:
            return Outcome("refused", "This form is not yours, or is gone. Open it again from the card.")
        if intent.used_at is not None:
            return Outcome("done", intent.answer, case=intent.case)
        old = intent.expires_at < self._clock.now()
        policy = self._policy.current.version
        if old or intent.policy_version != policy:
            why = "It was open for more than 10 min" if old else f"The rules changed while you wrote (policy {policy})"
            text = f"{why}. Look at the numbers once more and send again."
            return Outcome("changed", text, case=intent.case, opened_for=intent.data)
        return None

    async def _case_of_its_own(self, uow: UnitOfWork, kind: str, sku: SkuId, listing: ListingId | None) -> Case | None:
        """The exception that an act of this kind is recorded in, under the SKU's lock; None: no such SKU or listing."""
        if not await uow.catalogue.skus([sku]):
            return None
        await uow.stock.lock([sku])
        now, policy = self._clock.now(), self._policy.current
        whole = (await uow.stock.load([sku], now))[sku]
        try:
            return OPENS[kind](look(whole, whole.state, policy, now), listing, policy, now)
        except BadInput:
            return None

    async def _locked(self, uow: UnitOfWork, case: ExceptionId) -> Case | None:
        """The case under the lock of what it is about: the SKU's stock row, or the system's row, then its own."""
        peek = await uow.cases.get(case)
        if peek is None:
            return None
        if peek.fingerprint.sku is not None:
            await uow.stock.lock([peek.fingerprint.sku])
        else:
            for system in peek.fingerprint.systems[:1]:
                await uow.systems.lock(system)
        return await uow.cases.get(case, lock=True)

    async def _apply(self, uow: UnitOfWork, actor: Actor, act: Act, case: Case, intent: Intent | None) -> Outcome:
        policy, now = self._policy.current, self._clock.now()
        view = await self._view(uow, case, ())
        try:
            for verb in asked_of(act):
                check_rights(policy, actor, verb, view)
            if case.life.ended and not isinstance(act, Reopen):
                raise AlreadyHandled(
                    f"This was {case.life} by {case.ended_name or 'itself'} at {case.ended_at:%H:%M} UTC."
                )
            silent, told = await silence_of(uow, case, policy, now), dict(intent.data) if intent is not None else {}
            check_numbers(view, silent, told)
            spent = await self._spent(uow, actor, act, case)
            setting = Setting(policy, now, self._abilities, spent, silent, weight_in(told))
            applied = perform(view, act, actor, setting)
        except ReasonRequired as error:
            return Outcome("fields", errors=(FieldError(field_of(act, "reason"), str(error)),), case=case.id)
        except Stale as error:
            return Outcome("changed", str(error), case=case.id, opened_for=intent.data if intent else ())
        except AlreadyHandled as error:
            return Outcome("faster", str(error), case=case.id)
        except RefusedByRule as error:
            await self._keep_refusal(uow, actor, act.verb, case.id, str(error))
            return Outcome("refused", str(error), case=case.id)
        except BadInput as error:
            return Outcome(
                "fields", errors=(FieldError(error.field or field_of(act, "input"), str(error)),), case=case.id
            )
        news = _news(intent, view) if intent is not None else ()
        if intent is not None and news:
            text = " ".join(["Changed while you wrote:", *news, "Check and send again."])
            return Outcome("changed", text, case=case.id, opened_for=intent.data)
        applied = replace(applied, case=rearmed(case, applied.case, actor.user, policy, now))
        entries = tuple(_identified(entry, actor, act, intent) for entry in applied.entries)
        written = await self._write(uow, replace(applied, entries=entries), case)
        return Outcome("done", applied.answer, case=written)

    async def _keep_refusal(self, uow: UnitOfWork, actor: Actor, verb: str, case: ExceptionId, why: str) -> None:
        """Who tried what and might not stands in the thread and in the proof."""
        found = await self._locked(uow, case) if case else None
        if found is None:
            return
        now = self._clock.now()
        history = await uow.proofs.chain(exception_chain(case))
        entry = refusal(verb, actor, why, history, self._policy.current, now)
        if entry is not None:
            await write_steps(uow, [Step(replace(found, version=found.version + 1), (entry,))], now)

    async def _write(self, uow: UnitOfWork, applied: Applied, before: Case) -> ExceptionId:
        """Everything that an act changes; the id of its exception, which the act may have opened."""
        now, case = self._clock.now(), applied.case
        if applied.case != before:
            step = Step(
                applied.case,
                applied.entries,
                opened=not before.id,
                reopened=applied.reopened,
                moved=applied.moved,
                mentions=applied.mentions,
            )
            (case,) = await write_steps(uow, [step], now, clicked=True)
        await uow.posts.want([_notice(case, user, text, now) for user, text in applied.notices])
        if applied.targets:
            known = [await uow.outbox.get(target.key) for target in applied.targets]
            revisions = {target.key: target for target in known if target is not None}
            await uow.outbox.want([next_revision(target, revisions.get(target.key)) for target in applied.targets])
        if applied.spoken is not None:
            await speak(uow, applied.spoken, applied.entries[-1])
        if applied.released is not None:
            held = applied.released
            await uow.held_files.release(held.delivery, held.by, held.by_name, case.id, now)
        if applied.retry:
            await uow.outbox.retry(applied.retry, now)
        if applied.facts is not None:
            body = applied.facts.key.encode()
            inbound = Inbound(system=COUNT_SYSTEM, door="slack", body=body, received_at=now)
            await record_group(uow, [GroupItem(inbound, applied.facts)], self._policy.current, now)
        if before.fingerprint.sku is not None:
            await uow.stock.mark_due([before.fingerprint.sku], now)
        else:
            await uow.systems.mark_due(before.fingerprint.systems[:1], now)
        return case.id

    async def _spent(self, uow: UnitOfWork, actor: Actor, act: Act, case: Case) -> Decimal:
        """What those who give or gave the number have corrected at this place in 24 h, without the correction in hand."""
        if case.fingerprint.sku is None:
            return Decimal(0)
        since = self._clock.now() - SUMMED
        if isinstance(act, ProposeCorrection):
            people = [actor.user, *correction.counters(case)]
            return await uow.cases.correction_value(people, case.fingerprint.sku, act.location, since)
        channel = self._policy.current.channels.get(case.fingerprint.systems[0]) if case.fingerprint.systems else None
        if isinstance(act, Override) and channel is not None and channel.publish_to is not None:
            return await uow.cases.correction_value([actor.user], case.fingerprint.sku, channel.publish_to, since)
        asked = correction.asked(case, act) if isinstance(act, DecideCorrection) else None
        if asked is None or asked.location is None:
            return Decimal(0)
        people = [asked.by, *asked.contributors]
        total = await uow.cases.correction_value(people, case.fingerprint.sku, asked.location, since)
        own = Decimal(asked.figure("value") or 0) if asked.state.stands and asked.at >= since else Decimal(0)
        return total - own

    async def _view(self, uow: UnitOfWork, case: Case, history: Sequence[ChainedEntry]) -> CaseView:
        policy, now = self._policy.current, self._clock.now()
        sku: SkuId | None = case.fingerprint.sku
        picture = None
        if sku is not None:
            wholes = await uow.stock.load([sku], now)
            picture = look(wholes[sku], wholes[sku].state, policy, now)
        readings = await uow.systems.readings() if not case.life.ended else {}
        freezes = await uow.freezes.standing() if not case.life.ended else ()
        view = case_view(case, picture, policy, self._abilities, now, history, readings=readings, freezes=freezes)
        if not is_unusable(case) or case.life.ended:
            return view
        held = await uow.held_files.newest(case.fingerprint.systems)
        return replace(view, held=next(iter(held.values()), None))


def _news(intent: Intent, view: CaseView) -> tuple[str, ...]:
    """What a form would say now and did not say when it was opened; what is no longer so alone stops nobody."""
    preview = preview_of(intent.kind, view)
    if intent.kind not in SHOWN_AGAIN or intent.shown == shown_hash(preview):
        return ()
    before = intent.view.split("\n")
    return tuple(line for line in preview if line not in before)


def _identified(entry: Entry, actor: Actor, act: Act, intent: Intent | None) -> Entry:
    """What a person did, with what tells them and it from any other of the same name (F50): their workspace, the form they sent,
    and the digests of what it showed and of what they asked for. Their user id is the entry's actor."""
    if entry.actor != actor.user:
        return entry
    asked = json.dumps(asdict(act), sort_keys=True, default=str, separators=(",", ":"))
    told = [("team", actor.team), ("request", hashlib.sha256(f"{act.verb}:{asked}".encode()).hexdigest())]
    if intent is not None:
        told += [("form", intent.id), ("shown", intent.shown)]
    return replace(entry, figures=(*entry.figures, *told))


def _notice(case: Case, user: UserId, text: str, now: datetime) -> Post:
    """A direct message: what this person alone can do something about."""
    key = f"told:{case.name}:{case.version}:{user}"
    return Post(key=key, kind=PostKind.PRIVATE, channel=user, wanted=1, priority=URGENT, body=text, next_at=now)
