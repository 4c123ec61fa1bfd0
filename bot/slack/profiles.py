"""Who somebody is, as the workspace says it: name, language, time zone, and whether they may act at all."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.outcomes import CALL_ERRORS, told
from sync.model.groups import USABLE
from sync.model.ids import UserId
from sync.ports import Clock

FRESH = timedelta(minutes=5)
PATIENCE_SECONDS = 0.8
"""How long a click waits for Slack to say who somebody is; after that what is known counts, if it is usable."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Profile:
    """What ``users.info`` said of a person, and when. ``restricted``: a guest, a bot, or of another workspace."""

    name: str
    restricted: bool
    at: datetime
    locale: str = ""
    zone: str = ""
    reachable: bool = True
    """A direct message finds them: a guest's, too, but nobody's who left, and no bot's."""


class Profiles:
    """Asks for a person at most every five minutes, and remembers."""

    def __init__(self, client: AsyncWebClient, clock: Clock, team: str) -> None:
        """``team``: the id of our own workspace."""
        self._client = client
        self._clock = clock
        self._team = team
        self._known: dict[UserId, Profile] = {}

    def known(self, user: UserId) -> Profile | None:
        """What was said last, however long ago."""
        return self._known.get(user)

    def names(self) -> dict[UserId, str]:
        """The names of all who were asked for."""
        return {user: profile.name for user, profile in self._known.items()}

    async def of(self, user: UserId) -> Profile | None:
        """As of now, or as of the last quarter of an hour while Slack does not answer; else None."""
        known, now = self._known.get(user), self._clock.now()
        if known is not None and now - known.at <= FRESH:
            return known
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer = await self._client.users_info(user=user, include_locale=True)
        except CALL_ERRORS as error:
            _log.warning("person_unknown", user=user, error=told(error))
            return known if known is not None and now - known.at <= USABLE else None
        return self.learnt(user, answer["user"])

    def learnt(self, user: UserId, found: Mapping[str, Any]) -> Profile:
        """Keep what Slack says of somebody. An event may leave the locale out; then it is what it was."""
        shown = found.get("profile") or {}
        name = shown.get("display_name") or found.get("real_name") or found.get("name") or user
        outside = found.get("team_id", self._team) != self._team or bool(found.get("is_stranger"))
        limited = ("is_restricted", "is_ultra_restricted", "is_bot", "deleted")
        before = self._known.get(user)
        profile = Profile(
            str(name),
            outside or any(found.get(flag) for flag in limited),
            self._clock.now(),
            str(found.get("locale") or (before.locale if before is not None else "")),
            str(found.get("tz") or ""),
            reachable=not any(found.get(flag) for flag in ("is_stranger", "is_bot", "deleted")),
        )
        self._known[user] = profile
        return profile

    def forget(self) -> None:
        """Everybody is to be asked for anew, as after a start."""
        self._known.clear()
