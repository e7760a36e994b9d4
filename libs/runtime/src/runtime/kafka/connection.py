"""The consuming side of a process: a transport, its subscriptions, started and stopped in one."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from aiokafka.errors import KafkaError
from prometheus_client import CollectorRegistry

from runtime.cancellation import to_its_end
from runtime.clock import Clock, monotonic, utc_now
from runtime.health import Watchdog
from runtime.kafka.broker import GRACEFUL_STOP_S, FastStreamTransport
from runtime.kafka.holds import Later, call_later
from runtime.kafka.transport import Transport
from runtime.metrics import DeliveryMetrics
from runtime.randomness import Chance, system_chance

STARTING_LIMIT_S: Final = 3.0
MEASURING_LIMIT_S: Final = 4.0
STOPPING_LIMIT_S: Final = GRACEFUL_STOP_S + 2.0


class Unreachable(Exception):
    """No Kafka broker answers at the address that was set; the text names it."""

    safe = True


class Measured(Protocol):
    """A subscription, as far as its connection looks after it."""

    @property
    def trouble(self) -> str | None:
        """Why it does not get on; None while it does."""

    async def measure_lag(self) -> None:
        """Ask how far behind it is and tell the watchdog; takes three seconds at most."""


@dataclass(frozen=True)
class Connection:
    """The way to the cluster, and what delivery is given as arguments."""

    transport: Transport
    client_id: str
    watchdog: Watchdog
    registry: CollectorRegistry
    metrics: DeliveryMetrics
    clock: Clock
    chance: Chance
    later: Later
    subscriptions: list[Measured] = field(default_factory=list)

    async def ready(self) -> str | None:
        """Why consuming does not get on, in a sentence; None while it does (a health.Check)."""
        troubles = [s.trouble for s in self.subscriptions if s.trouble]
        return "; ".join(troubles) or None


def connect(
    bootstrap: str, *, client_id: str, registry: CollectorRegistry, watchdog: Watchdog | None = None
) -> Connection:
    """A connection to subscribe on; nothing is opened before ``consume``.

    Give its ``watchdog``, ``registry`` and ``ready`` to ``service.serve``.
    """
    return Connection(
        transport=FastStreamTransport(bootstrap, client_id),
        client_id=client_id,
        watchdog=watchdog or Watchdog(monotonic),
        registry=registry,
        metrics=DeliveryMetrics(registry),
        clock=utc_now,
        chance=system_chance,
        later=call_later,
    )


async def consume(connection: Connection, *, lag_interval_s: float = 10.0) -> None:
    """Consume on all subscriptions until cancelled; then finish the batches in flight and leave.

    A batch that needs more than ten seconds to finish is given up and delivered again elsewhere.
    Raises Unreachable when no broker answers.
    """
    try:
        await _start(connection)
        while True:
            await to_its_end(_measure(connection.subscriptions), MEASURING_LIMIT_S)
            await asyncio.sleep(lag_interval_s)
    finally:
        await to_its_end(connection.transport.stop(), STOPPING_LIMIT_S)


async def _measure(subscriptions: Sequence[Measured]) -> None:
    await asyncio.gather(*(each.measure_lag() for each in subscriptions))


async def _start(connection: Connection) -> None:
    """Cut short after a while, because joining a group may wait for other members for long."""
    try:
        await to_its_end(connection.transport.start(), STARTING_LIMIT_S)
    except KafkaError as error:
        raise Unreachable(
            f"Kafka at {connection.transport.address} does not answer ({type(error).__name__}):"
            " start it or correct KAFKA_BOOTSTRAP"
        ) from error
