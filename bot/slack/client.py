"""The Web API client at the edge: made, fed with messages, and its errors named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.blocks import Message

TIMEOUT_SECONDS = 8


class CountedClient(AsyncWebClient):
    """A client that says of each call how it went: ``ok``, ``limited`` (429) or ``failed``."""

    called: Callable[[str, str], None] | None = None

    async def api_call(self, api_method: str, **arguments: Any) -> AsyncSlackResponse:
        """Like the client's own. Raises what it raises."""
        result = "failed"
        try:
            answer = await super().api_call(api_method, **arguments)
            result = "ok"
        except SlackApiError as error:
            result = "limited" if retry_after(error) is not None else "failed"
            raise
        finally:
            if self.called is not None:
                self.called(api_method, result)
        return answer


def slack_client(
    token: str, base_url: str = "https://slack.com/api/", *, called: Callable[[str, str], None] | None = None
) -> AsyncWebClient:
    """A client that repeats nothing by itself: a repeated post is a second card, and lanes must see a 429. ``called`` is told
    method and result of each call."""
    client = CountedClient(token=token, base_url=base_url, timeout=TIMEOUT_SECONDS, retry_handlers=[])
    client.called = called
    return client


def error_code(error: SlackApiError) -> str:
    """``channel_not_found`` and the like; ``http_503`` when the answer was no Slack answer."""
    response: Any = error.response
    data = getattr(response, "data", response)
    if isinstance(data, Mapping) and data.get("error"):
        return str(data["error"])
    return f"http_{getattr(response, 'status_code', 0)}"


def retry_after(error: SlackApiError) -> float | None:
    """Seconds to wait when Slack said so (429), else None."""
    response: Any = error.response
    if getattr(response, "status_code", 0) != 429 and error_code(error) != "ratelimited":
        return None
    headers = {str(name).lower(): value for name, value in dict(getattr(response, "headers", {}) or {}).items()}
    return max(1.0, float(headers.get("retry-after", 1)))


def arguments(message: Message, post: str) -> dict[str, Any]:
    """What ``chat.postMessage`` and ``chat.update`` are given of a message that stands for ``post``."""
    return {
        "text": message.text,
        "blocks": list(message.blocks),
        "metadata": message.metadata_for(post),
        "unfurl_links": False,
        "unfurl_media": False,
    }
