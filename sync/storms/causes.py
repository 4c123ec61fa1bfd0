"""Keys of causes: ``system:kind`` or ``system:kind:place``. Equal keys belong together; :func:`told` says them in words.

Two sorts of cause: one that *stands* as long as it is true (a source is silent, an account refuses us) and takes every
exception of its system with it; and one that *happened* (a count, an order, a changed policy) and stays what began the trouble,
whatever is heard later.
"""

from __future__ import annotations

from sync.connectors.base import Fault
from sync.model.ids import LocationId, SystemId
from sync.policy.schema import COUNT_SYSTEM, Policy

SILENT = "silent"
COUNTS = "counts"
MOVEMENTS = "movements"
ORDERS = "orders"
EXPOSURE = "exposure"
VARIANCE = "variance"
POLICY = "policy"
OUR_FAULT = "our_fault"

_STANDING = frozenset({SILENT, OUR_FAULT, *Fault})
_TOLD = {
    SILENT: "{system} is silent",
    COUNTS: "{system}: new counts at {place}",
    MOVEMENTS: "{system}: movements at {place}",
    ORDERS: "{system}: new orders",
    EXPOSURE: "{system} does not show what it should",
    VARIANCE: "{system} differ at {place}",
    OUR_FAULT: "Something broke on our side",
    "salable": "{system} sells more than is there",
    "stuck": "Orders hold stock for too long",
    "suppressed": "{system} took listings off sale",
    "override": "Numbers on {system} were set by hand",
    "another_writer": "Somebody else writes to {system}",
    "oversold": "More was sold than there is",
    "unmapped": "{system} speaks of what we do not know",
    "unusable": "{system} sent what we cannot use",
    "negative": "{system} states less than nothing",
    "collision": "Codes of {system} stand on two listings",
    "moved": "{system} gave listings the codes of other products",
    "gtin": "Barcodes that are none",
    "shared_gtin": "Barcodes that stand on two products",
}
_REFUSED = "{system} does not take our updates ({kind})"


def counts_cause(system: SystemId, place: LocationId | None) -> str:
    """New counts of a system at a place: a snapshot, a file, a recount."""
    return f"{system}:{COUNTS}:{place or ''}"


def movements_cause(system: SystemId, place: LocationId | None) -> str:
    """Receipts, adjustments and the like that a system told of a place."""
    return f"{system}:{MOVEMENTS}:{place or ''}"


def policy_cause(version: int) -> str:
    """The rules changed to this version."""
    return f"{POLICY}:{version}"


def stands(cause: str) -> bool:
    """Whether a cause is a state of the world that holds until it ends, rather than something that happened."""
    return parts(cause)[1] in _STANDING


def lasting_cause(new: str, old: str) -> str:
    """The cause of a known trouble after it was found again: what stands now takes it over, what stood and is over gives it
    to what is found now, and what happened stays what began it."""
    return new if stands(new) or stands(old) or not old else old


def parts(cause: str) -> tuple[str, str, str]:
    """(subject, kind, place) of a key."""
    subject, kind, place = [*cause.split(":", 2), "", ""][:3]
    return subject, kind, place


def told(policy: Policy, cause: str) -> str:
    """A cause in a few words, as a title; names of systems and places are those of policy."""
    subject, kind, place = parts(cause)
    if subject == POLICY:
        return f"The policy changed to version {kind}"
    names = [_system(policy, one) for one in subject.split("+")]
    where = policy.locations[place].name if place in policy.locations else place or "an unknown place"
    return _TOLD.get(kind, _REFUSED).format(system=" and ".join(names), place=where, kind=kind.replace("_", " "))


def _system(policy: Policy, system: str) -> str:
    if system == COUNT_SYSTEM:
        return "Count by a person"
    return policy.systems[system].name if system in policy.systems else system
