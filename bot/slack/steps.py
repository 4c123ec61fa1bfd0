"""Steps of Workflow Builder: open an inventory exception, request a count.

Slack does not say who started a workflow; its author chooses the person in whose name a step asks. So a step never does more than
report a number and ask for a count: nothing that customers or books would see. The person's rights hold as for a click.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ValidationError
from slack_bolt.context.complete.async_complete import AsyncComplete
from slack_bolt.context.fail.async_fail import AsyncFail

from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.clicks import said
from bot.slack.payloads import Team, Who
from bot.slack.room import Room
from sync.errors import BadInput
from sync.inbox.acts import Act, Actor, Outcome, Report, RequestCount
from sync.inbox.view import CaseView, SkuView
from sync.model.exceptions import ActionKind, ActionState, ExceptionClass
from sync.model.ids import ExceptionId, LocationId, UserId, exception_name, parse_exception_name

OPEN, COUNT = "open_inventory_exception", "request_count"
WITHIN = timedelta(seconds=30)
"""How long a step waits for its act; a workflow has time."""


class Inputs(BaseModel):
    """What the workflow's author gave the step."""

    sku: str
    person: UserId
    words: str = ""
    place: str = ""


class Steps:
    """Runs the steps, and tells Slack what came of each. The same execution told twice is done once."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def open_exception(self, event: dict[str, Any], complete: AsyncComplete, fail: AsyncFail) -> None:
        """Report a number of a SKU as wrong."""
        await self._run(event, complete, fail, self._open)

    async def request_count(self, event: dict[str, Any], complete: AsyncComplete, fail: AsyncFail) -> None:
        """Ask for a count of an exception's SKU."""
        await self._run(event, complete, fail, self._count)

    async def _run(self, event: dict[str, Any], complete: AsyncComplete, fail: AsyncFail, step: Any) -> None:
        try:
            given = Inputs.model_validate({k: v for k, v in event["inputs"].items() if v is not None})
            actor = await self._room.actor(Who(id=given.person), Team(id=self._room.team))
            outcome = await step(given, actor, f"workflow:{event['function_execution_id']}")
        except ValidationError:
            await fail(t.STEP_NOBODY)
            return
        except BadInput as error:
            await fail(fmt.bare(str(error)))
            return
        if outcome.kind != "done" or outcome.case is None:
            await fail(t.STEP_REFUSED.format(why=self._named(said(outcome))))
            return
        await complete({"exception": exception_name(outcome.case), "told": outcome.text})

    async def _open(self, given: Inputs, actor: Actor, source: str) -> Outcome:
        found = await self._sku(given.sku)
        for case in found.cases:
            if case.fingerprint.cls is ExceptionClass.REPORTED and case.fingerprint.listing is None:
                told = [dict(one.entry.figures).get("message") for one in await self._room.inbox.history(case.id, 0)]
                if source in told:
                    return Outcome("done", t.STEP_DONE, case=case.id)
        return await self._act(actor, Report(given.words, sku=found.sku.id, source=source), None)

    async def _count(self, given: Inputs, actor: Actor, source: str) -> Outcome:
        view = await self._case(given.sku)
        standing = view.case.standing(ActionKind.COUNT)
        if standing is not None and standing.state is ActionState.WANTED:
            return Outcome("done", t.STEP_COUNT_THERE.format(who=standing.by_name), case=view.case.id)
        return await self._act(actor, RequestCount(self._place(given.place, view), None, None, given.words), view)

    async def _act(self, actor: Actor, act: Act, view: CaseView | None) -> Outcome:
        case = view.case if view is not None else None
        return await self._room.inbox.act(
            actor, act, case=case.id if case else None, version=case.version if case else None, within=WITHIN
        )

    async def _sku(self, text: str) -> SkuView:
        found = await self._room.inbox.sku_view(text.strip())
        if isinstance(found, SkuView):
            return found
        near = t.STEP_NEAR.format(skus=fmt.listed([one for one, _title in found.near], 3)) if found.near else ""
        raise BadInput(t.STEP_NO_SKU.format(text=f"“{fmt.plain(text, 60)}”", near=near))

    async def _case(self, text: str) -> CaseView:
        """The exception that is named, else the one that is open for the SKU, the most urgent of several."""
        case: ExceptionId | None
        try:
            case = parse_exception_name(text.strip())
        except ValueError:
            found = await self._sku(text)
            worst = max(found.cases, key=lambda one: one.risk.per_hour, default=None)
            case = worst.id if worst is not None else None
        view = await self._room.inbox.view(case) if case is not None else None
        if view is None:
            raise BadInput(t.STEP_NOTHING_OPEN.format(sku=fmt.plain(text, 60)))
        return view

    def _place(self, text: str, view: CaseView) -> LocationId:
        places = self._room.policy.current.locations
        wanted = text.strip().casefold()
        for name, place in places.items():
            if wanted and wanted in (name.casefold(), place.name.casefold()):
                return LocationId(name)
        deciding = [line.location for line in (view.sku.positions if view.sku else ()) if line.decides]
        own = view.case.fingerprint.location or (deciding[0] if deciding else None)
        if wanted or own is None:
            names = fmt.listed([place.name for place in places.values()], 10)
            raise BadInput(t.STEP_NO_PLACE.format(text=f"“{fmt.plain(text, 40)}”", places=names))
        return own

    def _named(self, text: str) -> str:
        """Names instead of mentions: a workflow's error is plain text."""
        for user, name in self._room.directory.names().items():
            text = text.replace(f"<@{user}>", name)
        return text
