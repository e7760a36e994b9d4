"""The shopify-writer's tables in memory keep what those in PostgreSQL do."""

import pytest
from tests.integration.suite_writer_tables import CheckpointsSuite, KeptOrdersSuite, TurnsSuite

from shopify_writer.adoption.kept_orders import MemoryKeptOrders
from shopify_writer.readback.checkpoints import MemoryCheckpoints
from shopify_writer.reconciliation.turns import MemoryTurns


class TestKeptOrders(KeptOrdersSuite):
    @pytest.fixture
    def kept(self) -> MemoryKeptOrders:
        return MemoryKeptOrders()


class TestCheckpoints(CheckpointsSuite):
    @pytest.fixture
    def checkpoints(self) -> MemoryCheckpoints:
        return MemoryCheckpoints()


class TestTurns(TurnsSuite):
    @pytest.fixture
    def turns(self) -> MemoryTurns:
        return MemoryTurns()
