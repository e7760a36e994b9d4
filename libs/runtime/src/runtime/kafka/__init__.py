"""Consuming from Kafka: ``connect``, ``subscribe`` with the one delivery policy, ``consume``.

- ``record``: what a decoder gets and may raise          - ``plan``: a batch, sorted
- ``delivery``: what becomes of a batch, retries          - ``policy``: sizes, times, which faults
- ``dead``: what goes to a dead topic                     - ``gate``: when replays have their turn
- ``holds``: partitions that wait                         - ``observer``: logs, metrics, watchdog
- ``subscription``: who hears of batches                  - ``connection``: start, stop, readiness
- ``transport``: what carries batches: ``broker`` (FastStream and aiokafka), or ``memory``
"""

from runtime.kafka.connection import Connection, Unreachable, connect, consume
from runtime.kafka.policy import DeliveryPolicy, is_infrastructure
from runtime.kafka.record import NewerVersion, Record, Undecodable
from runtime.kafka.subscription import Subscription, replay_group, subscribe

__all__ = [
    "Connection",
    "DeliveryPolicy",
    "NewerVersion",
    "Record",
    "Subscription",
    "Undecodable",
    "Unreachable",
    "connect",
    "consume",
    "is_infrastructure",
    "replay_group",
    "subscribe",
]
