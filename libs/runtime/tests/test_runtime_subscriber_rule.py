"""Nobody consumes from Kafka past the one delivery policy."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ALLOWED = {
    "libs/runtime/src/runtime/kafka/broker.py",  # the policy
    "libs/runtime/src/runtime/retained.py",  # reads once, without a group, for audits
    "libs/runtime/src/runtime/admin.py",  # asks for offsets, consumes nothing
}


def consumers_made(source: str) -> Iterator[int]:
    """The lines that make a FastStream subscriber or an aiokafka consumer."""
    if "subscriber" not in source and "AIOKafkaConsumer" not in source:
        return
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name == "AIOKafkaConsumer" or (
            name == "subscriber" and isinstance(called, ast.Attribute)
        ):
            yield node.lineno


def sources() -> list[Path]:
    found = [*ROOT.glob("libs/*/src/**/*.py"), *ROOT.glob("services/*/src/**/*.py")]
    return [path for path in found if str(path.relative_to(ROOT)) not in ALLOWED]


def test_every_consumer_is_made_by_subscribe() -> None:
    made = [
        f"{path.relative_to(ROOT)}:{line}: use runtime.kafka.subscribe"
        for path in sources()
        for line in consumers_made(path.read_text())
    ]
    assert made == []


def test_the_rule_looks_at_libraries_and_services() -> None:
    seen = {path.relative_to(ROOT).parts[0] for path in sources()}
    assert seen == {"libs", "services"}
    assert all((ROOT / name).is_file() for name in ALLOWED)


@pytest.mark.parametrize(
    "source",
    [
        "@broker.subscriber('order-fetched')\nasync def on_order(body): ...",
        "consumer = AIOKafkaConsumer('order-fetched')",
        "import aiokafka\nconsumer = aiokafka.AIOKafkaConsumer('order-fetched')",
    ],
)
def test_a_consumer_made_another_way_is_refused(source: str) -> None:
    assert list(consumers_made(source))


def test_subscribing_the_one_way_is_allowed() -> None:
    assert not list(consumers_made("kafka.subscribe(connection, topics, group='mapper')"))
