"""The envelope, both ways, and as PyPI's ``cloudevents`` reads it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event

from ordersync_contracts import events
from ordersync_contracts.codec import encode
from ordersync_contracts.envelope import (
    Headers,
    NotOurMessage,
    Recorded,
    Trace,
    from_headers,
    to_headers,
)
from ordersync_contracts.events import Event
from ordersync_contracts.generate.examples import example_of

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
ID = UUID("11111111-2222-5333-8444-555555555555")


def recorded(event: Event) -> Recorded:
    return Recorded(
        id=ID,
        stream="order-7495000000000000001-576461413038785752",
        version=4,
        position=1234,
        name=event.type_name(),
        schema_version=event.VERSION,
        occurred_at=datetime(2026, 1, 5, 10, 0, 0, 250000, UTC),
        recorded_at=datetime(2026, 1, 5, 10, 0, 1, tzinfo=UTC),
        trace=Trace("mapper", "correlation-1", "causation-1", TRACEPARENT),
        data=encode(event),
    )


FETCHED = recorded(example_of(events.OrderFetched, "full"))


def text(headers: Headers) -> dict[str, str]:
    return {name: value.decode() for name, value in headers}


@pytest.mark.parametrize("event", events.ALL, ids=lambda event: event.type_name())
def test_what_is_sent_is_what_is_received(event: type[Event]) -> None:
    sent = recorded(example_of(event, "full"))
    message = from_headers(text(to_headers(sent)))
    assert message.decode(sent.data) == sent.event
    assert (message.id, message.stream, message.version) == (sent.id, sent.stream, sent.version)
    assert (message.name, message.schema_version) == (sent.name, sent.schema_version)
    assert (message.position, message.correlation_id) == (1234, "correlation-1")
    assert message.traceparent == TRACEPARENT
    assert not message.replayed


def test_a_replayed_record_says_so() -> None:
    assert from_headers(text(to_headers(FETCHED, replayed=True))).replayed


def test_cloudevents_reads_every_attribute_of_our_messages() -> None:
    headers = dict(to_headers(FETCHED, shard="7", epoch=3, replayed=True))
    read = from_kafka_event(KafkaMessage(headers, FETCHED.stream.encode(), FETCHED.data))
    assert headers["ce_partitionkey"] == FETCHED.stream.encode()
    assert read.get_data() == json.loads(FETCHED.data)
    assert read.get_attributes() == {
        "specversion": "1.0",
        "id": str(ID),
        "type": "ordersync.OrderFetched.v1",
        "source": "/ordersync/mapper",
        "subject": FETCHED.stream,
        "time": FETCHED.occurred_at,
        "dataschema": "urn:ordersync:schema:OrderFetched.v1",
        "datacontenttype": "application/json",
        "partitionkey": FETCHED.stream,
        "sequence": "4",
        "position": "1234",
        "shard": "7",
        "epoch": "3",
        "correlationid": "correlation-1",
        "causationid": "causation-1",
        "replayed": "true",
    }


def test_an_attribute_without_a_value_is_no_header() -> None:
    bare = replace(FETCHED, trace=Trace("console"))
    headers = dict(to_headers(bare))
    assert all(headers.values())
    assert not {"ce_correlationid", "ce_causationid", "ce_replayed", "traceparent"} & headers.keys()
    assert from_headers(text(to_headers(bare))).traceparent == ""


@pytest.mark.parametrize("header", ["ce_type", "ce_id", "ce_subject", "ce_sequence", "ce_position"])
def test_a_missing_header_is_named(header: str) -> None:
    headers = text(to_headers(FETCHED))
    del headers[header]
    with pytest.raises(NotOurMessage, match=f"header {header} is missing"):
        from_headers(headers)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("ce_type", "OrderFetched"),
        ("ce_type", "ordersync.OrderFetched.vx"),
        ("ce_type", "ordersync.OrderFetched.v0"),
        ("ce_type", "ordersync.OrderFetched.v²"),
        ("ce_type", "ordersync..v1"),
        ("ce_type", "com.example.OrderFetched.v1"),
        ("ce_type", "OrderFetched.v1"),
        ("ce_id", "not-a-uuid"),
        ("ce_sequence", "four"),
        ("ce_sequence", "-4"),
        ("ce_sequence", "²"),
        ("ce_position", "9" * 5000),
    ],
)
def test_a_malformed_header_is_named_and_its_value_is_not(header: str, value: str) -> None:
    headers = text(to_headers(FETCHED)) | {header: value}
    with pytest.raises(NotOurMessage, match=f"header {header}") as raised:
        from_headers(headers)
    assert value not in str(raised.value)


def test_foreign_headers_are_ignored() -> None:
    headers = text(to_headers(FETCHED)) | {"ce_custom": "x", "b3": "0"}
    assert from_headers(headers).id == ID
