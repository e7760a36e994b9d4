"""The fetcher's tables in memory keep what PostgreSQL's promise."""

import pytest
from services.fetcher.tests.suite_tables import CheckpointSuite, OrderIndexSuite

from fetcher.memory import MemoryCheckpoints, MemoryOrderIndex


class TestMemoryCheckpoints(CheckpointSuite):
    """Runs the shared suite."""

    @pytest.fixture
    def checkpoints(self) -> MemoryCheckpoints:
        return MemoryCheckpoints()


class TestMemoryOrderIndex(OrderIndexSuite):
    """Runs the shared suite."""

    @pytest.fixture
    def order_index(self) -> MemoryOrderIndex:
        return MemoryOrderIndex()
