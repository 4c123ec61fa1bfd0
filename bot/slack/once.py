"""What Slack delivers twice is done once: a payload that comes again over another socket, or as a retry, has its old id."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.response import BoltResponse

REMEMBERED = 5_000
AGAIN = frozenset({"view_submission", "view_closed", "block_suggestion"})
"""Payloads whose sender waits for what the answer says: they are worked on again, and an act's intent is used once."""

_log = structlog.get_logger(__name__)


class Once:
    """Remembers the newest payloads of this process. One that another process took before it died is worked on again."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, None] = OrderedDict()

    async def let_pass(self, body: dict[str, Any], next_: Callable[[], Awaitable[BoltResponse]]) -> BoltResponse:
        """Go on with a new payload; say yes to one that was here before, and do nothing."""
        known = str(body.get("event_id") or body.get("trigger_id") or "")
        if known and body.get("type") not in AGAIN:
            if known in self._seen:
                _log.info("came_twice", what=body.get("type") or body.get("command"), id=known)
                return BoltResponse(status=200, body="")
            self._seen[known] = None
            if len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
        return await next_()
