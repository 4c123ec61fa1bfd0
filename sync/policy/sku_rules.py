"""What policy says of one SKU, or of a family of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import AwareDatetime, Field, model_validator

from sync.model.ids import SkuId, SystemId
from sync.policy.fields import Grade, Rules


class Demand(Rules):
    """What a SKU's safety stock is computed from: units sold a day and the days a new delivery takes, each with its standard
    deviation, and the share of deliveries that should arrive before the stock is sold out."""

    per_day: Annotated[Decimal, Field(ge=0)]
    per_day_deviation: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    lead_days: Annotated[Decimal, Field(ge=0)]
    lead_days_deviation: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    service: Annotated[Decimal, Field(ge=Decimal("0.5"), lt=1)] = Decimal("0.95")


class Figures(Rules):
    """Units kept back and shown, instead of the channel's own figures; below ``floor`` nothing is shown."""

    safety_stock: Annotated[int, Field(ge=0)] | None = None
    buffer: Annotated[int, Field(ge=0)] | None = None
    maximum_shown: Annotated[int, Field(ge=0)] | None = None
    floor: Annotated[int, Field(ge=0)] | None = None


class FamilyRules(Figures):
    """What holds for the SKUs of a family; ``channels``: other figures for some channels."""

    channels: dict[SystemId, Figures] = Field(default_factory=dict)


class SkuRules(Figures):
    """What holds for one SKU instead of its family's and the channel's figures. ``made_to_order``: units that may be sold beyond
    the stock, since they can be made."""

    made_to_order: Annotated[int, Field(ge=0)] = 0
    demand: Demand | None = None
    family: str | None = None
    grade: Grade | None = None
    tags: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_safety_stock(self) -> SkuRules:
        if self.safety_stock is not None and self.demand is not None:
            raise ValueError("safety_stock is fixed and demand computes it; keep one of the two")
        return self


PartUnits = Annotated[int, Field(ge=1, le=1_000_000)]


class Kit(Rules):
    """What one unit of a kit is made of: units of each part. ``valid_from``: orders placed before go by what held then; without
    it the first recipe holds always, and a changed one from the time it is changed."""

    parts: Annotated[dict[SkuId, PartUnits], Field(min_length=1)]
    valid_from: AwareDatetime | None = None


class Pack(Rules):
    """A pack: so many units of one SKU. ``valid_from`` as for kits."""

    of: SkuId
    units: PartUnits
    valid_from: AwareDatetime | None = None
