"""Each double passes the suite of the real thing: a double that lies is worse than none."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INTEGRATION = "tests/integration/test_integration_"
CONSOLE = "services/console/tests/test_console_"
WRITER_TABLES = [
    "services/shopify-writer/tests/test_writer_tables.py",
    f"{INTEGRATION}writer_tables.py",
]
SESSIONS = ["libs/runtime/tests/test_runtime_session_memory.py", f"{INTEGRATION}session.py"]
FETCHER = ["services/fetcher/tests/test_fetcher_memory.py", f"{INTEGRATION}fetcher_tables.py"]
SUITES: Mapping[str, tuple[str, Sequence[str]]] = {
    "console.memory.MemoryAuthorizations": (
        "PostgresAuthorizations",
        [f"{CONSOLE}memory.py", f"{INTEGRATION}connecting.py"],
    ),
    "console.memory.MemoryRows": (
        "PostgresRows",
        [f"{CONSOLE}memory.py", f"{INTEGRATION}console.py"],
    ),
    "eventstore.memory.MemoryEventStore": (
        "PostgresEventStore",
        [
            "libs/eventstore/tests/test_eventstore_memory.py",
            "tests/contract/test_contract_eventstore.py",
        ],
    ),
    "console.orders.bulk_runs.MemoryBulkRuns": (
        "PostgresBulkRuns",
        [f"{CONSOLE}memory.py", f"{INTEGRATION}console.py"],
    ),
    "eventstore.marks.MemoryMarks": (
        "PostgresMarks",
        [
            "libs/eventstore/tests/test_eventstore_marks.py",
            "tests/integration/eventstore/test_integration_eventstore_marks.py",
        ],
    ),
    "fetcher.memory.MemoryCheckpoints": ("PostgresCheckpoints", FETCHER),
    "fetcher.memory.MemoryOrderIndex": ("PostgresOrderIndex", FETCHER),
    "inbox.memory.MemoryInbox": (
        "PostgresInbox",
        ["libs/inbox/tests/test_inbox_memory.py", f"{INTEGRATION}inbox.py"],
    ),
    "jobs.budget_stores.MemoryBudget": (
        "PostgresBudget",
        ["libs/jobs/tests/test_jobs_memory.py", f"{INTEGRATION}budget.py"],
    ),
    "jobs.memory.MemoryJobs": (
        "PostgresJobs",
        ["libs/jobs/tests/test_jobs_memory.py", f"{INTEGRATION}jobs.py"],
    ),
    "mapper.memory_catalogues.MemoryCatalogues": (
        "Catalogues",
        [f"{INTEGRATION}mapper_catalogues.py"],
    ),
    "mapper.memory.MemoryReleases": ("Tables", [f"{INTEGRATION}mapper_tables.py"]),
    "mapper.memory.MemoryTables": ("Tables", [f"{INTEGRATION}mapper_tables.py"]),
    "relay.memory.MemoryCheckpoint": (
        "PostgresCheckpoint",
        ["services/relay/tests/test_relay_memory.py", f"{INTEGRATION}relay_tables.py"],
    ),
    "runtime.kafka.memory.MemoryCluster": (
        "bootstrap",
        [
            "libs/runtime/tests/memory_group.py",
            "tests/integration/consumer_group.py",
            "libs/runtime/tests/test_runtime_kafka_memory.py",
            f"{INTEGRATION}delivery.py",
        ],
    ),
    "runtime.session_memory.MemoryLocks": ("open_session", SESSIONS),
    "runtime.session_memory.MemorySession": ("PostgresSession", SESSIONS),
    "shopify_writer.adoption.kept_orders.MemoryKeptOrders": ("PostgresKeptOrders", WRITER_TABLES),
    "shopify_writer.readback.checkpoints.MemoryCheckpoints": (
        "PostgresCheckpoints",
        WRITER_TABLES,
    ),
    "shopify_writer.reconciliation.turns.MemoryTurns": ("PostgresTurns", WRITER_TABLES),
    "tests.world.kafka.MemoryKafka": ("open_publisher", [f"{INTEGRATION}world_kafka.py"]),
    "vault.memory.MemoryVault": ("PostgresVault", [f"{INTEGRATION}vault.py"]),
}
"""By double: the real thing, and the files that ask the same of both."""


def doubles(root: Path) -> set[str]:
    """The classes under an import root that stand in memory for something real."""
    return {
        f"{'.'.join(source.relative_to(root).with_suffix('').parts)}.{name}"
        for source in root.rglob("*.py")
        for name in re.findall(r"^class (Memory\w+)", source.read_text(), re.MULTILINE)
    }


def every_double() -> set[str]:
    sources = [*ROOT.glob("libs/*/src"), *ROOT.glob("services/*/src")]
    worlds = {f"tests.world.{double}" for double in doubles(ROOT / "tests/world")}
    return worlds.union(*map(doubles, sources))


def test_every_double_has_a_suite_and_no_suite_is_for_nothing() -> None:
    assert every_double() == {*SUITES}


@pytest.mark.parametrize("double", SUITES)
def test_the_suite_asks_the_double_and_the_real_thing(double: str) -> None:
    real, files = SUITES[double]
    text = "".join((ROOT / file).read_text() for file in files)
    assert double.rpartition(".")[2].replace("MemoryReleases", "tables.releases") in text
    assert real in text


def test_a_planted_double_without_a_suite_is_found(tmp_path: Path) -> None:
    (tmp_path / "memory.py").write_text("class MemoryMoon(Moon):\n    pass\n")
    assert doubles(tmp_path) - {*SUITES} == {"memory.MemoryMoon"}
