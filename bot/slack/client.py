"""The Web API client at the edge: made, fed with messages, and its errors named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.blocks import Message

SLACK = "https://slack.com/api/"
TIMEOUT_SECONDS = 8
TRIED_AGAIN = 3


class CountedClient(AsyncWebClient):
    """A client that says of each call how it went: ``ok``, ``limited`` (429) or ``failed``."""

    called: Callable[[str, str], None] | None = None
    held: Callable[[str], float] | None = None
    """Seconds for which a method may not be called, since Slack said so."""

    async def api_call(self, api_method: str, **arguments: Any) -> AsyncSlackResponse:
        """Like the client's own. Raises what it raises, ``ratelimited`` without a call while the method is held."""
        if self.held is not None and (wait := self.held(api_method)) > 0:
            raise _held(self, api_method, wait)
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
    token: str,
    base_url: str = SLACK,
    *,
    called: Callable[[str, str], None] | None = None,
    held: Callable[[str], float] | None = None,
) -> AsyncWebClient:
    """A client that repeats nothing by itself: a repeated post is a second card, and lanes must see a 429. ``called`` is told
    method and result of each call; ``held`` says for how many seconds a method may not be called."""
    client = CountedClient(token=token, base_url=base_url, timeout=TIMEOUT_SECONDS, retry_handlers=[])
    client.called, client.held = called, held
    return client


def patient_client(
    token: str, base_url: str = SLACK, *, called: Callable[[str, str], None] | None = None
) -> AsyncWebClient:
    """A client for what people wait for: a 429, of which nothing was applied, is waited out and tried again."""
    waiting: list[AsyncRetryHandler] = [AsyncRateLimitErrorRetryHandler(max_retry_count=TRIED_AGAIN)]
    client = CountedClient(token=token, base_url=base_url, timeout=TIMEOUT_SECONDS, retry_handlers=waiting)
    client.called = called
    return client


def _held(client: AsyncWebClient, method: str, seconds: float) -> SlackApiError:
    """What Slack would answer if it were asked again too early."""
    answer = AsyncSlackResponse(
        client=client,
        http_verb="POST",
        api_url=f"{client.base_url}{method}",
        req_args={},
        data={"ok": False, "error": "ratelimited"},
        headers={"Retry-After": str(seconds)},
        status_code=429,
    )
    return SlackApiError(f"{method}_held", answer)  # type: ignore[no-untyped-call]  # no types there


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
    return max(0.01, float(headers.get("retry-after", 1)))


def arguments(message: Message, post: str) -> dict[str, Any]:
    """What ``chat.postMessage`` and ``chat.update`` are given of a message that stands for ``post``."""
    return {
        "text": message.text,
        "blocks": list(message.blocks),
        "metadata": message.metadata_for(post),
        "unfurl_links": False,
        "unfurl_media": False,
    }
