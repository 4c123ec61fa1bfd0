"""Links to exceptions under the public address: unfolded in messages to the exception's state, empty for who has no Slack.

A link is unfolded once it is posted, by somebody of this workspace who is no guest, in a conversation that the app can see and
that no other workspace shares: what is unfolded is read by everybody there.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from slack_sdk.errors import SlackApiError

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.cards import render_card
from bot.slack.cards.state import Names
from bot.slack.client import error_code
from bot.slack.payloads import Team, Who
from bot.slack.room import Room
from sync.inbox.view import CaseView
from sync.model.ids import UserId, exception_name, parse_exception_name
from sync.model.outbox import card_key

MOST = 5
"""Links of one message that are unfolded."""
HEAD = 3
"""Blocks of a card that say what it is: title, state and numbers."""
_PATH = re.compile(r"/(EX-\d{1,12})/?", re.IGNORECASE)

MENTION = re.compile(r"<@([UW][A-Z0-9]+)>")

_log = structlog.get_logger(__name__)


def link_to(public_url: str, name: str) -> str:
    """``https://stock.example.com/EX-1042``; empty without a public address."""
    return f"{public_url.rstrip('/')}/{name}" if public_url else ""


def page_routes(public_url: str) -> list[web.RouteDef]:
    """What a link shows outside Slack: the same words for every number, whether there is such an exception or not."""

    async def page(request: web.Request) -> web.Response:
        return web.Response(text=t.LINK_PAGE.format(name=request.match_info["name"].upper()))

    return [web.get("/{name:(?i:ex)-[0-9]{1,12}}", page)] if public_url else []


class Unfurler:
    """Answers ``link_shared``."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def shared(self, event: dict[str, Any]) -> None:
        """Unfold the links to exceptions in a posted message."""
        if event.get("source") == "composer":
            return  # nobody knows yet who will read it
        names = {url: name for link in event.get("links", ()) if (name := self._named(url := str(link.get("url", ""))))}
        if not names or not await self._may_be_read(str(event["channel"]), str(event["user"])):
            return
        unfurls = {url: {"blocks": await self._blocks(name)} for url, name in list(names.items())[:MOST]}
        try:
            await self._room.client.chat_unfurl(
                channel=str(event["channel"]), ts=str(event["message_ts"]), unfurls=unfurls
            )
        except SlackApiError as error:
            if error_code(error) not in ("cannot_unfurl_message", "cannot_unfurl_url"):
                raise
            _log.info("link_not_unfolded", error=error_code(error))

    def _named(self, url: str) -> str:
        ours, parts = urlsplit(self._room.public_url), urlsplit(url)
        if not ours.hostname or parts.hostname != ours.hostname:
            return ""
        found = _PATH.fullmatch(parts.path.removeprefix(ours.path.rstrip("/")))
        return found[1].upper() if found else ""

    async def _may_be_read(self, channel: str, user: str) -> bool:
        actor = await self._room.actor(Who.model_validate({"id": user}), Team(id=self._room.team))
        if actor.restricted:
            return False
        try:
            known = (await self._room.client.conversations_info(channel=channel))["channel"]
        except SlackApiError:
            return False
        return not (known.get("is_ext_shared") or known.get("is_pending_ext_shared"))

    async def _blocks(self, name: str) -> list[Block]:
        view = await self._room.inbox.view(parse_exception_name(name))
        if view is None:
            return [b.plain_section("link.none", t.LINK_GONE.format(name=name))]
        return unfolded(view, await card_link(self._room, view), self._room.directory.names())


async def card_link(room: Room, view: CaseView) -> str:
    """A link to the card that lives; empty where it has none yet."""
    async with room.store.reading() as uow:
        post = await uow.posts.get(card_key(view.case.name, view.case.card_life))
    if post is None or not post.ts:
        return ""
    try:
        found = await room.client.chat_getPermalink(channel=post.slack_channel, message_ts=post.ts)
    except SlackApiError:
        return ""
    return str(found["permalink"])


def unfolded(view: CaseView, card: str, names: Names) -> list[Block]:
    """The head of an exception's card: title, state and numbers as of now, and the ways to the card; no acts."""
    name = exception_name(view.case.id)
    shown = [_unmentioned(block, names) for block in b.without_acts(render_card(view).blocks)[:HEAD]]
    foot = t.LINK_FOOT.format(at=fmt.at(view.now, view.now)) + (t.LINK_CARD.format(link=card) if card else "")
    button = b.button("inventory.show", t.SHOW.format(name=name), f"show {name}")
    return [*shown, b.context("link.foot", b.mrkdwn_text(foot)), b.actions("link.acts", [button])]


def _unmentioned(block: Block, names: Names) -> Block:
    """The block with people's names instead of mentions: who reads a link need not be told of."""
    return {
        key: [_unmentioned(one, names) for one in value]
        if isinstance(value, list)
        else _unmentioned(value, names)
        if isinstance(value, dict)
        else MENTION.sub(lambda match: fmt.mrkdwn(names.get(UserId(match[1]), t.SOMEBODY), 40), value)
        if isinstance(value, str)
        else value
        for key, value in block.items()
    }
