"""A modal that waits for its numbers: opened at once, since a trigger lives for three seconds, and filled when they are there.

Of two quick clicks in one modal the first is answered: it turns the modal only from what the person saw (the ``hash`` of that
view), so the second finds it turned and is dropped, and nothing is filled into a place that shows something else by now.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError

from bot.slack import modals as m
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.client import error_code
from bot.slack.payloads import Click
from bot.slack.room import Room, recorded
from sync.errors import BadInput, RefusedByRule

_TOO_LATE = ("trigger_expired", "expired_trigger_id", "not_found")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The view that says one moment, and its hash as of then; without one it is filled whatever it shows."""

    id: str
    hash: str | None = None

    @staticmethod
    def of(answer: Any) -> Waiting:
        """That of an answer to ``views.open``, ``views.push`` or ``views.update``."""
        view = answer["view"]
        return Waiting(str(view["id"]), view.get("hash"))


async def open_waiting(room: Room, click: Click, title: str = "") -> Waiting | None:
    """Open a modal at once, or turn the one that was clicked in. None: Slack no longer lets us, which was told, or another click
    in that modal is being answered."""
    try:
        if click.modal is not None:
            turned = await room.client.views_update(
                view_id=click.modal.id, hash=click.modal.hash or None, view=m.loading(title)
            )
            return Waiting.of(turned)
        return Waiting.of(await room.client.views_open(trigger_id=click.trigger_id, view=m.loading(title)))
    except SlackApiError as error:
        code = error_code(error)
        if code in ("exchanged_trigger_id", "hash_conflict"):
            _log.info("click_came_twice", action=click.pressed.action_id, error=code)
            return None
        if code not in _TOO_LATE:
            raise
        _log.warning("modal_not_opened", error=code)
        await room.answer(click, t.TOO_LATE)
        return None


async def fill(room: Room, place: Waiting, draw: Callable[[], Awaitable[Block]]) -> None:
    """Fill the modal that waits for its numbers; a rule that forbids it, or a failure of ours, is told in it, never left
    waiting."""
    try:
        view = await draw()
    except (RefusedByRule, BadInput) as refusal:
        view = m.refused(str(refusal))
    except Exception as error:  # noqa: BLE001 - recorded, and told to the person who waits
        view = m.broken(recorded(error, "modal"))
    await put(room, place, view)


async def put(room: Room, place: Waiting, view: Block) -> None:
    """Show a view where one waits, unless the person has closed it or it shows something else by now."""
    try:
        await room.client.views_update(view_id=place.id, hash=place.hash, view=view)
    except SlackApiError as error:
        if error_code(error) not in ("not_found", "hash_conflict"):
            raise
        _log.info("modal_not_filled", view=place.id, error=error_code(error))


async def show(room: Room, click: Click, view: Block) -> None:
    """Show a view that is ready: over Home, or in the place of the modal that was clicked in."""
    place = await open_waiting(room, click)
    if place is not None:
        await put(room, place, view)
