"""JSON whose texts any store takes, whatever the bytes say."""

from decimal import Decimal

import pytest

from httpclient.json_text import read_json


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (rb'"A\u0000B"', "A\ufffdB"),
        (rb'"\ud800 and \ud83d\ude00"', "\ufffd and \U0001f600"),
        (rb'{"x\u0000": ["\uDFFF", 1]}', {"x\ufffd": ["\ufffd", 1]}),
        (b'"\xff"', "\ufffd"),
        (b'\xef\xbb\xbf"marked"', "marked"),
        (b"24.97", Decimal("24.97")),
        (b"9" * 30, int("9" * 30)),
        (b"9" * 5000, "9" * 5000),
    ],
)
def test_what_cannot_be_stored_is_read_as_something_that_can(raw: bytes, found: object) -> None:
    assert read_json(raw) == found


@pytest.mark.parametrize("raw", [b"", b"<html>", b'{"cut', b"[" * 100_000])
def test_what_is_no_json_is_a_value_error(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"JSON|Expecting|Unterminated"):
        read_json(raw)
