"""What a failed call means for what it was to deliver."""

from __future__ import annotations

from enum import Enum

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.slack.client import error_code, retry_after

CALL_ERRORS = (SlackApiError, aiohttp.ClientError, TimeoutError, OSError)
"""What a Web API call raises."""


class Failure(Enum):
    """``UNKNOWN`` is the only one after which the call may have been applied."""

    LIMITED = "limited"
    CHANNEL = "channel"
    MESSAGE = "message"
    THREAD = "thread"
    BLOCKS = "blocks"
    PERSON = "person"
    ACCOUNT = "account"
    UNREACHED = "unreached"
    UNKNOWN = "unknown"
    REFUSED = "refused"


_BY_CODE = {
    "channel_not_found": Failure.CHANNEL,
    "not_in_channel": Failure.CHANNEL,
    "is_archived": Failure.CHANNEL,
    "restricted_action": Failure.CHANNEL,
    "message_not_found": Failure.MESSAGE,
    "cant_update_message": Failure.MESSAGE,
    "edit_window_closed": Failure.MESSAGE,
    "thread_not_found": Failure.THREAD,
    "invalid_blocks": Failure.BLOCKS,
    "invalid_blocks_format": Failure.BLOCKS,
    "msg_too_long": Failure.BLOCKS,
    "msg_blocks_too_long": Failure.BLOCKS,
    "user_not_in_channel": Failure.PERSON,
    "user_not_found": Failure.PERSON,
    "user_disabled": Failure.PERSON,
    "cannot_dm_bot": Failure.PERSON,
    "token_revoked": Failure.ACCOUNT,
    "token_expired": Failure.ACCOUNT,
    "invalid_auth": Failure.ACCOUNT,
    "not_authed": Failure.ACCOUNT,
    "account_inactive": Failure.ACCOUNT,
    "missing_scope": Failure.ACCOUNT,
    "no_permission": Failure.ACCOUNT,
    "internal_error": Failure.UNKNOWN,
    "fatal_error": Failure.UNKNOWN,
    "request_timeout": Failure.UNKNOWN,
    "service_unavailable": Failure.UNKNOWN,
}


def failure_by(code: str) -> Failure:
    """What Slack's word for a failure means."""
    return _BY_CODE.get(code, Failure.REFUSED)


def failure_of(error: BaseException) -> Failure:
    """What became of the call that raised ``error``."""
    if isinstance(error, SlackApiError):
        if retry_after(error) is not None:
            return Failure.LIMITED
        code = error_code(error)
        return Failure.UNKNOWN if code.startswith("http_") else failure_by(code)
    if isinstance(error, aiohttp.ClientConnectorError | ConnectionRefusedError):
        return Failure.UNREACHED
    return Failure.UNKNOWN


def told(error: BaseException) -> str:
    """The error in a word or two."""
    return error_code(error) if isinstance(error, SlackApiError) else repr(error)[:200]
