"""A snapshot is believed only as long as all the code that made it is the same."""

import importlib.util
import inspect
from types import ModuleType

import pytest

from connections import foldings
from lifecycle import link as links
from lifecycle import shop as shops
from ordersync_contracts import codec, upcast
from ordersync_contracts.events import event, shop
from ordersync_contracts.events import links as link_events


def begun_anew() -> ModuleType:
    """The module as a process has it that begins now."""
    spec = importlib.util.find_spec("connections.foldings")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("changed", "of_shops", "of_links"),
    [
        (codec, True, True),
        (upcast, True, True),
        (event, True, True),
        (shops, True, False),
        (shop, True, False),
        (links, False, True),
        (link_events, False, True),
    ],
)
def test_what_was_folded_by_other_code_is_not_believed(
    changed: ModuleType, of_shops: bool, of_links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = inspect.getsource

    def edited(module: ModuleType) -> str:
        return source(module) + ("# edited" if module is changed else "")

    monkeypatch.setattr(inspect, "getsource", edited)
    after = begun_anew()
    assert (after.SHOPS.code != foldings.SHOPS.code) is of_shops
    assert (after.LINKS.code != foldings.LINKS.code) is of_links
