"""SIGINT, SIGTERM and SIGHUP as one exception: once, and never while things are being ended."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """A signal asked to end; not an Exception, so that no handler of errors keeps it."""


@contextmanager
def stopped_by_signals() -> Iterator[Callable[[], None]]:
    """Raise Stopped on the first signal; yields a function after which signals do nothing."""
    before = {number: signal.signal(number, _stop) for number in _ENDING}
    try:
        yield _ignore
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(_number: int, _frame: FrameType | None) -> None:
    _ignore()
    raise Stopped


def _ignore() -> None:
    for number in _ENDING:
        # Not SIG_IGN: what is started meanwhile would inherit that and could not be stopped.
        signal.signal(number, _nothing)


def _nothing(_number: int, _frame: FrameType | None) -> None:
    pass
