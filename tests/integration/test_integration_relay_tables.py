"""The relay's row in PostgreSQL keeps what every store of it promises."""

from functools import partial

import pytest
from services.relay.tests.suite_checkpoint import CheckpointSuite, NewCheckpoint
from tests.integration.database_access import Pool

from eventstore import postgres
from relay.tables import MIGRATIONS, PostgresCheckpoint

MIGRATED = [postgres.MIGRATIONS, MIGRATIONS]


class TestPostgresCheckpoint(CheckpointSuite):
    """``services/relay/tests/test_relay_memory.py`` runs the same in memory."""

    @pytest.fixture
    def new_checkpoint(self, pool: Pool) -> NewCheckpoint:
        return partial(PostgresCheckpoint, pool)
