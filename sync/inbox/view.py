"""What a card, a modal or an answer shows: one exception with everything around it, read in one go, rendered by others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sync.inbox.effect import Effect
from sync.landing.held_file import HeldFile
from sync.measures.pressure import LaneStanding
from sync.model.exceptions import Action, Case
from sync.model.freezing import Freeze
from sync.model.ids import ListingId, LocationId, QueueId, SkuId, SystemId, UserId
from sync.model.proof import ChainedEntry
from sync.model.stock import Sku
from sync.ports import RecentFact


@dataclass(frozen=True, slots=True)
class ListingLine:
    """One channel's line: what it shows, what it should, and its state.

    ``shows`` None with ``shows_text`` (``any number``, ``not known``) when there is no number. ``live`` None: never read.
    ``read_at`` is when the channel was last looked at. ``wanted``/``sent``/``accepted`` tell of our own update.
    """

    listing: ListingId
    system: SystemId
    system_name: str
    shows: int | None
    shows_text: str
    can_sell: int | None
    live: bool | None
    paused_by_us: bool
    read_at: datetime | None
    read_sentence: str
    can_pause: bool
    open_orders: int
    wanted: int | None = None
    wanted_at: datetime | None = None
    sent_at: datetime | None = None
    accepted: bool = False
    failing: str = ""
    shadow: bool = False
    zero_only: bool = False
    """It cannot be taken off sale; a pause shows 0."""
    capped: int | None = None
    """Units that a person lets it show at most."""
    writable: bool = False
    """Its quantity is ours to write."""
    fixed: int | None = None
    """Units that a person fixed it at, for a time."""
    holds_orders: bool = False
    """Its orders can be held there by us."""
    closed: tuple[tuple[str, str], ...] = ()
    """Its publications (id, name) that do not show it now."""
    can_publish: bool = False
    """We may put it back on its publications."""
    held_off: bool = False
    """The channel itself keeps it off sale though it is published (a draft, an archived product)."""
    may_show: int | None = None
    """Units that may be shown now; a raise waits for its explanation."""
    pool: int | None = None
    """Units there are for it, before anything is kept back."""


@dataclass(frozen=True, slots=True)
class PositionLine:
    """One system's number at one place. ``decides`` True: this is the number that counts there now."""

    system: SystemId
    system_name: str
    location: LocationId
    location_name: str
    on_hand: int | None
    available: int | None
    reserved: int | None
    quarantined: int | None
    incoming: int | None
    held: int | None
    as_of: datetime | None
    fresh: bool
    decides: bool
    writable: bool


@dataclass(frozen=True, slots=True)
class HeldLine:
    """An order line that weighs: units held, and since when."""

    channel: SystemId
    order: str
    units: int
    placed_at: datetime | None
    channel_name: str = ""
    to_ship: bool = True
    """Units of it are still to leave."""
    to_free: tuple[tuple[str, int], ...] = ()
    """By line, how many cancelled units a person would have to tell so that it holds none that is still to leave."""
    free_units: int = 0
    """Units that would be released by that."""

    @property
    def key(self) -> str:
        """``channel:order``."""
        return f"{self.channel}:{self.order}"


@dataclass(frozen=True, slots=True)
class SkuView:
    """Everything about one SKU for `/inventory sku` and for cards. ``arithmetic`` tells how can-sell was computed, per
    listing, as lines a person can redo; ``caution`` are units kept back only for what is not yet known."""

    sku: Sku
    listings: tuple[ListingLine, ...]
    positions: tuple[PositionLine, ...]
    held: tuple[HeldLine, ...]
    arithmetic: tuple[tuple[ListingId, tuple[str, ...]], ...]
    caution: int
    pace_7d: int
    cases: tuple[Case, ...] = ()
    recent: tuple[RecentFact, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueFace:
    """A queue's people as Slack user ids."""

    id: QueueId
    name: str
    channel: str
    lead: UserId | None
    stand_in: UserId | None
    members: tuple[UserId, ...] = ()
    approvers: tuple[UserId, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """A silent source: whom to ask for its content. ``contact`` empty: policy names nobody; ``user`` None: they are not in Slack.
    ``due_every``: how old its content may be; ``company``: who asks."""

    system: SystemId
    company: str
    contact: str = ""
    user: UserId | None = None
    mail: str = ""
    due_every: timedelta | None = None


@dataclass(frozen=True, slots=True)
class CaseView:
    """One exception with all that its card says. ``sku`` None for exceptions of a whole system.

    ``agrees`` True: counts and channel agree, so resuming is the next step. ``limit_money`` is the four-eyes limit.
    ``pause_cost`` is what the pause costs in missed sales until the limit, estimated. ``history`` is its chain. ``queues`` are
    all by name; ``finance`` and
    ``vendor`` those where it may be routed from here (None: it is there, or policy names none). ``frozen`` is the freeze that
    holds for its own channel.
    """

    case: Case
    queue: QueueFace
    system_name: str
    location_name: str
    sku: SkuView | None
    agrees: bool
    sending: bool
    policy_version: int
    limit_money: Decimal
    currency: str
    pause_cost: Decimal
    now: datetime
    history: tuple[ChainedEntry, ...] = ()
    count: Action | None = None
    correction: Action | None = None
    counters: tuple[UserId, ...] = ()
    approvers: tuple[UserId, ...] = ()
    warehouse: QueueFace | None = None
    shadow: bool = False
    unread: str = ""
    """The systems that must be read again before its channel is raised, with the reason; empty: none."""
    queues: tuple[tuple[QueueId, str], ...] = ()
    frozen: Freeze | None = None
    finance: QueueId | None = None
    vendor: QueueId | None = None
    note_required: bool = True
    """It ends only with a note of what was found."""
    feed: Feed | None = None
    """The source whose silence it is about."""
    lane: LaneStanding | None = None
    """Where its update waits, if that is known to be behind."""
    held: HeldFile | None = None
    """The held file of its system that may be counted anyway, where it is about what cannot be used."""
    runbook: str = ""
    """The address of the company's own instructions for its class."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody it may be handed to: where policy names them first, and how many open exceptions they have."""

    user: UserId
    name: str
    queue: QueueId
    queue_name: str
    owns: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A modal that may be opened: its stored intent, what it is about, and the preview sentences.

    ``data`` are what the modal was opened for (``location``, ``system``, ``shown``, ``action``…) as text. ``people`` are those
    it may be handed to, the suggested one first. ``longest`` is how long an override, or a word on a source, may stand;
    ``effect`` what such a word would change.
    """

    intent: str
    kind: str
    view: CaseView
    preview: tuple[str, ...]
    data: tuple[tuple[str, str], ...] = ()
    people: tuple[Colleague, ...] = ()
    longest: timedelta = timedelta(hours=24)
    effect: Effect | None = None


@dataclass(frozen=True, slots=True)
class SkuMiss:
    """No such SKU: the nearest codes with their titles, best first."""

    text: str
    near: tuple[tuple[SkuId, str], ...]
