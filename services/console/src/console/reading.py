"""Streams as far as this version can read them; what it cannot read is said and stops nothing.

After a rollback a newer version wrote some of it. Nothing is decided on what is left: it is shown.
"""

from collections.abc import Iterable
from typing import Final

import structlog

from ordersync_contracts.codec import NewerVersion, UnknownEvent, UnreadableEvent
from ordersync_contracts.envelope import Recorded

log = structlog.get_logger()
OF_AN_EVENT: Final = (UnknownEvent, NewerVersion, UnreadableEvent)
"""What reading one event raises; their texts hold names, never values."""


def readable(history: Iterable[Recorded]) -> tuple[Recorded, ...]:
    """Without the events that cannot be read, which are logged."""
    return tuple(recorded for recorded in history if not _passed_over(recorded))


def trouble_of(recorded: Recorded) -> Exception | None:
    """Why the event cannot be read; None: it can be."""
    try:
        _ = recorded.event
    except OF_AN_EVENT as error:
        return error
    return None


def _passed_over(recorded: Recorded) -> bool:
    trouble = trouble_of(recorded)
    if trouble is not None:
        log.warning("rows.event_passed_over", position=recorded.position, error=str(trouble))
    return trouble is not None
