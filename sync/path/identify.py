"""From the sender's words to ours: which SKU, which place. Nothing is guessed; what is not known stays unmapped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from types import NoneType
from typing import Any

from sync.model.facts import (
    FactDraft,
    FactKind,
    ItemRef,
    LineStated,
    LineStep,
    ListingStated,
    OrderRef,
    RecipeStated,
)
from sync.model.ids import LocationId, SkuId, SystemId
from sync.model.money import Money
from sync.model.stock import Sku
from sync.policy.schema import Policy


def place_of(policy: Policy, system: SystemId, place: str | None) -> LocationId | None:
    """The location a system means: by policy's ``known_as``, else by our own id or name, equal but for case and blanks."""
    if place is None:
        return None
    wanted = folded(place)
    for name, location in policy.locations.items():
        known = location.known_as.get(system)
        if known is not None:
            if folded(known) == wanted:
                return LocationId(name)
        elif wanted in (folded(name), folded(location.name)):
            return LocationId(name)
    return None


def folded(code: str) -> str:
    """A code as it is compared: blanks at the ends cut, blanks inside made one, case folded."""
    return " ".join(code.split()).casefold()


def compared(policy: Policy, code: str) -> str:
    """A code as this shop compares it: as it is written, or equal but for case and blanks where policy says so."""
    return folded(code) if policy.identity.fold_case else code.strip()


def ignored(policy: Policy, item: ItemRef | None) -> bool:
    """Codes that are no product (postage, bank charges): counted, never mapped."""
    if item is None or item.namespace != "sku":
        return False
    return folded(item.value) in {folded(code) for code in policy.identity.ignored_codes}


Known = Mapping[ItemRef, SkuId]


def listed_before(draft: FactDraft, known: Known) -> SkuId | None:
    """The SKU that a listing's own ids (variant, item) are tied to already."""
    return next((known[ref] for ref in listing_refs(draft) if ref in known), None)


def renamed(drafts: Iterable[FactDraft], known: Known) -> dict[ItemRef, SkuId]:
    """New codes of listings that are known by their own ids: a code that is changed in the shop stays the same product (F16)."""
    found: dict[ItemRef, SkuId] = {}
    for draft in drafts:
        before = listed_before(draft, known)
        if before is not None and draft.item is not None and draft.item.namespace == "sku" and draft.item not in known:
            found.setdefault(draft.item, before)
    return found


def sku_of(draft: FactDraft, known: Known) -> SkuId | None:
    """The SKU that a draft is about. A listing stays with the one that its own ids are tied to, whatever its code says now."""
    if draft.item is None:
        return None
    before = listed_before(draft, known) if draft.kind is FactKind.LISTING_SEEN else None
    return before or known.get(draft.item)


Turns = Mapping[ItemRef, tuple[tuple[datetime, SkuId], ...]]

SHOWN = frozenset({FactKind.LISTING_SEEN, FactKind.LEVEL_SEEN})
"""What a channel shows now: it goes by what its names mean now, whatever they meant before."""


def meant_then(draft: FactDraft, turned: Turns, holders: Mapping[OrderRef, SkuId]) -> SkuId | None:
    """What the draft's name meant at the time that decides: an order's placing, else the fact's own. None: what it means now.

    Steps of an order go where its line is held.
    """
    versions = turned.get(draft.item, ()) if draft.item is not None and draft.kind not in SHOWN else ()
    body = draft.body
    if not versions:
        return None
    if isinstance(body, LineStep) and body.order in holders:
        return holders[body.order]
    at = body.placed_at if isinstance(body, LineStated) else draft.as_of.start
    return next((sku for since, sku in reversed(versions) if since <= at), None)


def with_claim(draft: FactDraft, known: Known) -> FactDraft:
    """A listing told with the product that its code stands for, where that is not the one that it is tied to."""
    body = draft.body
    if not isinstance(body, ListingStated) or draft.item is None or draft.item.namespace != "sku":
        return draft
    says, before = known.get(draft.item), listed_before(draft, known)
    return replace(
        draft, body=replace(body, claims=says if says is not None and before not in (None, says) else SkuId(""))
    )


def new_skus(policy: Policy, system: SystemId, drafts: list[FactDraft], known: Known) -> list[Sku]:
    """Catalogue entries that a catalogue system's listings give, first non-empty field of each; none from other systems."""
    if system not in policy.identity.catalogue:
        return []
    found: dict[str, Sku] = {}
    for draft in drafts:
        if draft.kind is not FactKind.LISTING_SEEN or draft.item is None or draft.item.namespace != "sku":
            continue
        body = draft.body
        code = draft.item.value.strip()
        if not code or not isinstance(body, ListingStated) or body.removed or ignored(policy, draft.item):
            continue
        currency = body.currency or policy.currency
        sku = sku_of(draft, known) or SkuId(code)
        rules = policy.skus.get(sku)
        found.setdefault(
            compared(policy, sku),
            Sku(
                id=sku,
                title=body.title or "",
                family=(rules.family or "") if rules else "",
                gtin=body.gtin,
                price=Money(body.price, currency) if body.price is not None else None,
                unit_cost=Money(body.unit_cost, currency) if body.unit_cost is not None else None,
            ),
        )
    return list(found.values())


def listing_refs(draft: FactDraft) -> list[ItemRef]:
    """The channel's own ids that a listing fact ties to its SKU."""
    body = draft.body
    if not isinstance(body, ListingStated):
        return []
    return [ItemRef(namespace, value) for namespace, value in body.external if namespace != "product"]


def part_refs(draft: FactDraft) -> list[ItemRef]:
    """The parts that a recipe names, in the sender's codes."""
    body = draft.body
    return [ItemRef("sku", code) for code, _ in body.parts] if isinstance(body, RecipeStated) else []


def new_parts(policy: Policy, refs: Iterable[ItemRef]) -> list[Sku]:
    """Catalogue entries for parts that no catalogue system lists: a recipe that names a code says that it is a product."""
    codes: dict[str, str] = {}
    for ref in sorted(refs, key=lambda one: one.value):
        if ref.value.strip():
            codes.setdefault(compared(policy, ref.value), ref.value.strip())
    return [Sku(SkuId(code)) for code in codes.values()]


def with_known_parts(draft: FactDraft, known: Mapping[ItemRef, SkuId]) -> FactDraft:
    """A recipe in canonical SKUs; a part named twice counts as often. Any other draft as it is."""
    body = draft.body
    if not isinstance(body, RecipeStated):
        return draft
    units: dict[str, int] = {}
    for code, each in body.parts:
        sku = known.get(ItemRef("sku", code), SkuId(code))
        units[sku] = units.get(sku, 0) + each
    return replace(draft, body=RecipeStated(tuple(sorted(units.items()))))


def fingerprint(draft: FactDraft) -> str:
    """What tells a duplicate from a conflict: SHA-256 over the fact's content, its own key and times included.

    The content is JSON as the json module writes it with sorted names and without blanks.
    """
    return hashlib.sha256(_written(draft).encode()).hexdigest()


def _written(value: Any) -> str:
    """A part of a fact as JSON text, its fields by name, sorted."""
    return _WRITERS[value.__class__](value)


class _Writers(dict[type, Callable[[Any], str]]):
    """How values of a class are written, found out once for each."""

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        """Raises TypeError for a class that no fact may hold."""
        writer = self[kind] = _writer(kind)
        return writer


_WRITERS = _Writers()


def _writer(kind: type) -> Callable[[Any], str]:
    if is_dataclass(kind):
        return _of_fields(kind)
    if issubclass(kind, tuple):
        return lambda value: f"[{','.join([_written(one) for one in value])}]"
    if issubclass(kind, datetime):
        return _instant
    if issubclass(kind, Decimal):
        return lambda value: f'"{value.normalize():f}"'
    if issubclass(kind, str):
        return json.encoder.encode_basestring_ascii
    if issubclass(kind, NoneType):
        return lambda _nothing: "null"
    if issubclass(kind, int):
        return json.dumps if issubclass(kind, bool) else int.__repr__
    raise TypeError(f"a fact cannot hold a {kind.__name__}")


def _instant(value: datetime) -> str:
    return _utc(value) if value.tzinfo is UTC else f'"{value.isoformat()}"'


@lru_cache(maxsize=1024)
def _utc(value: datetime) -> str:
    """All facts of an order name the same few instants. Of other zones two are equal that are not written alike."""
    return f'"{value.isoformat()}"'


def _of_fields(kind: type) -> Callable[[Any], str]:
    """Written out for the class, since a loop over its fields costs as much as their values do; texts, which most fields hold,
    without a call in between."""
    names: dict[str, Any] = {"writers": _WRITERS, "text": _WRITERS[str]}
    parts = []
    for field in sorted(fields(kind), key=lambda field: field.name):
        if "aside" in field.metadata:
            continue
        held = f"(text(v) if (v := value.{field.name}).__class__ is str else writers[v.__class__](v))"
        part = f"""',"{field.name}":' + {held}"""
        if "later" in field.metadata:
            names[f"default_{field.name}"] = field.default
            part = f"({part} if value.{field.name} != default_{field.name} else '')"
        parts.append(part)
    source = f"def write(value): return '{{' + ({' + '.join(parts) or repr('')})[1:] + '}}'"
    exec(source, names)  # noqa: S102 - the names are those of our own fields
    made: Callable[[Any], str] = names["write"]
    return made
