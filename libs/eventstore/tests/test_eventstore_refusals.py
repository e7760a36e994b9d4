"""What is refused is told in the log in our own words: whoever runs the system can act on it."""

import pytest
from libs.eventstore.tests.suite_eventstore import ORDER, clock, eligible, fact, id_of, ineligible

from eventstore.durability import NotDurable, check
from eventstore.journal import FactTaken, Journal
from eventstore.memory import MemoryEventStore
from eventstore.store import MAX_EVENT_BYTES, EventTooLarge
from runtime.logs import describe_exception


def told(refused: "pytest.ExceptionInfo[Exception]") -> str:
    """What a line of the log says of it, beside its type."""
    return str(describe_exception(None, "error", {"exc_info": refused.value}).get("error_text"))


async def test_a_fact_that_was_told_otherwise_before(store: MemoryEventStore) -> None:
    await store.append([fact(ORDER, "x")])
    with pytest.raises(FactTaken) as refused:
        await Journal(store, "mapper", clock).fact(ORDER, id_of("x"), eligible(2))
    assert told(refused) == f"OrderEligible of {ORDER}"


def test_an_event_that_is_too_large() -> None:
    with pytest.raises(EventTooLarge) as refused:
        fact(ORDER, "large", ineligible("x" * MAX_EVENT_BYTES))
    assert told(refused).startswith(f"OrderIneligible for {ORDER} has 900,")


def test_a_database_that_may_forget() -> None:
    with pytest.raises(NotDurable) as refused:
        check({"commit": "off", "standbys": ""})
    assert told(refused).startswith("synchronous_commit is off")
