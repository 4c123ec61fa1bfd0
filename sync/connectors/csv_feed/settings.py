"""What policy says of a CSV feed, read from ``systems.<name>.connection``. Errors say how to mend the line."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from sync.errors import BadInput

Bucket = Literal["on_hand", "available", "reserved", "quarantined", "incoming"]
_Mark = Annotated[str, Field(min_length=1, max_length=1)]


class Columns(BaseModel):
    """The sender's column names. ``sku`` and at least one number are needed; ``as_of`` is a time per row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sku: str = "sku"
    location: str | None = None
    as_of: str | None = None
    on_hand: str | None = None
    available: str | None = None
    reserved: str | None = None
    quarantined: str | None = None
    incoming: str | None = None

    def named(self) -> dict[str, str]:
        """Their names by ours, those that policy gives."""
        return {ours: theirs for ours, theirs in self.model_dump().items() if theirs is not None}


class FeedSettings(BaseModel):
    """One feed: a ``folder`` to drop files into, a ``url`` to fetch, or both; how its files are written; whose time counts.

    The content's time comes from exactly one of ``columns.as_of``, ``as_of_header`` (a regular expression found in a
    comment line before the header) and ``as_of_name`` (one found in the file's name); its first group is the time, written
    as ``as_of_format`` (directives of strptime; ISO 8601 without). ``full`` files list everything there is at their places.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path | None = None
    files: str = "*.csv"
    url: str | None = None
    allowed_hosts: str = ""
    max_bytes: Annotated[int, Field(gt=0)] = 64 * 1024 * 1024
    encoding: str | None = None
    cp1252: bool = False
    delimiter: _Mark = ","
    quote: _Mark = '"'
    comment: str = "#"
    decimal: Literal[".", ","] | None = None
    thousands: Literal[".", ",", " ", "'"] | None = None
    columns: Columns = Columns(on_hand="on_hand", location="location")
    location: str | None = None
    as_of_header: str | None = None
    as_of_name: str | None = None
    as_of_format: str | None = None
    full: bool = True

    @field_validator("encoding")
    @classmethod
    def _exists(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                codecs.lookup(value)
            except LookupError as error:
                raise ValueError(f"there is no encoding {value!r}; write for example utf-8 or cp1252") from error
        return value

    @field_validator("as_of_header", "as_of_name")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                re.compile(value)
            except re.error as error:
                raise ValueError(f"{value!r} is not a regular expression ({error})") from error
        return value

    @model_validator(mode="after")
    def _fits(self) -> FeedSettings:
        if self.folder is None and self.url is None:
            raise ValueError("a feed needs `folder:` (files are dropped there) or `url:` (it is fetched)")
        if self.columns.location is None and self.location is None:
            raise ValueError("name the location column (`columns: {location: …}`) or the feed's one `location:`")
        if self.decimal is not None and self.decimal == self.thousands:
            raise ValueError("`decimal:` and `thousands:` cannot be the same mark")
        given = (self.columns.as_of, self.as_of_header, self.as_of_name)
        if sum(one is not None for one in given) > 1:
            raise ValueError("give one of `columns.as_of`, `as_of_header` and `as_of_name`: a feed has one time")
        if not self.columns.named().keys() - {"sku", "location", "as_of"}:
            raise ValueError("name at least one column with a number under `columns:` (on_hand or available)")
        return self


def feed_settings(connection: dict[str, str | int | bool | dict[str, str]], system: str) -> FeedSettings:
    """The settings of a feed. Raises BadInput with every fault and where it stands."""
    try:
        return FeedSettings.model_validate(connection)
    except ValidationError as error:
        faults = "; ".join(
            f"systems.{system}.connection{''.join(f'.{part}' for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors(include_url=False)
        )
        raise BadInput(faults) from error
