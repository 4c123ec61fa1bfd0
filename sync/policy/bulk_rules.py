"""What policy says of acts on many exceptions at once: from how many on a second person decides."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from sync.policy.fields import Rules, Span


class BulkRules(Rules):
    """More than ``second_person_above`` exceptions whose customers see or get something else need a second person, who decides
    ``decided_within`` this span."""

    second_person_above: Annotated[int, Field(ge=1)] = 50
    decided_within: Annotated[Span, Field(ge=timedelta(minutes=1))] = timedelta(hours=1)
