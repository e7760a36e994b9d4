"""A store in memory, and assertions in the shared suite that explain themselves."""

from datetime import UTC, datetime

import pytest

from eventstore.memory import MemoryEventStore

pytest.register_assert_rewrite(
    "libs.eventstore.tests.suite_eventstore", "libs.eventstore.tests.suite_marks"
)


@pytest.fixture
def store() -> MemoryEventStore:
    return MemoryEventStore(lambda: datetime(2026, 1, 5, 12, tzinfo=UTC))
