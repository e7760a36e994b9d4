"""Bugs to plant in a writer: each is what a plausible but wrong writer would do.

A campaign that does not find orders doubled or lost with one of these proves nothing.
"""

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from jobs import tables
from runtime.session import Lease
from shopify.answers import Answer, Unclear
from shopify.calls import Calls
from shopify_jobs.doubts import Doubts
from shopify_writer.creation import attempt, lookup, order_create


def retry_on_timeout() -> None:
    """A call whose answer is lost is simply made again."""
    careful = order_create.create_order

    class Again:
        def __init__(self, calls: Calls) -> None:
            self._calls = calls

        async def execute(self, *args: Any, **options: Any) -> Answer:
            for _ in range(3):
                answer = await self._calls.execute(*args, **options)
                if not isinstance(answer, Unclear):
                    break
            return answer

    async def create(shopify: Calls, request: Any, guard: Any) -> Any:
        return await careful(Again(shopify), request, guard)

    _replace(attempt, create_order=create)


def no_lookup() -> None:
    """Nobody asks Shopify whether the order is there."""

    async def absent(*_: object) -> lookup.Absent:
        return lookup.Absent()

    _replace(lookup, by_id=absent, by_search=absent)


def lease_not_checked() -> None:
    """A worker that was paused goes on as if nothing had happened."""
    Lease.check = lambda self: None  # type: ignore[method-assign]  # planted


def error_means_absent() -> None:
    """A lookup that failed counts as "not there"."""

    def believing(ask: Callable[..., Any]) -> Callable[..., Any]:
        async def asked(*args: object) -> Any:
            found = await ask(*args)
            return lookup.Absent() if isinstance(found, lookup.NotAnswered) else found

        return asked

    _replace(lookup, by_id=believing(lookup.by_id), by_search=believing(lookup.by_search))


def absence_believed_at_once() -> None:
    """What is not found now is taken as never created."""

    Doubts.settled_at = lambda self, job: None  # type: ignore[method-assign]  # planted


def passed_on_by_time() -> None:
    """A job nobody has finished for a second is taken as never begun, whoever may be at it."""
    _replace(
        tables,
        RECOVER="""
        UPDATE effects.job SET state = 'waiting', owner = NULL, sent_at = NULL,
            in_doubt_since = NULL, due_at = $2, reason = $3
        WHERE state = 'running' AND coalesce(sent_at, due_at) < $2::timestamptz
            - interval '1 second' AND $1::integer IS NOT NULL
    """,
    )


def _replace(module: ModuleType, **names: object) -> None:
    for name, value in names.items():
        setattr(module, name, value)


PLANTS: Mapping[str, Callable[[], None]] = {
    plant.__name__: plant
    for plant in (
        retry_on_timeout,
        no_lookup,
        lease_not_checked,
        error_means_absent,
        absence_believed_at_once,
        passed_on_by_time,
    )
}
