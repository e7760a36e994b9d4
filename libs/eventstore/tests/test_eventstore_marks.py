"""Marks in memory keep what marks promise."""

from datetime import UTC, datetime

import pytest
from libs.eventstore.tests.suite_marks import MarksSuite

from eventstore.marks import MemoryMarks


class TestMemoryMarks(MarksSuite):
    @pytest.fixture
    def marks(self) -> MemoryMarks:
        return MemoryMarks(lambda: datetime(2026, 1, 5, 12, tzinfo=UTC))
