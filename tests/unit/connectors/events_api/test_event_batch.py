"""A body becomes items: each event alone, refused loudly where a spreadsheet or a bug speaks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sync.connectors.base import Inbound
from sync.connectors.events_api.batch import EventBatchRead, EventItem, InvalidRequest, read_batch
from sync.connectors.events_api.connector import EventsApiConnector
from sync.connectors.events_api.sender import Sender
from sync.connectors.events_api.strict_json import MalformedJson
from sync.model.facts import Acknowledged, Change, Count, FactKind, ItemRef, LineState, LineStated, LineStep, OrderRef
from sync.model.ids import SystemId
from sync.model.time import AsOf
from sync.policy.system_rules import Basis, Source, System, Trust

WMS = SystemId("wms")
SHOP = SystemId("shopify-us")
SEVEN = datetime(2026, 11, 24, 7, tzinfo=UTC)
JSON = {"content-type": "application/json"}
SENDER = Sender(WMS, speaks_for=frozenset({"shopify-us"}))

COUNTED: dict[str, Any] = {
    "id": "wms-88121",
    "type": "stock.counted",
    "occurred_at": "2026-11-24T02:00:00-05:00",
    "sku": "RE-130",
    "location": "WH1",
    "on_hand": 11,
}
ORDERED: dict[str, Any] = {
    "id": "wms-9",
    "type": "order.line",
    "occurred_at": "2026-11-24T07:00:00Z",
    "sku": "RE-130",
    "order": "1001",
    "line": "1",
    "units": 2,
    "state": "confirmed",
}


def an_event(base: dict[str, Any] = COUNTED, **fields: Any) -> dict[str, Any]:
    return {name: value for name, value in {**base, **fields}.items() if value is not ...}


def read(*events: Any, sender: Sender = SENDER) -> EventBatchRead:
    return read_batch(json.dumps({"events": list(events)}).encode(), JSON, sender)


def one(event: Any, sender: Sender = SENDER) -> EventItem:
    return read(event, sender=sender).items[0]


def refused(event: Any, sender: Sender = SENDER) -> tuple[str, str]:
    item = one(event, sender)
    assert item.problem is not None, f"it was accepted: {item.drafts}"
    assert item.drafts == ()
    return item.problem.where, item.problem.why


# -- what events mean --------------------------------------------------------------------------------------------------


def test_a_count_is_a_statement_as_of_its_reading() -> None:
    item = one(an_event(reserved=1, as_of_end="2026-11-24T07:20:00Z"))
    [draft] = item.drafts
    assert (draft.kind, draft.key, item.id) == (FactKind.COUNTED, "event:wms-88121", "wms-88121")
    assert (draft.item, draft.place, draft.body) == (ItemRef("sku", "RE-130"), "WH1", Count(on_hand=11, reserved=1))
    assert draft.as_of == AsOf(SEVEN, SEVEN.replace(minute=20))


def test_f61_an_unchanged_number_is_a_new_fact_under_its_own_id() -> None:
    first, second = one(an_event()).drafts[0], one(an_event(id="wms-2", occurred_at="2026-11-24T08:00:00Z")).drafts[0]
    assert first.key != second.key


def test_a_pick_that_names_its_order_is_a_change_with_that_order() -> None:
    event = an_event(type="stock.changed", on_hand=..., on_hand_delta=-2, channel="shopify-us", order="1001", line="1")
    assert one(event).drafts[0].body == Change(on_hand=-2, order=OrderRef(SHOP, "1001", "1"))


@pytest.mark.parametrize(
    ("kind", "fact"), [("stock.received", FactKind.RECEIVED), ("return.received", FactKind.RETURNED)]
)
def test_receipts_and_returns_are_movements(kind: str, fact: FactKind) -> None:
    [draft] = one(an_event(type=kind, on_hand=..., on_hand_delta=5, incoming_delta=-5)).drafts
    assert (draft.kind, draft.body) == (fact, Change(on_hand=5, incoming=-5))


def test_a_vendors_word_holds_until_it_says_and_for_as_many_units() -> None:
    event = an_event(type="stock.acknowledged", on_hand=..., units=4, until="2026-11-25T07:00:00Z")
    [draft] = one(event).drafts
    assert (draft.kind, draft.place, draft.body) == (
        FactKind.STOCK_ACKNOWLEDGED,
        "WH1",
        Acknowledged(4, SEVEN.replace(day=25)),
    )
    [bare] = one(an_event(type="stock.acknowledged", on_hand=...)).drafts
    assert bare.body == Acknowledged()


def test_a_vendors_word_that_ends_before_it_was_given_is_refused() -> None:
    event = an_event(type="stock.acknowledged", on_hand=..., until="2026-11-24T06:59:00Z")
    assert refused(event) == ("/events/0/until", "It ends before it was given (occurred_at).")


def test_a_transfer_in_transit_left_here_and_is_incoming_there() -> None:
    event = an_event(type="stock.transferred", on_hand=..., on_hand_delta=-4, to_location="WH2")
    out, into = one(event).drafts
    assert (out.key, out.place, out.body) == ("event:wms-88121", "WH1", Change(on_hand=-4))
    assert (into.key, into.place, into.body) == ("event-in:wms-88121", "WH2", Change(incoming=4, transfer="wms-88121"))
    assert [out.follows, into.follows] == [False, True]


def test_what_arrived_may_name_its_transfer_and_another_name_is_another_fact() -> None:
    event = an_event(type="stock.received", on_hand=..., on_hand_delta=4, transfer="wms-7")
    [draft] = one(event).drafts
    assert draft.body == Change(on_hand=4, transfer="wms-7")
    ties = {one(event | {"transfer": name}).drafts[0].tie for name in ("wms-7", "wms-8")}
    assert len(ties) == 2


def test_a_transfer_that_arrived_is_on_hand_there_from_its_arrival() -> None:
    event = an_event(
        type="stock.transferred",
        on_hand=...,
        on_hand_delta=-4,
        to_location="WH2",
        arrived_at="2026-11-24T09:00:00Z",
    )
    _, into = one(event).drafts
    assert (into.body, into.as_of.start) == (Change(on_hand=4), SEVEN.replace(hour=9))


def test_an_order_line_states_all_its_units() -> None:
    [draft] = one(an_event(ORDERED, price="12.50", currency="USD", channel="shopify-us")).drafts
    assert draft.kind is FactKind.ORDER_LINE
    assert draft.body == LineStated(
        OrderRef(SHOP, "1001", "1"), 2, LineState.CONFIRMED, SEVEN, price=Decimal("12.50"), currency="USD"
    )


@pytest.mark.parametrize(
    ("kind", "fact"),
    [
        ("order.cancelled", FactKind.ORDER_CANCELLED),
        ("order.shipped", FactKind.ORDER_SHIPPED),
        ("order.acknowledged", FactKind.ORDER_ACKNOWLEDGED),
    ],
)
def test_order_steps_are_units_of_this_event_on_the_senders_own_channel_by_default(kind: str, fact: FactKind) -> None:
    [draft] = one(an_event(ORDERED, type=kind, state=...)).drafts
    assert (draft.kind, draft.body) == (fact, LineStep(OrderRef(WMS, "1001", "1"), 2))


def test_nanoseconds_keep_the_order_within_a_microsecond() -> None:
    earlier = one(an_event(id="b", occurred_at="2026-11-24T07:00:00.000000001Z")).drafts[0]
    later = one(an_event(id="a", occurred_at="2026-11-24T07:00:00.000000002Z")).drafts[0]
    assert earlier.as_of == later.as_of
    assert earlier.tie < later.tie


def test_movements_come_before_statements_of_the_same_instant() -> None:
    moved = one(an_event(id="z", type="stock.changed", on_hand=..., on_hand_delta=1)).drafts[0]
    stated = one(an_event(id="a")).drafts[0]
    assert moved.tie < stated.tie


def test_data_and_sequence_belong_to_the_content() -> None:
    plain = one(an_event()).drafts[0]
    assert one(an_event(data={"sheet": "C-17"})).drafts[0] != plain
    assert one(an_event(sequence=7)).drafts[0] != plain
    same = one(an_event(occurred_at="2026-11-24T07:00:00Z")).drafts[0]
    assert same == plain


def test_a_sequence_decides_only_where_policy_says_the_system_has_one() -> None:
    assert one(an_event(sequence=7)).drafts[0].sequence == 0
    assert one(an_event(sequence=7), Sender(WMS, sequenced=True)).drafts[0].sequence == 7


# -- refusals of single events -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [True, "11", 2.0, 1e1, 10**9 + 1, -(10**9) - 1, [], 2**63])
def test_only_whole_numbers_within_a_thousand_million_are_counts(number: Any) -> None:
    where, _ = refused(an_event(on_hand=number))
    assert where == "/events/0/on_hand"


@pytest.mark.parametrize("written", ["2.0", "2e3", "1e400", "1" * 40])
def test_a_number_from_a_wrong_exporter_is_shown_as_it_was_written(written: str) -> None:
    body = json.dumps({"events": [an_event(on_hand=77777)]}).replace("77777", written).encode()
    [item] = read_batch(body, JSON, SENDER).items
    assert item.problem is not None
    assert written[:40] in item.problem.why


def test_minus_zero_is_zero() -> None:
    body = json.dumps({"events": [an_event(on_hand=77777)]}).replace("77777", "-0").encode()
    assert read_batch(body, JSON, SENDER).items[0].drafts[0].body == Count(on_hand=0)


@pytest.mark.parametrize(
    ("event", "pointer"),
    [
        ("no object", "/events/0"),
        (an_event(id=...), "/events/0/id"),
        (an_event(id=""), "/events/0/id"),
        (an_event(id="é"), "/events/0/id"),
        (an_event(id="x" * 256), "/events/0/id"),
        (an_event(id=7), "/events/0/id"),
        (an_event(type="stock.counting"), "/events/0/type"),
        (an_event(type=...), "/events/0/type"),
        (an_event(occurred_at="2026-11-24T02:00:00"), "/events/0/occurred_at"),
        (an_event(occurred_at=1764000000), "/events/0/occurred_at"),
        (an_event(as_of_end="2026-11-24T01:00:00-05:00"), "/events/0/as_of_end"),
        (an_event(sku=""), "/events/0/sku"),
        (an_event(sku="A\nB"), "/events/0/sku"),
        (an_event(sku="A\ufffdB"), "/events/0/sku"),
        (an_event(sku="A\u200bB"), "/events/0/sku"),
        (an_event(location=...), "/events/0/location"),
        (an_event(on_hand=...), "/events/0"),
        (an_event(on_hand=None), "/events/0"),
        (an_event(available=3), "/events/0/available"),
        (an_event(colour="red"), "/events/0/colour"),
        (an_event(on_hand_delta=3), "/events/0/on_hand_delta"),
        (an_event(sequence=-1), "/events/0/sequence"),
        ({**COUNTED, "a/b~c": 1}, "/events/0/a~1b~0c"),
        (an_event(type="stock.changed", on_hand=...), "/events/0"),
        (an_event(type="stock.changed", on_hand=..., on_hand_delta=0), "/events/0/on_hand_delta"),
        (an_event(type="stock.changed", on_hand=..., on_hand_delta=1, line="1"), "/events/0/order"),
        (
            an_event(type="stock.transferred", on_hand=..., on_hand_delta=4, to_location="WH2"),
            "/events/0/on_hand_delta",
        ),
        (
            an_event(type="stock.transferred", on_hand=..., on_hand_delta=-4, to_location="WH1"),
            "/events/0/to_location",
        ),
        (an_event(ORDERED, units=-1), "/events/0/units"),
        (an_event(ORDERED, state="maybe"), "/events/0/state"),
        (an_event(ORDERED, channel="amazon-us"), "/events/0/channel"),
        (an_event(ORDERED, price="12,50", currency="USD"), "/events/0/price"),
        (an_event(ORDERED, price=12, currency="USD"), "/events/0/price"),
        (an_event(ORDERED, price="12.50"), "/events/0/currency"),
        (an_event(ORDERED, line=...), "/events/0/line"),
    ],
)
def test_what_breaks_the_table_is_refused_at_its_place(event: Any, pointer: str) -> None:
    where, why = refused(event)
    assert where == pointer
    assert why.endswith(".")


def test_a_bad_event_does_not_stop_its_neighbours_and_keeps_its_place() -> None:
    items = read(an_event(id="a"), an_event(id="b", on_hand=2.0), an_event(id="c")).items
    assert [(item.index, item.id, item.problem is None) for item in items] == [
        (0, "a", True),
        (1, "b", False),
        (2, "c", True),
    ]


def test_a_source_that_counts_available_sends_available() -> None:
    sender = Sender(WMS, basis=Basis.AVAILABLE)
    assert one(an_event(on_hand=..., available=3), sender).drafts[0].body == Count(available=3)
    assert refused(an_event(), sender)[0] == "/events/0/on_hand"


def test_a_numbered_system_may_not_send_an_event_without_its_number() -> None:
    assert refused(an_event(), Sender(WMS, sequenced=True))[0] == "/events/0/sequence"


@pytest.mark.parametrize(
    ("sender", "pointer"),
    [
        (Sender(WMS, types=frozenset({"order.line"})), "/events/0/type"),
        (Sender(WMS, places=frozenset({"WH2"})), "/events/0/location"),
        (Sender(WMS, most_units=10), "/events/0/on_hand"),
    ],
)
def test_a_credential_says_only_what_it_may(sender: Sender, pointer: str) -> None:
    assert refused(an_event(), sender)[0] == pointer


def test_an_event_beyond_64_kib_is_refused_and_a_large_batch_of_small_ones_is_not() -> None:
    assert refused(an_event(data="x" * 70_000)) == ("/events/0", "It is larger than 64 KiB.")
    many = [an_event(id=str(number), data="x" * 200) for number in range(1000)]
    assert all(item.problem is None for item in read(*many).items)


def test_policys_zone_reads_naive_times_and_tells_of_the_repeated_hour() -> None:
    sender = Sender(WMS, zone=ZoneInfo("Europe/Berlin"))
    item = one(an_event(occurred_at="2026-10-25T02:30:00"), sender)
    assert item.drafts[0].as_of.start == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert item.note is not None
    assert item.note.where == "/events/0/occurred_at"


# -- refusals of the whole request -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'\xef\xbb\xbf{"events":[]}',
        b'{"events":[{"a":NaN}]}',
        b'{"events":[{"a":-Infinity}]}',
        b'{"events":[{"a":1,"a":2}]}',
        b'{"events":' + b"[" * 32 + b"]" * 32 + b"}",
        b"[" * 100_000 + b"]" * 100_000,
    ],
)
def test_malformed_json_is_refused_whole(body: bytes) -> None:
    with pytest.raises(MalformedJson):
        read_batch(body, JSON, SENDER)


def test_thirty_two_levels_are_read() -> None:
    deep: Any = 1
    for _ in range(29):
        deep = [deep]
    assert one(an_event(data=deep)).problem is None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], ""),
        ({}, ""),
        ({"events": {}}, "/events"),
        ({"events": []}, "/events"),
        ({"events": [COUNTED] * 1001}, "/events"),
        ({"events": [COUNTED], "source": "wms"}, "/source"),
    ],
)
def test_what_is_no_batch_is_refused_whole_with_its_place(body: Any, pointer: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_batch(json.dumps(body).encode(), JSON, SENDER)
    assert caught.value.pointer == pointer


# -- CloudEvents -------------------------------------------------------------------------------------------------------


def a_cloud_event(**fields: Any) -> dict[str, Any]:
    event = {
        "specversion": "1.0",
        "id": "wms-88121",
        "source": "/systems/wms",
        "type": "countersign.stock.counted",
        "time": "2026-11-24T02:00:00-05:00",
        "subject": "RE-130@WH1",
        "datacontenttype": "application/json",
        "traceparent": "kept",
        "data": {"on_hand": 11},
    }
    return {name: value for name, value in {**event, **fields}.items() if value is not ...}


def read_cloud(body: Any, media: str, **headers: str) -> tuple[EventItem, ...]:
    given = {"content-type": media, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return read_batch(json.dumps(body).encode(), given, SENDER).items


def test_a_structured_cloud_event_means_the_same_as_ours() -> None:
    [item] = read_cloud(a_cloud_event(), "application/cloudevents+json; charset=utf-8")
    assert item.drafts == one(an_event()).drafts


def test_a_batch_of_cloud_events_is_an_array() -> None:
    items = read_cloud([a_cloud_event(), a_cloud_event(id="2", time=...)], "application/cloudevents-batch+json")
    assert [item.problem is None for item in items] == [True, False]
    assert items[1].problem is not None
    assert items[1].problem.where == "/1/time"


def test_a_binary_cloud_event_has_its_attributes_in_headers() -> None:
    [item] = read_cloud(
        {"on_hand": 11, "sku": "RE-130", "location": "WH1"},
        "application/json",
        ce_specversion="1.0",
        ce_id="wms-88121",
        ce_source="wms",
        ce_type="stock.counted",
        ce_time="2026-11-24T07%3A00:00Z",
    )
    assert item.drafts == one(an_event()).drafts


def test_a_sequence_extension_is_read() -> None:
    [item] = read_batch(
        json.dumps(a_cloud_event(sequence="512")).encode(),
        {"content-type": "application/cloudevents+json"},
        Sender(WMS, sequenced=True),
    ).items
    assert item.drafts[0].sequence == 512


@pytest.mark.parametrize(
    ("event", "pointer"),
    [
        (a_cloud_event(specversion="0.3"), "/specversion"),
        (a_cloud_event(source="/systems/erp"), "/source"),
        (a_cloud_event(source=...), "/source"),
        (a_cloud_event(data_base64="e30="), "/data_base64"),
        (a_cloud_event(data="text"), "/data"),
        (a_cloud_event(data={"on_hand": 11, "id": "other"}), "/data"),
        (a_cloud_event(data={"on_hand": 2.0}), "/data/on_hand"),
        (a_cloud_event(subject=...), "/data/sku"),
        (a_cloud_event(id=...), "/id"),
    ],
)
def test_a_cloud_event_that_does_not_fit_is_invalid_at_its_place(event: Any, pointer: str) -> None:
    [item] = read_cloud(event, "application/cloudevents+json")
    assert item.problem is not None
    assert item.problem.where == pointer


# -- as a delivery -----------------------------------------------------------------------------------------------------


def test_a_request_is_one_delivery_with_its_facts_and_problems() -> None:
    system = System(kind="events_api", name="WMS", source=Source(trust=Trust.PHYSICAL))
    body = json.dumps({"events": [an_event(), an_event(id="b", on_hand=2.0)]}).encode()
    headers = {**JSON, "idempotency-key": "k-1"}
    parsed = EventsApiConnector(WMS, system).parse(Inbound(WMS, "events", body, SEVEN, headers))
    assert (parsed.key, len(parsed.facts), parsed.rows, parsed.content_at) == ("k-1", 1, 2, SEVEN)
    assert [problem.where for problem in parsed.problems] == ["/events/1/on_hand"]
