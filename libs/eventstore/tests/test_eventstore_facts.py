"""What happened outside is recorded once, however often it is told."""

from datetime import UTC, datetime

import pytest
from libs.eventstore.tests.suite_eventstore import GID, ORDER, created, eligible, id_of

from eventstore import Appended, Repeated
from eventstore.facts import FactTaken, append_fact
from eventstore.memory import MemoryEventStore
from ordersync_contracts.ids import created_id

NOW = datetime(2026, 1, 5, 13, tzinfo=UTC)
ID = created_id("sunny-mugs.myshopify.com", GID)


async def test_a_fact_told_twice_is_one_event(store: MemoryEventStore) -> None:
    for expected in (Appended(1, 1), Repeated(1, 1)):
        outcome = await append_fact(
            store, ORDER, ID, created("created"), source="shopify-writer", clock=lambda: NOW
        )
        assert outcome == expected
    (recorded,) = await store.read(ORDER)
    assert recorded.id == ID
    assert recorded.occurred_at == NOW


async def test_a_fact_without_correlation_begins_one(store: MemoryEventStore) -> None:
    await append_fact(store, ORDER, ID, eligible(), source="console", clock=lambda: NOW)
    (recorded,) = await store.read(ORDER)
    trace = recorded.trace
    assert (trace.source, trace.correlation_id, trace.causation_id) == ("console", str(ID), str(ID))


async def test_two_tellings_of_one_thing_are_an_error(store: MemoryEventStore) -> None:
    async def tell(version: int) -> None:
        await append_fact(
            store, ORDER, id_of("x"), eligible(version), source="fetcher", clock=lambda: NOW
        )

    await tell(1)
    with pytest.raises(FactTaken, match=f"OrderEligible of {ORDER}"):
        await tell(2)


async def test_an_order_found_after_it_was_created_is_no_news(store: MemoryEventStore) -> None:
    for outcome in ("created", "found"):
        await append_fact(
            store, ORDER, ID, created(outcome), source="shopify-writer", clock=lambda: NOW
        )
    (recorded,) = await store.read(ORDER)
    assert recorded.event == created("created")
