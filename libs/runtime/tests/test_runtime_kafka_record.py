"""Records in our terms."""

from datetime import UTC, datetime
from typing import Any

from runtime.kafka.record import to_record


def test_a_record_has_text_headers_and_an_aware_timestamp(raw: Any) -> None:
    record = to_record(
        raw(
            b'{"a":1}',
            topic="order-fetched",
            partition=3,
            offset=42,
            headers=(("ce_type", b"ordersync.OrderFetched.v1"),),
            timestamp=1_700_000_000_123,
        )
    )
    assert record.headers == {"ce_type": "ordersync.OrderFetched.v1"}
    assert record.timestamp == datetime(2023, 11, 14, 22, 13, 20, 123000, UTC)
    assert (record.topic, record.partition, record.offset) == ("order-fetched", 3, 42)
    assert (record.key, record.value) == ("order-1", b'{"a":1}')


def test_bytes_that_are_no_text_do_not_stop_a_record(raw: Any) -> None:
    record = to_record(raw(b"{}", key=b"\xff", headers=(("odd", b"\xff"), ("empty", None))))
    assert record.headers == {"odd": "\ufffd", "empty": ""}
    assert record.key == "\ufffd"


def test_a_record_without_a_key_has_none(raw: Any) -> None:
    assert to_record(raw(key=None)).key is None


def test_a_printed_record_shows_where_it_is_and_not_what_it_holds(raw: Any) -> None:
    record = to_record(raw(b"planted@buyer.example", key=b"planted", headers=(("h", b"planted"),)))
    assert "planted" not in repr(record)
    assert "offset=0" in repr(record)
