"""What every part of ordersync speaks: events, envelope, topics, reason codes, upcasters.

Depends on pydantic only and imports nothing of ours. Where to look:

- ``events/``     every fact, newest version, one module per subject
- ``envelope``    event ⇄ stored row ⇄ CloudEvents message
- ``streams``     how streams are named
- ``ids``         how an event's id follows from what caused it
- ``topics``      which topic carries which event, who produces and who consumes it
- ``reasons``     every reason code with its title, cause, fix and who acts
- ``upcast``      old shape → next shape, pure, one function per step
"""
