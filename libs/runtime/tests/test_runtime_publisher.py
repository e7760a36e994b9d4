"""Publishing: which partition, and what happens when the cluster is not there."""

import socket

import pytest

from runtime.publisher import Message, NotPublished, Publisher, open_publisher, partition_of


@pytest.mark.parametrize(
    ("key", "murmur2"),  # values of Kafka's own UtilsTest.testMurmur2
    [(b"21", -973932308), (b"foobar", -790332482), (b"a-little-bit-long-string", -985981536)],
)
def test_a_key_goes_to_the_partition_where_a_java_client_looks_for_it(
    key: bytes, murmur2: int
) -> None:
    assert partition_of(key, 12) == (murmur2 & 0x7FFFFFFF) % 12


def test_a_record_without_a_key_goes_to_the_first_partition() -> None:
    assert partition_of(None, 12) == 0


def test_keys_spread_over_all_partitions() -> None:
    assert {partition_of(f"order-{n}".encode(), 12) for n in range(500)} == set(range(12))


async def test_a_cluster_that_is_not_there_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(NotPublished, match=f"127.0.0.1:{port}"):
        async with open_publisher(f"127.0.0.1:{port}", client_id="test", send_limit_s=0.2):
            pass


class BrokenProducer:
    """A producer whose broker refuses."""

    async def partitions_for(self, topic: str) -> set[int]:
        raise ConnectionResetError


async def test_after_a_failure_a_publisher_refuses_to_go_on() -> None:
    publisher = Publisher(BrokenProducer())
    message = Message("order-fetched", b"{}")
    with pytest.raises(NotPublished, match="1 records: ConnectionResetError"):
        await publisher.send([message])
    with pytest.raises(NotPublished, match="a new one is needed"):
        await publisher.send([message])
