"""Payloads come back as they were, alone and by the page."""

import pytest
from libs.eventstore.tests.suite_eventstore import decision

from eventstore import rows

SHORT = b'{"a":1}'
LONG = b'{"lines":[' + b",".join(b'{"sku":"MUG-%d"}' % n for n in range(80)) + b"]}"


def test_long_payloads_are_compressed_and_short_ones_are_not() -> None:
    assert rows.compress(SHORT) == SHORT
    assert len(rows.compress(LONG)) < len(LONG) / 2


@pytest.mark.parametrize("data", [SHORT, LONG, LONG + b"\n" + LONG, b""])
def test_a_payload_comes_back(data: bytes) -> None:
    assert rows.decompress(rows.compress(data)) == data


def test_one_call_takes_no_more_than_so_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    commands = [decision(f"order-1-{n}", 0, f"a{n}", f"b{n}") for n in range(5)]
    size = sum(map(len, next(rows.append_batches(commands[:1]))[-1]))
    monkeypatch.setattr(rows, "MAX_BYTES", 2 * size)
    batches = list(rows.append_batches(commands))
    assert [batch[0] for batch in batches] == [
        ["order-1-0", "order-1-1"],
        ["order-1-2", "order-1-3"],
        ["order-1-4"],
    ]
    assert batches[1][3] == [1, 1, 2, 2]
    assert batches[1][4] == [1, 2, 1, 2]


def test_a_command_larger_than_that_goes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MAX_BYTES", 1)
    commands = [decision(f"order-1-{n}", 0, f"a{n}") for n in range(2)]
    assert [batch[0] for batch in rows.append_batches(commands)] == [["order-1-0"], ["order-1-1"]]
