"""The store in memory keeps what every event store promises."""

import pytest
from libs.eventstore.tests.suite_eventstore import ORDER, EventStoreSuite, decision

from eventstore.store import Append


class TestMemoryEventStore(EventStoreSuite):
    """Runs the shared suite; ``tests/contract`` runs it on PostgreSQL."""


def test_a_command_without_events_is_refused() -> None:
    with pytest.raises(ValueError, match="order-7495-1 has no events"):
        Append(ORDER, 0, ())


def test_a_command_with_one_id_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="one event id twice"):
        decision(ORDER, 0, "a", "a")
