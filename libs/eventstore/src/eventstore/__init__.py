"""The event store: append with expected version, read, tail. Append-only.

- ``store``      the promises (protocol) and the outcomes of an append
- ``postgres``   the store on PostgreSQL; ``migrations/`` its tables and the append function
- ``held``       the one connection that appends use
- ``memory``     the same promises in a dict, for unit tests; passes the same suite
- ``folded``     what long streams say, kept: only what is new is read
- ``statements`` what the store on PostgreSQL asks
- ``journal``    a service's way in: read the streams, decide, append; facts, once
- ``wakeups``    what a Kafka record is to a consumer
- ``tail``       follow the store by position, as the relay does
"""
