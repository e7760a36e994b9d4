"""A dead record keeps everything it had and says where it died."""

from datetime import UTC, datetime
from typing import Any

from runtime.kafka.dead import Dead, to_dead_message
from runtime.publisher import Message

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
LATER = datetime(2026, 1, 6, 12, tzinfo=UTC)


def to_message(raw: Any, reason: str = "not JSON", now: datetime = NOW) -> Message:
    return to_dead_message(Dead(raw, reason), topic="mapper-dead", group="mapper", now=now)


def test_key_value_and_headers_are_untouched_even_when_they_are_no_text(raw: Any) -> None:
    headers = (("ce_id", b"1"), ("ce_id", b"2"), ("odd", b"\xff\xfe"))
    message = to_message(raw(b"\xff{", key=b"\xfe", headers=headers))
    assert (message.topic, message.key, message.value) == ("mapper-dead", b"\xfe", b"\xff{")
    assert tuple(message.headers)[:3] == headers


def test_origin_group_reason_attempt_and_first_time_are_said(raw: Any) -> None:
    message = to_message(raw(topic="order-fetched", partition=3, offset=42, timestamp=1700))
    assert dict(message.headers) == {
        "dead_origin_topic": b"order-fetched",
        "dead_origin_partition": b"3",
        "dead_origin_offset": b"42",
        "dead_origin_timestamp": b"1700",
        "dead_group": b"mapper",
        "dead_reason": b"not JSON",
        "dead_attempt": b"1",
        "dead_first_seen": b"2026-01-05T12:00:00+00:00",
    }


def test_a_redriven_record_that_dies_again_keeps_its_origin_and_counts_on(raw: Any) -> None:
    first = to_message(raw(topic="order-fetched", offset=42, headers=(("ce_id", b"1"),)))
    again = to_message(
        raw(topic="mapper-replay", offset=7, headers=tuple(first.headers)), "still bad", LATER
    )
    changed = {"dead_attempt": b"2", "dead_reason": b"still bad"}
    assert dict(again.headers) == dict(first.headers) | changed
    assert len(again.headers) == len(first.headers)


def test_nothing_of_the_record_shows_when_it_is_printed(raw: Any) -> None:
    message = to_message(raw(b"planted@buyer.example", key=b"planted"))
    assert "planted" not in repr(message)
