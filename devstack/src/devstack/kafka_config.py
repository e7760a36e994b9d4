"""server.properties of a single-node Apache Kafka 4.3 (KRaft), small enough for a laptop.

Source of the keys: kafka.apache.org/43, "Broker Configs" and "KRaft".
"""

from pathlib import Path


def server_properties(data: Path, port: int, controller_port: int) -> str:
    """The configuration as text; everything binds to 127.0.0.1."""
    values = {**broker_settings(port, controller_port), "log.dir": str(data)}
    return "".join(f"{key}={value}\n" for key, value in values.items())


def broker_settings(port: int, controller_port: int, listen: str = "127.0.0.1") -> dict[str, str]:
    """The configuration but for the data folder; `listen` is the address the broker binds to."""
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        # Static voters and not `--standalone`: the formatted folder then names no port and can be
        # written without starting a JVM for it, which would take another second.
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "listeners": f"PLAINTEXT://{listen}:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": "0",
        **_ONE_NODE,
        **_QUICK_RETURN,
        **_SMALL,
    }


_ONE_NODE = {
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
}
# After kill -9 the controller waits for the old session to end before it takes the broker back:
# 3.5 s like this, 11.9 s with the defaults.
_QUICK_RETURN = {"broker.session.timeout.ms": "2000", "broker.heartbeat.interval.ms": "300"}
# The cleaner alone claims 128 MB of heap by default: 150 MB resident like this instead of 300.
_SMALL = {
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.num.partitions": "4",
    "log.cleaner.dedupe.buffer.size": str(4 * 1024 * 1024),
    "log.index.size.max.bytes": str(1024 * 1024),
}
