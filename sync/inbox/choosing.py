"""Choosing the product behind a code: looked at first in a transaction that is undone, then done exactly so, in a person's name.

Which product is meant is never guessed: a person names it, sees before and after of both, and sends that once.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sync.actions.applied import owning
from sync.errors import BadInput, NotPermitted
from sync.exceptions.lifecycle import Step
from sync.inbox.acts import Actor, FieldError, Outcome
from sync.inbox.looking import case_view
from sync.inbox.performing import shown_hash
from sync.inbox.rights import check_rights
from sync.inbox.service import INTENT_LIVES
from sync.model.exceptions import Action, ActionKind, ActionState, Case, ExceptionClass
from sync.model.facts import ItemRef
from sync.model.ids import ExceptionId, SkuId
from sync.model.mapping import Remapped, Wish
from sync.model.proof import Entry
from sync.path.written import write_steps
from sync.policy.holder import PolicyInForce
from sync.ports import Clock, Intent, Store, UnitOfWork
from sync.sentences import one_stop

VERB = "choose"
CHOOSABLE = ("unmapped", "moved")
"""Catalogue faults that end with one code meaning one product."""
MOST = 20


@dataclass(frozen=True, slots=True)
class Code:
    """A code that somebody must say the meaning of; ``proposal`` is the product that the channel itself names, if any."""

    ref: ItemRef
    proposal: str = ""

    @property
    def key(self) -> str:
        """``sku:ABC-1``."""
        return f"{self.ref.namespace}:{self.ref.value}"


@dataclass(frozen=True, slots=True)
class Looked:
    """What a choice would do, as it was shown, and the stored intent that does exactly that."""

    intent: str
    wish: Wish
    change: Remapped


class _OnlyLooked(Exception):
    """Ends a unit of work without writing."""


def codes_of(case: Case) -> tuple[Code, ...]:
    """The codes that a catalogue fault is about; none where no code is to be chosen."""
    if case.fingerprint.cls is not ExceptionClass.CATALOG_FAULT or case.life.ended:
        return ()
    facts = case.evidence.facts
    if case.fingerprint.detail == "unmapped":
        return tuple(Code(ItemRef(namespace, value)) for namespace, value in facts[:MOST])
    named = dict(facts)
    if case.fingerprint.detail == "moved" and "ref" in named:
        namespace, _, value = named["ref"].partition(":")
        return (Code(ItemRef(namespace, value), named.get("claims", "")),)
    return ()


class Choosing:
    """What the Slack room asks for when a product is to be chosen."""

    def __init__(
        self, store: Store, policy: PolicyInForce, clock: Clock, *, acted: Callable[[], None] = lambda: None
    ) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._acted = acted

    async def may(self, actor: Actor, case: ExceptionId) -> Case | Outcome:
        """The exception, if this person may choose for it; else why not."""
        async with self._store.reading() as uow:
            found = await uow.cases.get(case)
        if found is None:
            return Outcome("refused", "There is no such exception.")
        return self._refused(actor, found) or found

    async def look(self, actor: Actor, case: ExceptionId, code: str, sku: str, reason: str) -> Looked | Outcome:
        """What it would do; nothing is written but the intent. ``fields``: no such product, or no reason."""
        found = await self.may(actor, case)
        if isinstance(found, Outcome):
            return found
        wish = self._wish(found, code, sku)
        if not reason.strip():
            return Outcome("fields", errors=(FieldError("reason", "Say why; it goes into the proof."),), case=case)
        seen: list[Remapped] = []
        try:
            async with self._store.unit_of_work() as uow:
                seen.append(await uow.remap(wish, self._policy.current, self._clock.now(), by=actor.user))
                raise _OnlyLooked
        except BadInput as error:
            return Outcome("fields", errors=(FieldError("sku", str(error)),), case=case)
        except _OnlyLooked:
            intent = self._intent(actor, found, wish, reason.strip(), seen[0])
        async with self._store.unit_of_work() as uow:
            await uow.intents.save(intent)
        return Looked(intent.id, wish, seen[0])

    async def choose(self, actor: Actor, intent_id: str) -> Outcome | Looked:
        """Do what was looked at. When it would do something else by now, nothing is done and that is shown."""
        async with self._store.unit_of_work() as uow:
            intent = await uow.intents.get(intent_id, lock=True)
            if intent is None or intent.actor != actor.user or intent.kind != VERB:
                return Outcome("refused", "This form is not yours, or is gone. Open it again from the card.")
            if intent.used_at is not None:
                return Outcome("done", intent.answer, case=intent.case)
        data = dict(intent.data)
        found = await self.may(actor, intent.case)
        if isinstance(found, Outcome):
            return found
        stale = intent.expires_at < self._clock.now() or intent.policy_version != self._policy.current.version
        if stale:
            return await self.look(actor, intent.case, data["code"], data["sku"], data["reason"])
        try:
            async with self._store.unit_of_work() as uow:
                answer = await self._done(uow, actor, intent, data)
        except _OnlyLooked:
            return await self.look(actor, intent.case, data["code"], data["sku"], data["reason"])
        except BadInput as error:
            return Outcome("refused", str(error), case=intent.case)
        self._acted()
        return Outcome("done", answer, case=intent.case)

    async def _done(self, uow: UnitOfWork, actor: Actor, intent: Intent, data: Mapping[str, str]) -> str:
        policy, now = self._policy.current, self._clock.now()
        held = await uow.intents.get(intent.id, lock=True)
        if held is not None and held.used_at is not None:
            return held.answer
        case = await uow.cases.get(intent.case)
        if case is None or case.life.ended:
            raise BadInput("It has ended meanwhile. Nothing was changed.")
        wish = self._wish(case, data["code"], data["sku"])
        change = await uow.remap(wish, policy, now, by=actor.user)
        if shown_hash((*change.before, *change.after)) != intent.shown:
            raise _OnlyLooked
        case = await uow.cases.get(intent.case, lock=True)
        if case is None or case.life.ended:
            raise BadInput("It has ended meanwhile. Nothing was changed.")
        await write_steps(uow, [_step(case, actor, wish, change, data["reason"], now)], now, clicked=True)
        if case.fingerprint.sku is None:
            await uow.systems.mark_due(case.fingerprint.systems[:1], now)
        facts = f"{change.facts} fact{'' if change.facts == 1 else 's'}"
        answer = f"{wish.ref.value} means {wish.sku} now: {facts} moved, and both are counted anew."
        await uow.intents.save(replace(intent, used_at=now, answer=answer))
        return answer

    def _wish(self, case: Case, code: str, sku: str) -> Wish:
        chosen = next((one for one in codes_of(case) if one.key == code), None)
        if chosen is None:
            raise BadInput("This code is not in question here any more. Open the form again from the card.")
        return Wish(case.fingerprint.systems[0], chosen.ref, SkuId(sku.strip()))

    def _refused(self, actor: Actor, case: Case) -> Outcome | None:
        policy, now = self._policy.current, self._clock.now()
        try:
            check_rights(policy, actor, VERB, case_view(case, None, policy, {}, now))
        except NotPermitted as refusal:
            return Outcome("refused", str(refusal), case=case.id)
        if not codes_of(case):
            return Outcome("refused", "No code is in question here any more. Nothing was changed.", case=case.id)
        return None

    def _intent(self, actor: Actor, case: Case, wish: Wish, reason: str, change: Remapped) -> Intent:
        code = f"{wish.ref.namespace}:{wish.ref.value}"
        return Intent(
            id=f"in_{secrets.token_hex(12)}",
            actor=actor.user,
            kind=VERB,
            case=case.id,
            version=case.version,
            shown=shown_hash((*change.before, *change.after)),
            policy_version=self._policy.current.version,
            expires_at=self._clock.now() + INTENT_LIVES,
            data=(("code", code), ("reason", reason), ("sku", wish.sku)),
        )


def _step(case: Case, actor: Actor, wish: Wish, change: Remapped, reason: str, now: datetime) -> Step:
    """The exception with what a person chose, and its proof."""
    owned, taken = owning(case, actor, now)
    figures = (
        ("code", f"{wish.ref.namespace}:{wish.ref.value}"),
        ("old", str(change.old or "")),
        ("new", str(wish.sku)),
        ("facts", str(change.facts)),
    )
    said = Entry(
        "product_chosen",
        now,
        actor.user,
        one_stop(f"{actor.name} chose {wish.sku} for {wish.ref.value}, not {change.old or 'nothing'}: {reason}"),
        (("by", actor.name), ("team", actor.team), *figures, ("note", reason)),
    )
    act = Action(
        id=0,
        kind=ActionKind.CHOOSE,
        state=ActionState.DONE,
        by=actor.user,
        by_name=actor.name,
        at=now,
        reason=VERB,
        note=reason,
        figures=figures,
        settled_at=now,
    )
    return Step(replace(owned, actions=(*owned.actions, act), version=case.version + 1), (*taken, said))
