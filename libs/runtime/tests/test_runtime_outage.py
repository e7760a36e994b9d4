"""An error of a driver names the server and the setting; any other names none."""

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError

from runtime.outage import server_of

NOWHERE = "127.0.0.1:1"


async def test_an_unreachable_database_is_named() -> None:
    with pytest.raises(OSError) as caught:  # noqa: PT011 - which one is up to the system
        await asyncpg.connect(f"postgresql://u:p@{NOWHERE}/none")
    assert server_of(caught.value) == "the database at DATABASE_URL"


async def test_an_unreachable_broker_is_named() -> None:
    producer = AIOKafkaProducer(bootstrap_servers=NOWHERE)
    with pytest.raises(KafkaConnectionError) as caught:
        await producer.start()
    await producer.stop()
    assert server_of(caught.value) == "Kafka at KAFKA_BOOTSTRAP"


async def test_the_first_known_server_of_a_group_is_named() -> None:
    with pytest.raises(OSError) as caught:  # noqa: PT011 - which one is up to the system
        await asyncpg.connect(f"postgresql://u:p@{NOWHERE}/none")
    together = ExceptionGroup("several", [KeyError("x"), caught.value])
    assert server_of(together) == "the database at DATABASE_URL"


def test_an_error_of_our_own_names_no_server() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        _ = 1 / 0
    assert server_of(caught.value) is None
