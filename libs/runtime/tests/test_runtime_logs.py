"""Logs: JSON lines with a static name, and nothing of the buyer who was planted everywhere."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import faststream
import pydantic
import pytest
import structlog

from runtime import logs

BUYER = "planted"
EMAIL = "planted.buyer@example.com"


class Lines:
    """What was logged so far."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def last(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text.splitlines()[-1])
        return found


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What a test logs; nothing of the buyer may be in it."""
    assert faststream, "imported first, so that its own log handler is there"
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in logs.QUIET_AT}
    stream = io.StringIO()
    logs.configure("mapper", "DEBUG", stream)
    yield Lines(stream)
    structlog.reset_defaults()
    logging.basicConfig(handlers=handlers, level=level, force=True)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    assert BUYER not in stream.getvalue()


@pytest.fixture
def log() -> Any:
    return structlog.get_logger()


class BuyersName(Exception):
    """Somebody else's error, quoting its input."""


class OurRefusal(Exception):
    """Ours; its text is our own words."""

    safe = True


def fail_with(error: Exception) -> None:
    name = BUYER  # a local variable that a traceback with locals would show
    assert name
    raise error


def test_a_line_is_json_with_name_level_service_and_utc_time(lines: Lines, log: Any) -> None:
    log.info("order.drafted", order_id="5764", lines=2, total=Decimal("1.50"))
    last = lines.last
    assert last.pop("at").endswith("Z")
    assert last == {
        "event": "order.drafted",
        "level": "info",
        "service": "mapper",
        "order_id": "5764",
        "lines": 2,
        "total": "1.50",
    }


def test_values_under_private_keys_are_dropped_at_any_depth(lines: Lines, log: Any) -> None:
    log.info(
        "order.seen",
        email=BUYER,
        recipient_address={"city": BUYER},
        buyer_message=BUYER,
        nested={"customer": [{"first_name": BUYER, "phone_number": BUYER}]},
        Authorization=BUYER,
        access_token=BUYER,
        database_url=BUYER,
        count=3,
    )
    assert lines.last["email"] == logs.DROPPED
    assert lines.last["count"] == 3


def test_a_name_made_with_the_data_in_it_is_not_logged(lines: Lines, log: Any) -> None:
    made = f"synced order of {EMAIL}"
    log.info(made, order_id="5764")
    assert lines.last["event"] == "log.event_not_named"
    assert lines.last["order_id"] == "5764"


def test_an_object_without_a_json_form_is_shown_by_its_type(lines: Lines, log: Any) -> None:
    class Recipient(pydantic.BaseModel):
        full: str

    log.info("order.seen", seen=Recipient(full=BUYER), many=[Recipient(full=BUYER)])
    assert lines.last["seen"] == "<Recipient>"


def test_others_exceptions_are_told_by_type_and_place_without_text_or_locals(
    lines: Lines, log: Any
) -> None:
    try:
        try:
            fail_with(BuyersName(f"no such customer: {EMAIL}"))
        except BuyersName as error:
            raise RuntimeError(f"while syncing {EMAIL}") from error
    except RuntimeError:
        log.exception("order.failed")
    assert lines.last["error"] == "RuntimeError"
    assert lines.last["error_causes"] == ["BuyersName"]
    assert any("test_others_exceptions" in place for place in lines.last["error_at"])


def test_the_text_of_an_exception_marked_safe_is_kept(lines: Lines, log: Any) -> None:
    log.warning("order.refused", exc_info=OurRefusal("line 2 has no variant"))
    assert lines.last["error_text"] == "line 2 has no variant"


def test_being_safe_is_not_contagious(lines: Lines, log: Any) -> None:
    refusal = OurRefusal("line 2")
    refusal.__cause__ = BuyersName(EMAIL)
    log.warning("order.refused", exc_info=refusal)
    assert lines.last["error_text"] == "line 2"


def test_validation_errors_do_not_show_their_input(lines: Lines, log: Any) -> None:
    class Order(pydantic.BaseModel):
        total: Decimal

    try:
        Order.model_validate({"total": BUYER})
    except pydantic.ValidationError as error:
        log.warning("order.unreadable", exc_info=error)
    assert lines.last["error"] == "ValidationError"


def test_groups_tell_the_types_inside(lines: Lines, log: Any) -> None:
    log.error("task.failed", exc_info=ExceptionGroup(BUYER, [BuyersName(EMAIL), OSError()]))
    assert lines.last["error_causes"] == ["BuyersName", "OSError"]


def test_urls_lose_user_password_and_query(lines: Lines, log: Any) -> None:
    log.info(
        "call.made",
        url=f"https://api.example.com/orders/5764?access={BUYER}#x",
        store=f"postgresql://app:{BUYER}@127.0.0.1:5432/ordersync?sslpassword={BUYER}",
    )
    assert lines.last["url"] == "https://api.example.com/orders/5764"
    assert lines.last["store"] == "postgresql://127.0.0.1:5432/ordersync"


def test_other_libraries_log_through_the_same_door(lines: Lines) -> None:
    logging.getLogger("uvicorn").info("started on http://127.0.0.1:8080/?token=%s", BUYER)
    assert lines.last["event"] == "uvicorn.info"
    assert lines.last["text"] == "started on http://127.0.0.1:8080/"


def test_other_libraries_exceptions_lose_their_text_and_message(lines: Lines) -> None:
    try:
        fail_with(BuyersName(EMAIL))
    except BuyersName as error:
        logging.getLogger("faststream").log(logging.ERROR, "Name: %s", error, exc_info=error)
    assert lines.last["event"] == "faststream.error"
    assert lines.last["error"] == "BuyersName"


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("httpx", logging.INFO),
        ("httpcore.http11", logging.DEBUG),
        ("aiokafka.producer.producer", logging.DEBUG),
        ("uvicorn.access", logging.INFO),
    ],
)
def test_loggers_that_tell_what_was_sent_are_silent_even_at_debug(
    lines: Lines, name: str, level: int
) -> None:
    logging.getLogger(name).log(level, "sent %s", EMAIL)
    assert lines.text == ""


def test_a_library_that_repeats_itself_is_heard_once_in_a_while(lines: Lines) -> None:
    for attempt in range(100):
        logging.getLogger("aiokafka.client").error("Unable to connect, attempt %s", attempt)
    logging.getLogger("aiokafka.client").error("Something else")
    assert len(lines.text.splitlines()) == 2
    assert lines.last["text"] == "Something else"


def test_what_we_log_ourselves_is_never_taken_for_a_repetition(lines: Lines, log: Any) -> None:
    for _ in range(3):
        log.error("kafka.record_dead", offset=1)
    assert len(lines.text.splitlines()) == 3


def test_times_are_written_in_iso(lines: Lines, log: Any) -> None:
    log.info("poll.done", until=datetime(2026, 1, 5, tzinfo=UTC))
    assert lines.last["until"] == "2026-01-05T00:00:00+00:00"
