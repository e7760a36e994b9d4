"""Encoding and decoding: old versions are read, and errors name fields but never values."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ordersync_contracts import events
from ordersync_contracts.codec import NewerVersion, UnknownEvent, UnreadableEvent, decode, encode
from ordersync_contracts.events import Event, OrderEvent
from ordersync_contracts.generate.examples import example_of
from ordersync_contracts.upcast import JsonObject, Steps

BUYER = "Waltraud Buyername"
ITS = {"shop_id": "1", "order_id": "2"}
ELIGIBLE = {**ITS, "snapshot_version": 1}


class Parcel(OrderEvent):
    """The made-up third version of a made-up event."""

    VERSION = 3
    grams: int
    carrier: str
    sent_at: datetime
    price: Decimal


def _kilograms_to_grams(old: JsonObject) -> JsonObject:
    return {**old, "grams": int(Decimal(old["kilograms"]) * 1000)}


def _with_carrier(old: JsonObject) -> JsonObject:
    return {**old, "carrier": "unknown"}


CATALOGUE: dict[str, type[Event]] = {"Parcel": Parcel}
STEPS: Steps = {("Parcel", 1): _kilograms_to_grams, ("Parcel", 2): _with_carrier}
FIRST = {**ITS, "kilograms": "1.25", "sent_at": "2026-01-05T10:00:00Z", "price": "4.99"}
SECOND = {**FIRST, "grams": 1250}
NEWEST = Parcel.model_validate(
    {**ITS, "grams": 1250, "carrier": "unknown", "price": Decimal("4.99")}
    | {"sent_at": datetime(2026, 1, 5, 10, tzinfo=UTC)}
)


def read(version: int, data: object) -> Event:
    return decode("Parcel", version, json.dumps(data).encode(), catalogue=CATALOGUE, steps=STEPS)


@pytest.mark.parametrize(("version", "data"), [(1, FIRST), (2, SECOND)])
def test_every_older_version_is_read_as_the_newest(version: int, data: JsonObject) -> None:
    assert read(version, data) == NEWEST


def test_the_newest_version_is_read_without_a_step() -> None:
    assert decode("Parcel", 3, encode(NEWEST), catalogue=CATALOGUE, steps={}) == NEWEST


@pytest.mark.parametrize(
    ("version", "data"),
    [
        (1, {**FIRST, "kilograms": BUYER}),
        (1, {"order_id": BUYER}),
        (1, [BUYER]),
        (1, BUYER),
        (2, {**SECOND, "grams": BUYER}),
        (0, FIRST),
    ],
    ids=["wrong value", "missing field", "a list", "a text", "wrong newest value", "version 0"],
)
def test_an_old_event_that_cannot_be_brought_up_is_unreadable(version: int, data: object) -> None:
    with pytest.raises(UnreadableEvent, match=rf"Parcel\.v{version}") as raised:
        read(version, data)
    assert BUYER not in said(raised.value)


def test_a_version_whose_step_is_missing_is_unreadable() -> None:
    with pytest.raises(UnreadableEvent, match=r"Parcel\.v1"):
        decode("Parcel", 1, json.dumps(FIRST).encode(), catalogue=CATALOGUE, steps={})


def test_a_newer_version_waits_for_a_newer_reader() -> None:
    with pytest.raises(NewerVersion, match=r"OrderEligible\.v2 is newer than v1") as raised:
        decode("OrderEligible", 2, json.dumps({"buyer": BUYER}).encode())
    assert BUYER not in said(raised.value)


def test_an_event_that_nobody_knows_is_named() -> None:
    with pytest.raises(UnknownEvent, match="OrderTeleported") as raised:
        decode("OrderTeleported", 1, BUYER.encode())
    assert BUYER not in said(raised.value)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({**ELIGIBLE, "snapshot_version": BUYER}, "snapshot_version: int_parsing"),
        ({**ELIGIBLE, "order_id": [BUYER]}, "order_id: string_type"),
        ({"shop_id": BUYER}, "order_id: missing"),
        ([BUYER], "data: "),
        (BUYER, "data: "),
    ],
)
def test_an_unreadable_event_names_its_fields_and_none_of_its_values(
    data: object, field: str
) -> None:
    with pytest.raises(UnreadableEvent, match=field) as raised:
        decode("OrderEligible", 1, json.dumps(data).encode())
    assert BUYER not in said(raised.value)


@pytest.mark.parametrize("data", [BUYER.encode(), b"", b"\xff\xfe" + BUYER.encode()])
def test_bytes_that_are_not_json_are_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableEvent) as raised:
        decode("OrderEligible", 1, data)
    assert BUYER not in said(raised.value)


def said(error: BaseException) -> str:
    """All that a traceback of the error would print about its values."""
    seen: list[str] = []
    current: BaseException | None = error
    while current is not None:
        seen.append(f"{current!s} {current!r}")
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)
    return " ".join(seen)


def test_fields_of_a_later_shape_are_ignored() -> None:
    event = decode("OrderEligible", 1, json.dumps({**ELIGIBLE, "later": 1}).encode())
    assert event == events.OrderEligible(shop_id="1", order_id="2", snapshot_version=1)


def test_fields_at_their_default_are_not_written() -> None:
    times = dict.fromkeys(("created_at", "updated_at", "asked_at"), "2026-01-05T10:00:00Z")
    payment = {"currency": "USD", "tax": "0.00"}
    event = events.OrderFetched.model_validate(
        {**ITS, **times, "status": "UNPAID", "payment": payment}
    )
    assert json.loads(encode(event))["payment"] == {"currency": "USD"}


def test_the_same_event_gives_the_same_bytes_and_another_gives_others() -> None:
    draft = example_of(events.ShopifyOrderDraft, "full")
    assert encode(draft) == encode(draft.model_copy())
    assert encode(draft) == encode(decode("ShopifyOrderDraft", 1, encode(draft)))
    assert encode(draft) != encode(draft.model_copy(update={"total": Decimal("18.81")}))


@pytest.mark.parametrize("field", ["created_at", "updated_at", "asked_at", "paid_at"])
def test_a_time_without_a_zone_is_refused(field: str) -> None:
    fetched = example_of(events.OrderFetched, "full").model_dump()
    with pytest.raises(ValueError, match=f"{field}\n.*timezone"):
        events.OrderFetched.model_validate(fetched | {field: datetime(2026, 1, 5, 10)})  # noqa: DTZ001  # the mistake under test


def test_text_of_any_script_survives() -> None:
    event = events.OrderIneligible(
        shop_id="1", order_id="2", snapshot_version=1, reason_code="unpaid", detail="☕ قهوة 咖啡"
    )
    assert decode("OrderIneligible", 1, encode(event)) == event
    assert "☕ قهوة 咖啡".encode() in encode(event)


def test_an_event_never_changes() -> None:
    event = events.OrderEligible(shop_id="1", order_id="2", snapshot_version=1)
    with pytest.raises(ValueError, match="frozen"):
        event.order_id = "3"  # type: ignore[misc]  # the mistake under test
