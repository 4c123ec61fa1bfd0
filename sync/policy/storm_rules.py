"""What policy says of storms: from when on the exceptions of one cause are told as one."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from sync.policy.fields import Rules, Span


class Storms(Rules):
    """More than ``above`` exceptions of one cause that wait in one queue, opened ``within`` this span, become one storm."""

    above: Annotated[int, Field(ge=1)] = 8
    within: Span = timedelta(minutes=30)
