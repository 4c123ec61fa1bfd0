"""The settings of a feed, from ``systems.<name>.connection``. Errors say how to mend the line."""

from __future__ import annotations

from pydantic import ValidationError

from sync.errors import BadInput
from sync.policy.connections import Columns, FeedConnection

__all__ = ["Columns", "FeedConnection", "feed_settings"]


def feed_settings(connection: dict[str, str | int | bool | dict[str, str]], system: str) -> FeedConnection:
    """The settings of a feed. Raises BadInput with every fault and where it stands."""
    try:
        return FeedConnection.model_validate(connection)
    except ValidationError as error:
        faults = "; ".join(
            f"systems.{system}.connection{''.join(f'.{part}' for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors(include_url=False)
        )
        raise BadInput(faults) from error
