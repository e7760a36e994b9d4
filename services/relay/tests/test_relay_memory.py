"""The relay's row in memory keeps what PostgreSQL's does."""

import pytest
from services.relay.tests.suite_checkpoint import CheckpointSuite, NewCheckpoint

from relay.memory import MemoryCheckpoint, Published


class TestMemoryCheckpoint(CheckpointSuite):
    """``tests/integration/test_integration_relay_tables.py`` runs the same on PostgreSQL."""

    @pytest.fixture
    def new_checkpoint(self) -> NewCheckpoint:
        published = Published()
        made: MemoryCheckpoint = published.checkpoint()
        assert isinstance(made, MemoryCheckpoint)
        return published.checkpoint
