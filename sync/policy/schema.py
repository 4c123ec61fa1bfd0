"""The schema of ``policy.yml``. Business people read and change that file; every field says its unit and default."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr, field_validator, model_validator

from sync.model.exceptions import ExceptionClass
from sync.model.groups import Groups
from sync.model.ids import QueueId, SkuId, SystemId, UserId
from sync.policy.bulk_rules import BulkRules
from sync.policy.class_rules import CLASS_DEFAULTS, ClassRules, Route
from sync.policy.fields import Amount, CurrencyCode, Factor, Name, Rules, Span, Zone
from sync.policy.people_rules import Away, Hours, Rotation, TimeOfDay
from sync.policy.sku_rules import FamilyRules, Kit, Pack, SkuRules
from sync.policy.storm_rules import Storms
from sync.policy.system_rules import Channel, Source, System


class Location(Rules):
    """A place. ``known_as``: its name or id in each system; ``deciders``: systems whose number decides, first fresh
    one wins; ``count_queue``: who counts there."""

    name: str
    known_as: dict[SystemId, str] = Field(default_factory=dict)
    deciders: Annotated[tuple[SystemId, ...], Field(min_length=1)]
    count_queue: QueueId | None = None


class Person(Rules):
    """Somebody who may act. ``slack``: their user id in the workspace; ``hours`` none: at any time; ``away``: days off."""

    name: str
    slack: UserId
    approves_up_to: Amount | None = None
    hours: Hours | None = None
    away: tuple[Away, ...] = ()


class Queue(Rules):
    """An owner's inbox. ``channel``: Slack channel name or id; ``lead``, ``stand_in``: names from ``people``; ``members``,
    ``approvers``: those, or user groups of Slack by handle (``@…``) or id; ``hours``: in which its time limits run, none: at
    all times; ``oncall``: who is told first in turn,
    none: the lead; ``standup``: when a note of the day comes, none: never."""

    name: str
    channel: str
    lead: str | None = None
    stand_in: str | None = None
    members: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()
    hours: Hours | None = None
    oncall: Rotation | None = None
    standup: TimeOfDay | None = None


class Grades(Rules):
    """ABC: what a SKU sells in seven days at its price puts it in grade A or B from these amounts on, else C."""

    a_from: Amount = Decimal(1000)
    b_from: Amount = Decimal(100)


class Costs(Rules):
    """What an oversold unit costs to cancel (per unit), and what chance to sell is assumed with no history."""

    cancel: Amount = Decimal("14.00")


class Corrections(Rules):
    """Above ``four_eyes_above`` (|units| x unit cost, summed per person, SKU and location over 24 h) a second person
    approves; ``queue`` owns approvals. ``override_lasts``: how long a person's fixed promise stands at most; ``vouch_lasts``: how
    long somebody may vouch for a silent source's last numbers.
    ``second_count_above``: a count that is further from the known number than so many per cent is counted blind by a second
    person, too (none: never)."""

    four_eyes_above: Amount = Decimal("250.00")
    queue: QueueId | None = None
    override_lasts: Annotated[Span, Field(gt=timedelta(minutes=5))] = timedelta(hours=24)
    vouch_lasts: Annotated[Span, Field(gt=timedelta(minutes=5))] = timedelta(hours=24)
    second_count_above: Annotated[Decimal, Field(ge=0)] | None = None


class Digest(Rules):
    """When and where the weekly digest is posted."""

    channel: str
    day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"
    at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "08:00"
    timezone: Zone = "UTC"


class Identity(Rules):
    """How codes are read: SKUs equal but for case or blanks are one when ``fold_case`` is true; ``ignored_codes`` are
    no products and are counted only."""

    fold_case: bool = True
    ignored_codes: tuple[str, ...] = ()
    catalogue: tuple[SystemId, ...] = ()


class Policy(Rules):
    """The whole document. ``version`` counts taken changes; 0 is a file never taken. ``language``: in which the workspace is
    spoken to, and how its numbers are written, like ``en-GB``; ``rates``: what one of another currency is in
    ``currency``, from which day on."""

    company: str
    currency: CurrencyCode
    timezone: Zone = "UTC"
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}([-_][A-Z][a-z]{3})?([-_]([A-Z]{2}|[0-9]{3}))?$")] = "en-US"
    systems: Annotated[dict[Name, System], Field(min_length=1)]
    locations: Annotated[dict[Name, Location], Field(min_length=1)]
    people: dict[Name, Person]
    queues: Annotated[dict[Name, Queue], Field(min_length=1)]
    ops_lead: str
    default_queue: QueueId
    warehouse_queue: QueueId | None = None
    finance_queue: QueueId | None = None
    vendor_queue: QueueId | None = None
    classes: dict[ExceptionClass, ClassRules] = Field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    grades: Grades = Grades()
    corrections: Corrections = Corrections()
    costs: Costs = Costs()
    rates: dict[CurrencyCode, Annotated[dict[date, Factor], Field(min_length=1)]] = Field(default_factory=dict)
    storms: Storms = Storms()
    bulk: BulkRules = BulkRules()
    identity: Identity = Identity()
    skus: dict[SkuId, SkuRules] = Field(default_factory=dict)
    kits: dict[SkuId, Kit] = Field(default_factory=dict)
    packs: dict[SkuId, Pack] = Field(default_factory=dict)
    families: dict[str, FamilyRules] = Field(default_factory=dict)
    digest: Digest
    raw_kept: Span = timedelta(days=30)
    catch_up: Span = timedelta(hours=2)
    reconcile_at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = "03:00"
    not_automated: Annotated[tuple[str, ...], Field(min_length=1)]
    version: int = 0
    _groups: Groups = PrivateAttr(default_factory=Groups)

    @property
    def groups(self) -> Groups:
        """What is known now of the user groups that it names; the document itself says nothing of who is in them."""
        return self._groups

    def with_groups(self, groups: Groups) -> Policy:
        """The same rules, with what is known now of the user groups."""
        laid = self.model_copy()
        laid._groups = groups
        return laid

    def system(self, system: SystemId) -> System:
        """A system's rules. KeyError when policy does not list it."""
        return self.systems[system]

    def rules_for(self, cls: ExceptionClass) -> ClassRules:
        """The rules of a class: its defaults, and over them what policy says."""
        return self.classes.get(cls) or CLASS_DEFAULTS[cls]

    def queue_for(self, cls: ExceptionClass) -> QueueId:
        """The queue that owns a class where no route fits; never nothing."""
        return self.rules_for(cls).queue or self.default_queue

    def name_of(self, user: UserId | None) -> str | None:
        """The name under which ``people`` lists a Slack user id; None for who is not listed there."""
        return next((name for name, person in self.people.items() if person.slack == user), None)

    def person_of(self, user: UserId) -> Person | None:
        """The person behind a Slack user id, when policy names them, or a user group of which they are."""
        name = self.name_of(user)
        if name is not None:
            return self.people[name]
        if user not in self._groups.names:
            return None
        return Person(name=self._groups.names[user], slack=user)

    @property
    def channels(self) -> dict[SystemId, Channel]:
        """Every system that sells."""
        return {SystemId(name): system.channel for name, system in self.systems.items() if system.channel is not None}

    @property
    def sources(self) -> dict[SystemId, Source]:
        """Every system that counts."""
        return {SystemId(name): system.source for name, system in self.systems.items() if system.source is not None}

    @field_validator("classes", mode="after")
    @classmethod
    def _over_defaults(cls, given: dict[ExceptionClass, ClassRules]) -> dict[ExceptionClass, ClassRules]:
        return {
            name: CLASS_DEFAULTS[name].model_copy(
                update={field: getattr(rules, field) for field in rules.model_fields_set}
            )
            for name, rules in given.items()
        }

    @model_validator(mode="after")
    def _hangs_together(self) -> Policy:
        from sync.policy.consistency import consistency_problems  # it speaks of this schema, so it cannot come first

        problems = consistency_problems(self)
        if problems:
            raise ValueError("\n".join(problems))
        return self


COUNT_SYSTEM = SystemId("count")
"""The system that a count by a person speaks for: trust physical, first among deciders from its own time."""
