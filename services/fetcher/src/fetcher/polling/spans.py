"""How much of a window is read at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from fetcher.domain import Window, pieces


class Span:
    """Half of what failed, then more again with each piece that is read.

    Each piece is durable before the next, so a long window is got through however often calls
    fail. Never shorter than ``shortest``: a piece has to be longer than the overlap before it.
    """

    def __init__(self, longest: timedelta, shortest: timedelta) -> None:
        self._longest = max(longest, shortest)
        self._shortest = shortest
        self._now = self._longest

    def pieces(self, window: Window | None) -> Iterator[Window]:
        """The window in pieces, the earliest first; none of no window."""
        yield from pieces(window, self._now) if window else ()

    def newest(self, window: Window) -> Window:
        """The newest piece of the window."""
        return Window(max(window.since, window.until - self._now), window.until)

    def earliest(self, window: Window) -> Window:
        """The earliest piece of the window."""
        return Window(window.since, min(window.until, window.since + self._now))

    @contextmanager
    def reading(self, piece: Window) -> Iterator[None]:
        """While a piece is read; what is raised makes the next ones shorter."""
        try:
            yield
        except Exception:
            self._now = max(self._shortest, (piece.until - piece.since) / 2)
            raise
        self._now = min(self._longest, self._now * 2)
