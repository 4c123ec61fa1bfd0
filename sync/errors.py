"""The few errors of the product. Each docstring says what went wrong and what the reader can do."""

from __future__ import annotations

from datetime import timedelta


class CountersignError(Exception):
    """Root of all errors that this product raises on purpose."""


class BadInput(CountersignError):
    """What came in cannot be used; the message says what is wrong and how to mend it. The same again is useless."""

    def __init__(self, message: str, field: str = "") -> None:
        """``field``: the field of a form that it is about; empty: whichever its act takes numbers from."""
        super().__init__(message)
        self.field = field


class BadSignature(BadInput):
    """The sender could not prove who it is. Check the secret of this door on both sides, and the clock."""


class RefusedByRule(CountersignError):
    """A rule forbids the act. The message says which, and who can."""


class NotPermitted(RefusedByRule):
    """This person may not do this. The message says why and who can."""


class AlreadyHandled(RefusedByRule):
    """Somebody was faster. The message says who did what, when, and what happened; nothing of yours was sent."""


class ReasonRequired(RefusedByRule):
    """A reason must be given; it goes into the proof."""


class Stale(RefusedByRule):
    """What was shown has changed meanwhile. Look at the new numbers and decide again."""


class TryAgain(CountersignError):
    """The other side could not do it now. The same request may be sent again after ``after``."""

    def __init__(self, message: str, after: timedelta | None = None) -> None:
        super().__init__(message)
        self.after = after


class OurBug(CountersignError):
    """Something that cannot happen did. It is recorded; the ops lead sees it as an exception of our own."""


class SettingMissing(CountersignError):
    """A setting is missing at start-up. The message names the variable and where to get its value."""
