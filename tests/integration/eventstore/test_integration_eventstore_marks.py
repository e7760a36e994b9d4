"""Marks in PostgreSQL keep what marks promise, seen through the application's role."""

import pytest
from libs.eventstore.tests.suite_marks import MarksSuite
from tests.integration.database_access import Pool

from eventstore import postgres
from eventstore.tables import PostgresMarks

MIGRATED = [postgres.MIGRATIONS]


class TestPostgresMarks(MarksSuite):
    @pytest.fixture
    def marks(self, pool: Pool) -> PostgresMarks:
        return PostgresMarks(pool)
