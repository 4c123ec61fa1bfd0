"""The seven controls that should hold before anything is published, each a row of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.preflight.found import Found, fail, good, warn
from storage.standing import Kept, Seller
from sync.connectors.base import Fault
from sync.model.exceptions import ExceptionClass
from sync.model.ids import ListingId, SkuId, SystemId
from sync.model.outbox import Priority, Target, TargetKind, TargetState, target_key
from sync.model.picture import Whole
from sync.model.stock import Listing, Sku, SkuState
from sync.path.judge import judge
from sync.policy.schema import Policy
from sync.policy.sku_rules import Figures

PROBE = SkuId("countersign-probe")


def controls(policy: Policy, kept: Kept | None, sellers: Sequence[Seller]) -> Iterator[Found]:
    """All seven. ``kept`` None and no sellers: nothing was recorded yet, so what needs records waits."""
    yield _sourced(kept)
    yield _mapped(policy, kept)
    yield _owned(policy)
    yield _buffered(policy, sellers)
    yield from _visible(policy)
    yield _reasoned(policy)
    yield _told(policy)


def _sourced(kept: Kept | None) -> Found:
    about = "1 events have an ID and a time of their source"
    if kept is None:
        return warn(about, "nothing was recorded yet", "Run in shadow for a day, then look again.")
    if kept.unstamped:
        mend = "Correct the stamp in the feeds that `/inventory feed` names: what does not say as of when it is decides nothing."
        return fail(
            about, f"{kept.unstamped} of {kept.deliveries} deliveries are held or have rows without a usable time", mend
        )
    return good(about, f"{kept.facts} facts of {kept.deliveries} deliveries, each with its key and its source's time")


def _mapped(policy: Policy, kept: Kept | None) -> Found:
    about = "2 every SKU has one ID and is mapped to its channels"
    if kept is None or not kept.skus:
        return warn(
            about, "no SKU is known yet", "Run in shadow until the catalogue's system was read, then look again."
        )
    open_codes = sum(kept.unmapped.values())
    unlisted = {name: kept.skus - kept.listed.get(name, 0) for name in policy.channels}
    missing = ", ".join(f"{count} not on {policy.systems[name].name}" for name, count in unlisted.items() if count > 0)
    if open_codes:
        named = ", ".join(f"{count} of {system}" for system, count in kept.unmapped.items())
        mend = "Give them SKUs in the catalogue, or list them under identity.ignored_codes."
        return fail(about, f"codes that belong to no SKU: {named}", mend)
    return good(about, f"{kept.skus} SKUs{f'; {missing}' if missing else ''}")


def _owned(policy: Policy) -> Found:
    about = "3 every class has an owner and time limits"
    fallen = [cls.value for cls in ExceptionClass if policy.rules_for(cls).queue is None]
    named = policy.queues[policy.default_queue]
    if named.lead is None:
        mend = f"Give the queue {policy.default_queue} a `lead:`; until then the ops lead is told of everything."
        return warn(about, f"{len(fallen)} classes fall to {named.name}, which has no lead", mend)
    return good(about, f"{len(ExceptionClass)} classes; {len(fallen)} fall to the default queue {named.name}")


def _buffered(policy: Policy, sellers: Sequence[Seller]) -> Found:
    about = "4 SKUs of high risk keep something back"
    risky = {sku for sku, rules in policy.skus.items() if rules.grade == "A"}
    weekly = {one.sku: one.units * one.price for one in sellers if one.price is not None}
    risky |= {sku for sku, worth in weekly.items() if worth >= policy.grades.a_from}
    families = {one.sku: one.family for one in sellers}
    bare = sorted(sku for sku in risky if not _keeps_back(policy, sku, families.get(sku, "")))
    if bare:
        named = ", ".join(bare[:5]) + (" …" if len(bare) > 5 else "")
        mend = "Give them, their family or their channel `safety_stock`, `buffer` or `demand`."
        return warn(about, f"{len(bare)} of {len(risky)} grade A SKUs keep nothing back: {named}", mend)
    return good(
        about, f"{len(risky)} SKUs of grade A, each with safety stock or a buffer" if risky else "no SKU of grade A"
    )


def _keeps_back(policy: Policy, sku: SkuId, catalogue_family: str) -> bool:
    own = policy.skus.get(sku)
    if own is not None and own.demand is not None:
        return True
    family = (own.family if own is not None else None) or catalogue_family
    shared = policy.families.get(family)
    layers = [one for one in (own, shared) if one is not None]
    return all(
        _figure(layers, "safety_stock", rules.safety_stock) + _figure(layers, "buffer", rules.buffer) > 0
        for rules in policy.channels.values()
    )


def _figure(layers: Sequence[Figures], name: str, of_channel: int) -> int:
    """The first that says it: the SKU, its family, the channel."""
    said = [value for layer in layers if (value := getattr(layer, name)) is not None]
    return int(said[0]) if said else of_channel


def _visible(policy: Policy) -> Iterator[Found]:
    """A write that a channel refuses for good must open an exception that a queue owns: tried with the rules themselves."""
    about = "5 failed updates become visible exceptions"
    now = datetime.now(UTC)
    for name, rules in policy.channels.items():
        if rules.publish_to is None:
            continue
        case = _probe(policy, name, now)
        if case is None:
            yield fail(
                about, f"a refused update to {name} opened nothing", "This is a fault of ours: please report it."
            )
        else:
            yield good(about, f"a probe of {name} opened one in {policy.queues[case].name}, due {_due(policy)}")


def _due(policy: Policy) -> str:
    rules = policy.rules_for(ExceptionClass.FAILED_UPDATE)
    return f"to be owned within {rules.assign_within // timedelta(minutes=1)} min"


def _probe(policy: Policy, system: SystemId, now: datetime) -> str | None:
    """The queue of the exception that a refused write opens; None when none opens."""
    listing = Listing(ListingId(f"{system}:{PROBE}"), system, PROBE)
    target = Target(
        key=target_key(TargetKind.QUANTITY, listing.id),
        kind=TargetKind.QUANTITY,
        lane=system,
        sku=PROBE,
        listing=listing.id,
        location=None,
        wanted=0,
        revision=1,
        priority=Priority.STOP,
        wanted_at=now,
        state=TargetState.FAILED,
        attempts=1,
        fault=Fault.VALUE,
        fault_text="a probe",
        failing_since=now,
    )
    whole = Whole(Sku(PROBE), replace(SkuState(PROBE), listings=(listing,)), targets=(target,))
    opened = [step.case for step in judge(whole, policy, now).changes.steps if step.opened]
    return next((case.queue for case in opened if case.fingerprint.cls is ExceptionClass.FAILED_UPDATE), None)


def _reasoned(policy: Policy) -> Found:
    about = "6 overrides need a reason and an owner"
    rules = policy.rules_for(ExceptionClass.MANUAL_OVERRIDE)
    if not rules.note_required:
        mend = "Set `note_required: true` under classes.manual_override."
        return fail(about, "a number set by hand may be accepted without a word", mend)
    owner = policy.queues[rules.queue or policy.default_queue].name
    return good(about, f"{owner} owns them, and none ends without a note")


def _told(policy: Policy) -> Found:
    about = "7 marketplace and feed failures reach operations and growth"
    classes = (ExceptionClass.FEED_SUPPRESSION, ExceptionClass.FAILED_UPDATE, ExceptionClass.STALE_FEED)
    untold = [cls.value for cls in classes if not policy.rules_for(cls).copies]
    if untold:
        mend = "Add `copies:` with people or a #channel to these classes, so that growth hears of them once."
        return warn(about, f"operations owns them, nobody else is told of: {', '.join(untold)}", mend)
    return good(about, "their queues own them, and policy names who is told besides")
