"""Everything that people press to act on many exceptions: open the form, see what it does, send it, see the list, decide."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any

from pydantic import ValidationError
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError

from bot.slack import format as fmt
from bot.slack import modals as m
from bot.slack import texts as t
from bot.slack.answering.cases import matching
from bot.slack.blocks import Block
from bot.slack.bulk import form as f
from bot.slack.bulk.listing import list_file, list_modal
from bot.slack.bulk.messages import names_of
from bot.slack.bulk.words import items
from bot.slack.client import error_code
from bot.slack.direct_files import send_file
from bot.slack.payloads import Click, Submitted, Values
from bot.slack.room import Patience, Room, recorded
from bot.slack.waiting import Waiting, fill, open_waiting, put
from sync.bulk.bulk import EVERYTHING, Bulk, BulkState, who_words
from sync.bulk.service import BulkActs, Chosen
from sync.errors import AlreadyHandled, BadInput, ReasonRequired, RefusedByRule, Stale
from sync.inbox.acts import Actor
from sync.model.exceptions import Case
from sync.model.ids import BulkId, StormId, parse_bulk_name
from sync.storms.acts import standing_for
from sync.storms.causes import told
from sync.storms.storm import Storm, parse_storm_name

SHOWN_AFTER = 1.0
"""Seconds after which Slack has surely shown an answer."""
TOLD_EVERY = 3.0
"""Seconds between two words on how far it is."""


class Bulks:
    """Acts on many, from their buttons."""

    def __init__(self, room: Room) -> None:
        self._room = room

    @property
    def _acts(self) -> BulkActs:
        return self._room.inbox.bulk

    # -- the form ------------------------------------------------------------------------------------------------------

    async def storm_pressed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Open the form for a storm's members."""
        await self._open(ack, body, lambda click: f.About(storm=click.pressed.value.partition(":")[0], count=0))

    async def list_pressed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Open the form for a list that a command or Home showed: it is looked up again by its words."""
        await self._open(ack, body, lambda click: f.About(words=click.pressed.value.partition(" ")[2], count=0))

    async def _open(self, ack: AsyncAck, body: dict[str, Any], read: Callable[[Click], f.About]) -> None:
        await ack()
        click = Click.model_validate(body)
        await self._shown(click, lambda actor: self._form(actor, read(click), None))

    async def _shown(self, click: Click, draw: Callable[[Actor], Awaitable[Block]]) -> None:
        """A modal that says one moment, then what is drawn, or why not."""
        place = await open_waiting(self._room, click)
        if place is not None:
            await fill(self._room, place, lambda: self._drawn(click, draw))

    async def _drawn(self, click: Click | Submitted, draw: Callable[[Actor], Awaitable[Block]]) -> Block:
        try:
            return await draw(await self._room.actor(click.user, click.team))
        except (RefusedByRule, BadInput) as refusal:
            return m.refused(str(refusal))

    async def _form(self, actor: Actor, about: f.About, values: Values | None) -> Block:
        policy, now = self._room.policy.current, self._room.now
        if about.storm:
            storm, worst = await self._storm(actor, about)
            known = f.About(storm=storm.name, count=storm.members, exposed=storm.exposed)
            head = t.BULK_ABOUT_STORM.format(
                name=storm.name,
                cause=fmt.mrkdwn(told(policy, storm.cause), 120),
                count=items(storm.members),
                exposed=fmt.number(storm.exposed),
                risk=fmt.estimate(storm.risk, policy.currency),
            )
            return f.form(known, head, worst, policy, now, values)
        if values is not None and values.option("who") != "chosen":
            return f.form(about, f.head_of_list(about), (), policy, now, values)
        found = await matching(self._room, about.words.split(), actor.user)
        exposed = sum(case.risk_now.amount > 0 for case in found.cases)
        known = f.About(words=about.words, count=len(found.cases), exposed=exposed)
        if not found.cases:
            return m.refused(t.BULK_NOTHING)
        return f.form(known, f.head_of_list(known), found.cases, policy, now, values)

    async def _storm(self, actor: Actor, about: f.About) -> tuple[Storm, Sequence[Case]]:
        wanted = _storm_id(about.storm)
        async with self._room.store.reading() as uow:
            storm = standing_for(self._room.policy.current, actor, await uow.storms.get(wanted), wanted)
            return storm, await uow.storms.worst(wanted, f.MOST_CHOSEN)

    async def changed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Another choice asks for other fields; what was typed stays."""
        await ack()
        click = Click.model_validate(body)
        shown = click.modal
        if shown is None:
            return
        about, values = _about(shown.private_metadata), Values(f.PREFIX, shown.state)
        view = await self._drawn(click, lambda actor: self._form(actor, about, values))
        await put(self._room, Waiting(shown.id, shown.hash), view)

    # -- what it does --------------------------------------------------------------------------------------------------

    async def filled(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """The form is filled in: its place says one moment, then what the act would do, with the list frozen."""
        patience = Patience()
        sent = Submitted.model_validate(body)
        read = f.read(Values(f.PREFIX, sent.view.state))
        if isinstance(read, dict):
            await ack(response_action="errors", errors=read)
            return
        about = _about(sent.view.private_metadata)

        async def frozen(actor: Actor) -> Block:
            chosen, looked = await self._chosen(actor, about, read), self._looking(sent.view.id)
            return self._preview(await self._acts.freeze(actor, read.asked, chosen, looked=looked))

        await self._in_its_place(ack, sent, patience, frozen)

    async def _in_its_place(
        self, ack: AsyncAck, sent: Submitted, patience: Patience, draw: Callable[[Actor], Awaitable[Block]]
    ) -> None:
        """What is drawn in time is the answer itself. Else the answer says one moment, and what is drawn follows once Slack has
        surely shown that: an update that overtook the answer would be overwritten by it."""
        task = asyncio.ensure_future(self._drawn(sent, draw))
        try:
            view = await asyncio.wait_for(asyncio.shield(task), patience.left.total_seconds())
        except TimeoutError:
            await ack(response_action="update", view=m.loading(t.BULK_TITLE))
            await asyncio.sleep(SHOWN_AFTER)
            await fill(self._room, Waiting(sent.view.id), lambda: task)
            return
        await ack(response_action="update", view=view)

    def _looking(self, view_id: str) -> Callable[[int, int], Awaitable[None]]:
        """Says in the modal how far it is with a long list, every few seconds."""
        last = time.monotonic()

        async def looked(done: int, count: int) -> None:
            nonlocal last
            if time.monotonic() - last < TOLD_EVERY or done >= count:
                return
            last = time.monotonic()
            text = t.BULK_LOOKING.format(done=fmt.number(done), count=items(count))
            try:
                await self._room.client.views_update(view_id=view_id, view=m.loading(t.BULK_TITLE, text))
            except SlackApiError as error:
                if error_code(error) not in ("not_found", "ratelimited"):
                    raise

        return looked

    def _preview(self, bulk: Bulk, notice: str = "") -> Block:
        policy = self._room.policy.current
        if not bulk.figures.items:
            return m.refused(f.nothing(bulk, policy))
        return f.confirm(bulk, policy, names_of(bulk, policy, self._room.now), notice)

    async def _chosen(self, actor: Actor, about: f.About, filled: f.Filled) -> Chosen:
        which = who_words(filled.who, filled.above)
        above = {"at_risk": Decimal(0), "above": filled.above}.get(filled.who)
        if about.storm:
            storm = _storm_id(about.storm)
            cases = filled.chosen or await self._acts.members(storm, above)
            return Chosen(tuple(cases), f"{about.storm}, {which}", storm)
        found = await matching(self._room, about.words.split(), actor.user)
        wanted = [one.id for one in found.cases if above is None or one.risk_now.amount > above]
        if filled.who == "chosen":
            wanted = [one for one in wanted if one in set(filled.chosen)]
        return Chosen(tuple(wanted), f"{' '.join(found.wanted.told) or EVERYTHING}, {which}")

    # -- sending -------------------------------------------------------------------------------------------------------

    async def sent(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Taken or refused before Slack hears yes; a list that changed comes back with what is left of it."""
        patience = Patience()
        sent = Submitted.model_validate(body)
        actor, bulk_id = await self._room.actor(sent.user, sent.team), _bulk_id(sent.view.private_metadata)
        task = asyncio.ensure_future(self._acts.send(actor, bulk_id))
        try:
            bulk = await asyncio.wait_for(asyncio.shield(task), patience.left.total_seconds())
        except TimeoutError:
            await ack(response_action="update", view=m.not_known(t.BULK_UNKNOWN))
            await self._told_later(actor, task)
            return
        except Stale as stale:
            notice = str(stale)

            async def again(actor: Actor) -> Block:
                return self._preview(await self._acts.again(actor, bulk_id, looked=self._looking(sent.view.id)), notice)

            await self._in_its_place(ack, sent, patience, again)
            return
        except AlreadyHandled as known:
            await ack(response_action="update", view=m.told(str(known)))
            return
        except RefusedByRule as refusal:
            await ack(response_action="update", view=m.refused(str(refusal)))
            return
        await ack(response_action="update", view=m.told(_taken(bulk)))

    async def _told_later(self, actor: Actor, task: asyncio.Future[Bulk]) -> None:
        """What was taken tells of itself; what was not is told here."""
        try:
            await task
        except RefusedByRule as refusal:
            text = str(refusal)
        except Exception as error:  # noqa: BLE001 - recorded, and told to the person who waits
            text = t.BROKEN.format(ref=recorded(error, "bulk"))
        else:
            return
        await self._room.client.chat_postMessage(channel=actor.user, text=fmt.sentence_with_people(text))

    # -- the list ------------------------------------------------------------------------------------------------------

    async def list_shown(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """The beginning of the frozen list over what was clicked, and all of it as a file in the person's direct messages."""
        await ack()
        click = Click.model_validate(body)
        client, bulk_id = self._room.client, _bulk_id(click.pressed.value.partition(":")[0])
        actor = await self._room.actor(click.user, click.team)
        opening = client.views_open if click.modal is None else client.views_push
        opened = await opening(trigger_id=click.trigger_id, view=m.loading(t.BULK_LIST_TITLE))
        bulk: Bulk | None = None

        async def draw(actor: Actor) -> Block:
            nonlocal bulk
            bulk = await self._acts.look(actor, bulk_id)
            return await list_modal(self._room.store, bulk, self._room.policy.current)

        await fill(self._room, Waiting.of(opened), lambda: self._drawn(click, draw))
        if bulk is not None:
            await self._file(actor, bulk)

    async def _file(self, actor: Actor, bulk: Bulk) -> None:
        content, count = await list_file(self._room.store, bulk)
        title = t.BULK_FILE.format(name=bulk.name, count=fmt.number(count))
        await send_file(self._room, actor.user, content, f"{bulk.name}.csv", title, title)

    # -- the second person ---------------------------------------------------------------------------------------------

    async def decide_pressed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Open the form of a decision, or say why it is not theirs."""
        await ack()
        click = Click.model_validate(body)
        bulk_id = _bulk_id(click.pressed.value.partition(":")[0])

        async def draw(actor: Actor) -> Block:
            bulk, same = await self._acts.to_decide(actor, bulk_id)
            return f.decision(bulk, same, self._room.policy.current)

        await self._shown(click, draw)

    async def decided(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """A decision was sent."""
        sent = Submitted.model_validate(body)
        values = Values(f.PREFIX, sent.view.state)
        decision, reason = values.option("decision"), values.text("reason")
        if not decision:
            await ack(response_action="errors", errors={"bulk.decision": t.DECIDE_NO_CHOICE})
            return
        actor = await self._room.actor(sent.user, sent.team)
        try:
            bulk_id = _bulk_id(sent.view.private_metadata)
            asked = await self._acts.look(actor, bulk_id)
            asker = await self._room.directory.actor(asked.actor, asked.team)
            bulk = await self._acts.decide(actor, bulk_id, decision == "approve", reason, asker)
        except ReasonRequired as lacking:
            await ack(response_action="errors", errors={"bulk.reason": str(lacking)})
            return
        except AlreadyHandled as known:
            await ack(response_action="update", view=m.told(str(known)))
            return
        except RefusedByRule as refusal:
            await ack(response_action="update", view=m.refused(str(refusal)))
            return
        shape = t.BULK_APPROVED if bulk.state is BulkState.ACCEPTED else t.BULK_REJECTED
        await ack(response_action="update", view=m.told(shape.format(name=bulk.name, who=bulk.actor_name)))


def _taken(bulk: Bulk) -> str:
    shape = t.BULK_ASKED if bulk.state is BulkState.ASKED else t.BULK_BEGUN
    doing = t.BULK_DOING[bulk.asked.deed.value]
    return shape.format(name=bulk.name, doing=doing, count=items(bulk.figures.items))


def _about(metadata: str) -> f.About:
    """What a form is about. Raises BadInput when it is not one of ours."""
    try:
        return f.About.model_validate_json(metadata)
    except ValidationError as error:
        raise BadInput(t.OLD_BUTTON) from error


def _bulk_id(text: str) -> BulkId:
    """The bulk act behind a name. Raises BadInput for anything else."""
    try:
        return parse_bulk_name(text)
    except ValueError as error:
        raise BadInput(t.OLD_BUTTON) from error


def _storm_id(text: str) -> StormId:
    """The storm behind a name. Raises BadInput for anything else."""
    try:
        return parse_storm_name(text)
    except ValueError as error:
        raise BadInput(t.OLD_BUTTON) from error
