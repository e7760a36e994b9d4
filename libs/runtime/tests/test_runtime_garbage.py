"""A service looks for reference cycles seldom."""

import gc

import pytest

from runtime.garbage import YOUNG, collect_seldom


def test_what_is_loaded_is_not_looked_through_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gc, "collect", lambda: 0)  # a whole test run is a lot to look through
    before = gc.get_threshold()
    try:
        collect_seldom()
        assert gc.get_freeze_count() > 1000
        assert gc.get_threshold()[0] == YOUNG
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
