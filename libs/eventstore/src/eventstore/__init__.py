"""The memory of ordersync: append with expected version, read, tail. Append-only.

- ``store``      the promises (protocol) and the outcomes of an append
- ``postgres``   the store on PostgreSQL; ``migrations/`` its tables and the append function
- ``coalescer``  callers that append at the same time share one transaction and one fsync
- ``memory``     the same promises in a dict, for unit tests; passes the same suite
- ``decisions``  receive → read the stream → decide → append → fold again when somebody was faster
- ``facts``      append what happened outside, once
- ``wakeups``    what a Kafka record is to a consumer
- ``tail``       follow the store by position
"""

from eventstore.store import (
    ANY_VERSION,
    Append,
    Appended,
    EventStore,
    IdTaken,
    Outcome,
    Repeated,
    WrongVersion,
)

__all__ = [
    "ANY_VERSION",
    "Append",
    "Appended",
    "EventStore",
    "IdTaken",
    "Outcome",
    "Repeated",
    "WrongVersion",
]
