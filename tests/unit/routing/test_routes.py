"""Routes: the first that fits owns the exception; what no route knows goes on to its class and the default."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.cli import group
from sync.errors import BadInput
from sync.exceptions.lifecycle import settle
from sync.model.exceptions import Evidence, ExceptionClass, Finding, Fingerprint, Risk
from sync.model.ids import LocationId, QueueId, SkuId, SystemId
from sync.model.money import Money
from sync.policy.routing import route
from sync.policy.words import explain
from tests.shop_rules import rules

SHOP, WMS = SystemId("shopify-us"), SystemId("wms")
VARIANCE, EXPOSURE = ExceptionClass.WMS_ERP_VARIANCE, ExceptionClass.EXPOSURE_MISMATCH
ROUTES = [
    {"queue": "finance", "tag": "consignment"},
    {"queue": "warehouse", "class_name": "wms_erp_variance", "location": "reno"},
    {"queue": "finance", "family": "lamps", "system": "wms"},
]
POLICY = rules(routes=ROUTES, skus={"LMP": {"family": "lamps", "tags": ["consignment"]}})


@pytest.mark.parametrize(
    ("about", "family", "expected"),
    [
        (Fingerprint(VARIANCE, sku=SkuId("LMP"), location=LocationId("reno")), "lamps", ("finance", "routes.0")),
        (Fingerprint(VARIANCE, sku=SkuId("MUG"), location=LocationId("reno")), "", ("warehouse", "routes.1")),
        (Fingerprint(EXPOSURE, sku=SkuId("OAK"), systems=(SHOP, WMS)), "lamps", ("finance", "routes.2")),
        (Fingerprint(EXPOSURE, sku=SkuId("OAK"), systems=(SHOP,)), "lamps", ("marketplaces", "default_queue")),
        (Fingerprint(VARIANCE, sku=SkuId("MUG")), "", ("marketplaces", "default_queue")),
    ],
)
def test_the_first_route_that_fits_wins(about: Fingerprint, family: str, expected: tuple[str, str]) -> None:
    routed = route(POLICY, about, family)
    assert (routed.queue, routed.by) == expected


@given(
    st.sampled_from(ExceptionClass),
    st.sampled_from(["LMP", "MUG", None]),
    st.sampled_from([(), (SHOP,), (SHOP, WMS)]),
    st.sampled_from(["reno", None]),
    st.sampled_from(["", "lamps"]),
)
def test_nothing_is_ever_unowned(
    cls: ExceptionClass, sku: str | None, systems: tuple[SystemId, ...], location: str | None, family: str
) -> None:
    about = Fingerprint(
        cls,
        sku=SkuId(sku) if sku else None,
        systems=systems,
        location=LocationId(location) if location else None,
    )
    assert route(POLICY, about, family).queue in POLICY.queues


def test_an_exception_opens_in_its_routes_queue_and_its_proof_says_by_which() -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    about = Fingerprint(EXPOSURE, sku=SkuId("OAK"), systems=(WMS,))
    found = Finding(about, 7, Evidence(changed="WMS counts 9."), Risk(Money.zero("USD")), noon)
    [step] = settle([found], (), (), POLICY, noon, family="lamps").steps
    assert step.case.queue == QueueId("finance")
    assert ("routed_by", "routes.2") in step.entries[0].figures


@pytest.mark.parametrize(
    ("one", "told"),
    [
        ({"queue": "finance"}, "it is for everything"),
        ({"queue": "finanec", "tag": "x"}, "routes.0.queue: there is no queue 'finanec'"),
        ({"queue": "finance", "system": "wmz"}, "routes.0.system: there is no system 'wmz'"),
        ({"queue": "finance", "location": "rino"}, "routes.0.location: there is no location 'rino'"),
    ],
)
def test_a_route_that_means_nothing_is_refused(one: dict[str, str], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        rules(routes=[one])


def test_routes_read_back_in_order() -> None:
    told = explain(POLICY)
    assert "First, when the product is tagged consignment: Finance owns it, whatever is said below." in told
    assert "Else, when it is about WMS and the product family is lamps: Finance owns it" in told


def test_the_command_says_who_owns_it_and_by_which_line(tmp_path: Path) -> None:
    example = (Path(__file__).parents[3] / "policy.example.yml").read_text(encoding="utf-8")
    path = tmp_path / "rules.yml"
    path.write_text(f"{example}\nroutes: [{{queue: finance, class_name: oversell}}]\n", encoding="utf-8")
    answer = CliRunner().invoke(group, ["policy", "route", str(path), "--class", "oversell"], catch_exceptions=False)
    assert answer.output.startswith("Finance (")
    assert f"by routes.0 in {path}. Told in turn: " in answer.output


def test_the_command_refuses_names_that_mean_nothing() -> None:
    example = Path(__file__).parents[3] / "policy.example.yml"
    for wrong in (["--class", "stale"], ["--class", "oversell", "--system", "nobody"]):
        answer = CliRunner().invoke(group, ["policy", "route", str(example), *wrong])
        assert isinstance(answer.exception, BadInput)
