"""What the services log, taken where it would be written."""

from collections.abc import Callable
from typing import Any

import structlog

from runtime import logs

Take = Callable[[str, dict[str, Any]], None]


def take_logs(take: Take) -> None:
    """Every line goes to ``take`` (its level, its fields) after all that cleans it."""

    def taken(_logger: object, _method: str, event: Any) -> Any:
        take(event.pop("level"), event)
        raise structlog.DropEvent

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            logs.name_event,
            logs.describe_exception,
            logs.drop_private,
            taken,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(20),
        cache_logger_on_first_use=False,
    )
