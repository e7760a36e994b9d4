"""The request's bytes, guarded in the very step that writes them.

A worker that lost its lease must not write. Asking before the call is not enough: it may wait for
a connection, or be paused, in between. So the question is asked when the transport takes the
bytes: on aiohttp the chunk is written to the socket in the same step of the event loop.

It also answers the one question that decides between "certainly not executed" and "in doubt":
did the bytes leave us? Exceptions cannot say that: the aiohttp transport reports a server that
hung up after reading the whole request as ``httpx.ConnectTimeout``.
"""

from collections.abc import AsyncIterator, Callable
from datetime import datetime

import httpx

Guard = Callable[[], None]


class WrittenOnce(RuntimeError):
    """Something tried to write a request again, or after its call had ended."""


class GuardedBody(httpx.AsyncByteStream):
    """A body that is written once, whole, and only if the guard lets it.

    ``written_at`` is None as long as not a byte was handed out. ``refusal`` is the exception that
    the guard raised; the caller raises it on, unchanged.
    """

    def __init__(self, content: bytes, guard: Guard | None, clock: Callable[[], datetime]) -> None:
        self._content = content
        self._guard = guard
        self._clock = clock
        self._closed = False
        self.written_at: datetime | None = None
        self.refusal: Exception | None = None

    @property
    def size(self) -> int:
        """Bytes, for Content-Length: a body cut short is then never taken for a whole one."""
        return len(self._content)

    def forbid(self) -> None:
        """From now on nothing is written any more: the call has been given up."""
        self._closed = True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._closed:
            raise WrittenOnce("a request is written once, and not after its call has ended")
        self._closed = True
        if self._guard is not None:
            try:
                self._guard()
            except Exception as refusal:
                self.refusal = refusal
                raise
        self.written_at = self._clock()
        yield self._content
