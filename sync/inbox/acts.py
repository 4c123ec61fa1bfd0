"""Acts: what a person asks for. Each is checked at the click and again at the submit; none carries an effect itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from sync.model.ids import ExceptionId, ListingId, LocationId, QueueId, SkuId, UserId


@dataclass(frozen=True, slots=True)
class Actor:
    """Who clicked, as Slack says it. ``member_of`` are private queue channels' queues that they are known to be in.

    ``restricted``: a guest, a bot or somebody of another team: never acts. ``unsure_of`` are queues of which they were members
    when that could last be read, too long ago to count.
    """

    user: UserId
    name: str
    team: str
    member_of: frozenset[str] = frozenset()
    restricted: bool = False
    unsure_of: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Take:
    """One click: the actor becomes the owner."""

    verb: ClassVar[str] = "take"


@dataclass(frozen=True, slots=True)
class GiveBack:
    """One click: the owner returns it to the queue."""

    verb: ClassVar[str] = "giveback"


@dataclass(frozen=True, slots=True)
class TryAgain:
    """One click: a failed write is sent once more."""

    verb: ClassVar[str] = "retry"


@dataclass(frozen=True, slots=True)
class Pause:
    """Take listings off sale. ``reason`` is the chosen one, ``note`` goes into the proof (needed with ``other``)."""

    listings: tuple[ListingId, ...]
    reason: str
    note: str = ""
    verb: ClassVar[str] = "pause"


@dataclass(frozen=True, slots=True)
class Resume:
    """Put paused listings back on sale; the note is the closing note."""

    note: str
    verb: ClassVar[str] = "resume"


@dataclass(frozen=True, slots=True)
class Cap:
    """Let a listing show at most so many units, until somebody lifts it."""

    listing: ListingId
    units: int
    reason: str
    verb: ClassVar[str] = "cap"


@dataclass(frozen=True, slots=True)
class Uncap:
    """Lift this exception's caps; the note is the closing note."""

    note: str
    verb: ClassVar[str] = "uncap"


@dataclass(frozen=True, slots=True)
class HoldOrders:
    """Keep named orders from being shipped until somebody releases them; each as ``channel:order``."""

    orders: tuple[str, ...]
    reason: str
    verb: ClassVar[str] = "hold"


@dataclass(frozen=True, slots=True)
class ReleaseOrders:
    """Let held orders be shipped; the note is the closing note."""

    orders: tuple[str, ...]
    note: str
    verb: ClassVar[str] = "release"


@dataclass(frozen=True, slots=True)
class DoneByHand:
    """One click: the holds and releases that only a person can make there are made."""

    verb: ClassVar[str] = "byhand"


@dataclass(frozen=True, slots=True)
class Override:
    """A fixed promise for one listing ``until`` a time, in the name of ``owner``."""

    listing: ListingId
    units: int
    until: datetime
    owner: UserId
    reason: str
    verb: ClassVar[str] = "override"


@dataclass(frozen=True, slots=True)
class EndOverride:
    """End this exception's override before its time; the note is the closing note."""

    note: str
    verb: ClassVar[str] = "endoverride"


@dataclass(frozen=True, slots=True)
class TreatAsNothing:
    """A silent source's stock counts as nothing from now on, until it is heard again or somebody takes it back."""

    reason: str
    verb: ClassVar[str] = "nothing"


@dataclass(frozen=True, slots=True)
class Vouch:
    """A silent source's last numbers count in full ``until`` a time."""

    until: datetime
    reason: str
    verb: ClassVar[str] = "vouch"


@dataclass(frozen=True, slots=True)
class CountByPolicy:
    """What was said of a silent source is taken back: policy says again what its numbers count as."""

    note: str
    verb: ClassVar[str] = "bypolicy"


@dataclass(frozen=True, slots=True)
class CountAnyway:
    """The newest file of a system that was held whole, since it is not plausible, counts all the same."""

    reason: str
    verb: ClassVar[str] = "countfile"


@dataclass(frozen=True, slots=True)
class RequestCount:
    """Ask a person of the warehouse queue to count. The expected number is never shown to the counter."""

    location: LocationId
    who: UserId | None
    by: datetime | None
    note: str
    verb: ClassVar[str] = "count"


@dataclass(frozen=True, slots=True)
class EnterCount:
    """The counted number: sellable ``units`` and ``unsellable`` ones, and when it was counted."""

    action: int
    units: int
    unsellable: int
    counted_at: datetime
    remark: str = ""
    repeated: int | None = None
    verb: ClassVar[str] = "entercount"


@dataclass(frozen=True, slots=True)
class ProposeCorrection:
    """A new count for ``system`` at ``location``; ``shown`` is the number the proposer saw, which guards the write."""

    system: str
    location: LocationId
    shown: int
    units: int
    cause: str
    reason: str
    verb: ClassVar[str] = "correct"


@dataclass(frozen=True, slots=True)
class DecideCorrection:
    """Approve, reject, or ask for another count. A reason is needed for the latter two."""

    action: int
    decision: Literal["approve", "reject", "recount"]
    reason: str = ""
    verb: ClassVar[str] = "decide"


@dataclass(frozen=True, slots=True)
class AddNote:
    """A note in the thread and the proof."""

    text: str
    verb: ClassVar[str] = "note"


@dataclass(frozen=True, slots=True)
class HandOver:
    """Make a named person its owner, or give it to another queue (``queue``), or to a person there; with the reason."""

    to: UserId | None
    reason: str
    queue: QueueId | None = None
    verb: ClassVar[str] = "handover"


@dataclass(frozen=True, slots=True)
class Snooze:
    """Quiet ``until`` a time, None: until it worsens. Worsening always wakes it."""

    until: datetime | None
    reason: str
    verb: ClassVar[str] = "snooze"


@dataclass(frozen=True, slots=True)
class Wake:
    """One click: a snooze ends."""

    verb: ClassVar[str] = "wake"


@dataclass(frozen=True, slots=True)
class Close:
    """End it by a person: ``fixed``, ``expected``, ``no_action``, ``false_alarm`` or ``duplicate``, with the reason."""

    outcome: str
    reason: str
    verb: ClassVar[str] = "close"


@dataclass(frozen=True, slots=True)
class Judge:
    """One click: whether somebody would have done what shadow only names."""

    agrees: bool
    verb: ClassVar[str] = "judge"


@dataclass(frozen=True, slots=True)
class Report:
    """Say that a number of a SKU is wrong: on one listing, or (None) the SKU's as a whole. ``location``: a count is asked for
    there. ``source`` is a link to the message that says it. ``sku`` None: the one that the form was opened for."""

    words: str
    listing: ListingId | None = None
    location: LocationId | None = None
    sku: SkuId | None = None
    source: str = ""
    verb: ClassVar[str] = "report"


@dataclass(frozen=True, slots=True)
class NameCause:
    """Say why it happened, after a repair whose cause nobody knew: one of CAUSES but ``unknown``, and what was found."""

    cause: str
    note: str
    verb: ClassVar[str] = "cause"


@dataclass(frozen=True, slots=True)
class Reopen:
    """What a person ended is open again, and the actor's: the undo of closing it."""

    reason: str
    verb: ClassVar[str] = "reopen"


@dataclass(frozen=True, slots=True)
class ReleaseUnits:
    """Orders, each as ``channel:order``, hold their units no longer; above the limit a second person decides."""

    orders: tuple[str, ...]
    reason: str
    verb: ClassVar[str] = "free"


@dataclass(frozen=True, slots=True)
class AskFeed:
    """Ask whom a silent source names for its content. ``whom`` empty: policy's contact, in a direct message; else who was asked
    by hand, with this ``text``."""

    text: str
    whom: str = ""
    verb: ClassVar[str] = "askfeed"


@dataclass(frozen=True, slots=True)
class AskReason:
    """Ask why somebody set a number in the shop: a person directly, or (``whom`` None) the queue, in the thread."""

    text: str
    whom: UserId | None = None
    verb: ClassVar[str] = "askreason"


@dataclass(frozen=True, slots=True)
class GiveReason:
    """Say why the number was set in the shop, and who stands for it (``owner`` None: who says so)."""

    reason: str
    owner: UserId | None = None
    verb: ClassVar[str] = "givereason"


@dataclass(frozen=True, slots=True)
class PublishOver:
    """Publish what can be sold over a number that somebody set too low in the shop."""

    reason: str
    verb: ClassVar[str] = "publish"


@dataclass(frozen=True, slots=True)
class SendData:
    """Send our data of a suppressed listing again: back to the publications that it lost; where we cannot, a task."""

    note: str = ""
    verb: ClassVar[str] = "senddata"


@dataclass(frozen=True, slots=True)
class Undo:
    """One click from the receipt, for ten minutes: the actor's own newest pause or cap is taken back."""

    verb: ClassVar[str] = "undo"


@dataclass(frozen=True, slots=True)
class Withdraw:
    """One click: a request for approval is taken back."""

    verb: ClassVar[str] = "withdraw"


@dataclass(frozen=True, slots=True)
class CancelCount:
    """One click: nobody need count any more."""

    verb: ClassVar[str] = "cancelcount"


@dataclass(frozen=True, slots=True)
class Remind:
    """One click: who is asked to count is asked once more."""

    verb: ClassVar[str] = "remind"


@dataclass(frozen=True, slots=True)
class AskHelp:
    """One click: the ops lead is told, once."""

    verb: ClassVar[str] = "help"


@dataclass(frozen=True, slots=True)
class StillOnIt:
    """One click: the owner goes on with it, so it is not given back."""

    verb: ClassVar[str] = "stillonit"


Act = (
    Take
    | GiveBack
    | TryAgain
    | Pause
    | Resume
    | Cap
    | Uncap
    | HoldOrders
    | ReleaseOrders
    | DoneByHand
    | Override
    | EndOverride
    | TreatAsNothing
    | Vouch
    | CountByPolicy
    | CountAnyway
    | RequestCount
    | EnterCount
    | ProposeCorrection
    | DecideCorrection
    | AddNote
    | HandOver
    | Snooze
    | Wake
    | Close
    | NameCause
    | Report
    | Judge
    | Reopen
    | ReleaseUnits
    | AskFeed
    | AskReason
    | GiveReason
    | PublishOver
    | SendData
    | Undo
    | Withdraw
    | CancelCount
    | Remind
    | AskHelp
    | StillOnIt
)

CAUSES = ("short-shipped", "miscount", "damage", "theft", "receipt not posted", "unknown")
PAUSE_REASONS = {
    "count": "Wait for a count",
    "wrong_number": "Wrong number live",
    "damaged": "Stock damaged or missing",
    "recall": "Recall or quality",
    "other": "Other (note needed)",
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of a form, in words that say how to mend it. ``field`` is the form's field name."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an act, known before Slack hears yes.

    ``kind``: ``done`` (committed), ``refused`` (a rule; ``text`` says why and who can), ``fields`` (``errors``), ``faster``
    (somebody else was first; ``text`` says who and what came of it), ``changed`` (the numbers moved; the modal comes back),
    ``unknown`` (not known in time; the card will show it).
    """

    kind: Literal["done", "refused", "fields", "faster", "changed", "unknown"]
    text: str = ""
    errors: tuple[FieldError, ...] = ()
    case: ExceptionId | None = None
    opened_for: tuple[tuple[str, str], ...] = ()
    """Of ``changed``: what the form had been opened for, so that the next one is opened for the same."""
