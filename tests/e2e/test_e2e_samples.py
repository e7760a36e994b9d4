"""Every sample order ends where it should, and stands in Shopify as the field mapping says.

A sample says what it has other than ``usual.json``, the ordinary case.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.system.history import Life
from tests.system.raw_orders import AS_OF, changed, shifted
from tests.system.shopify_side import Entry, details, tiktok_id
from tests.system.stack import System
from tests.system.waiting import wait_until

FOLDER = Path(__file__).parent
USUAL = json.loads((FOLDER / "usual.json").read_text())


def read_sample(file: Path) -> dict[str, Any]:
    sample: dict[str, Any] = json.loads(file.read_text())
    ends = sample["ends"]
    if "shopify" in ends:
        ends["shopify"] = changed(USUAL["shopify"], ends["shopify"])
    return sample | {"order": changed(USUAL["order"], sample["order"])}


SAMPLES = {file.stem: read_sample(file) for file in sorted((FOLDER / "samples").glob("*.json"))}
SYNCED = [name for name, sample in SAMPLES.items() if sample["ends"]["status"] == "Synced"]
CHANNEL = "TikTok Shop - Harbor & Pine"


@dataclass(frozen=True)
class Ended:
    """Where all samples are 30 s after they came at the latest; by name."""

    stored: Mapping[str, dict[str, Any]]
    lives: Mapping[str, Life]
    in_shopify: Mapping[str, list[Entry]]


@pytest.fixture(scope="module")
def ended(system: System) -> Ended:
    shift = int(time.time()) - AS_OF
    stored = {
        name: system.tiktok.post(
            shifted(sample["order"], shift), as_given=sample.get("as_given", False)
        )[0]
        for name, sample in SAMPLES.items()
    }
    ids = {order["id"]: name for name, order in stored.items()}

    def all_ended() -> dict[str, Life] | None:
        lives = {ids[order_id]: life for order_id, life in system.lives(ids).items()}
        over = all(is_over(life, SAMPLES[name]["ends"]) for name, life in lives.items())
        return lives if over and len(lives) == len(ids) else None

    lives = wait_until(
        all_ended,
        30,
        lambda: "\n".join(
            f"{ids[order_id]}: {life}" for order_id, life in system.lives(ids).items()
        ),
    )
    found: dict[str, list[Entry]] = {name: [] for name in SAMPLES}
    for entry in system.shopify.orders():
        if tiktok_id(entry) in ids:
            found[ids[tiktok_id(entry)]].append(entry)
    return Ended(stored, lives, found)


def is_over(life: Life, ends: Mapping[str, Any]) -> bool:
    """Whether no more is to come: the final word is said, and the parcel is where it should be."""
    delivery = ends["shopify"]["delivery"] if "shopify" in ends else None
    return life.has_ended and life.is_settled and (not delivery or life.delivery == delivery)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_ends_as_expected(ended: Ended, name: str) -> None:
    ends, life = SAMPLES[name]["ends"], ended.lives[name]
    assert (life.status, life.reason_code) == (ends["status"], ends.get("reason_code")), life
    assert len(ended.in_shopify[name]) == (ends["status"] == "Synced")


@pytest.mark.parametrize("name", SYNCED)
def test_the_money_is_that_of_tiktok_to_the_cent(ended: Ended, name: str) -> None:
    order, expected = shown(ended, name)
    total = Decimal(expected["total"])
    assert amount(order["totalPriceSet"]) == total
    assert [amount(paid["amountSet"]) for paid in order["transactions"]] == ([total] * bool(total))
    assert {paid["gateway"] for paid in order["transactions"]} <= {"TikTok Shop"}
    assert order["displayFinancialStatus"] == "PAID"
    assert {tax["channelLiable"] for tax in order["taxLines"]} <= {True}


@pytest.mark.parametrize("name", SYNCED)
def test_the_goods_are_those_that_were_bought(ended: Ended, name: str) -> None:
    order, expected = shown(ended, name)
    lines = order["lineItems"]["nodes"]
    assert [
        [line["sku"], line["quantity"], str(amount(line["originalUnitPriceSet"]))] for line in lines
    ] == expected["lines"]
    assert {line["requiresShipping"] for line in lines} == {True}
    assert all(line["variant"] for line in lines)
    assert [
        [line["title"], str(amount(line["originalPriceSet"]))]
        for line in order["shippingLines"]["nodes"]
    ] == expected["shipping_lines"]


@pytest.mark.parametrize("name", SYNCED)
def test_it_says_whose_order_it_is(ended: Ended, name: str) -> None:
    order, expected = shown(ended, name)
    order_id = ended.stored[name]["id"]
    assert details(order) == [
        ("Channel", CHANNEL),
        ("TikTok Shop Order ID", order_id),
        ("Shipping Method", expected["shipping_method"]),
    ]
    assert order["tags"] == expected["tags"]
    assert order["note"] == expected["note"]
    assert order["sourceIdentifier"] == order_id
    assert [
        (field["key"], field["type"], field["value"]) for field in order["metafields"]["nodes"]
    ] == [("tiktok_order_id", "id", order_id)]


@pytest.mark.parametrize("name", SYNCED)
def test_it_is_dated_as_tiktok_dates_it(ended: Ended, name: str) -> None:
    order, _ = shown(ended, name)
    stored = ended.stored[name]
    assert moment(order["processedAt"]) == seconds(stored.get("create_time"))
    paid = stored.get("paid_time") or stored.get("create_time")
    moments = {moment(transaction["processedAt"]) for transaction in order["transactions"]}
    assert moments <= {seconds(paid)}


@pytest.mark.parametrize("name", SYNCED)
def test_it_goes_to_the_recipient(ended: Ended, name: str) -> None:
    order, expected = shown(ended, name)
    address = order["shippingAddress"]
    if expected["address"] is None:
        assert address is None
    else:
        assert {key: address[key] for key in expected["address"]} == expected["address"]
    customer = ended.in_shopify[name][0]["customer"]
    email = customer["defaultEmailAddress"]["emailAddress"] if customer else None
    assert email == expected["customer_email"]
    assert not customer or not customer["note"]


@pytest.mark.parametrize("name", SYNCED)
def test_its_parcels_are_where_tiktok_says(ended: Ended, name: str) -> None:
    _, expected = shown(ended, name)
    fulfilments = ended.in_shopify[name][0]["fulfillments"]
    numbers = sorted(fulfilment["trackingInfo"][0]["number"] for fulfilment in fulfilments)
    assert ended.lives[name].delivery == expected["delivery"]
    assert numbers == expected["tracking_numbers"]
    stored = ended.stored[name]
    times = {"IN_TRANSIT": "collection_time", "DELIVERED": "delivery_time"}
    for fulfilment in fulfilments:
        events = fulfilment["events"]["nodes"]
        assert {event["status"]: moment(event["happenedAt"]) for event in events} == {
            status: seconds(stored[field]) for status, field in times.items() if field in stored
        }


def shown(ended: Ended, name: str) -> tuple[Entry, dict[str, Any]]:
    """The order as it stands in Shopify, and what the sample expects of it."""
    return ended.in_shopify[name][0]["order"], SAMPLES[name]["ends"]["shopify"]


def amount(bag: Mapping[str, Any]) -> Decimal:
    return Decimal(bag["shopMoney"]["amount"]).quantize(Decimal("0.01"))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def seconds(unix: object) -> datetime:
    return datetime.fromtimestamp(int(str(unix)), UTC)
