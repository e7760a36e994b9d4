"""Where pages are served, what addresses say, which topics there are."""

import socket
from typing import Any
from urllib.parse import unquote_plus

import pytest
from services.console.tests import happenings as happen

from console.migrate.actions import topic_specs
from console.orders.address import ListAddress
from console.rows import Cursor, OrderFilter
from console.settings import ConsoleSettings
from console.web import words
from lifecycle.status import Status
from ordersync_contracts import topics
from runtime.serving import PortInUse, listen
from runtime.settings import SettingsInvalid, load

NEEDED = {
    "KAFKA_BOOTSTRAP": "127.0.0.1:9092",
    "DATABASE_URL": "postgresql://ordersync@127.0.0.1/ordersync",
}


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> pytest.MonkeyPatch:
    monkeypatch.chdir(tmp_path)
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_pages_are_served_on_this_machine(host: str, environ: pytest.MonkeyPatch) -> None:
    environ.setenv("CONSOLE_HOST", host)
    assert load(ConsoleSettings).console_host == host


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.com"])
def test_pages_without_sign_in_are_not_served_to_others(
    host: str, environ: pytest.MonkeyPatch
) -> None:
    environ.setenv("CONSOLE_HOST", host)
    with pytest.raises(SettingsInvalid, match="CONSOLE_HOST"):
        load(ConsoleSettings)
    environ.setenv("CONSOLE_PUBLISHED_ON_LOOPBACK", "true")
    assert load(ConsoleSettings).console_host == host


def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"{port}.*CONSOLE_PORT"):
            listen("127.0.0.1", port, "CONSOLE_PORT")


def test_an_address_says_its_filter_and_is_read_back() -> None:
    address = ListAddress(
        OrderFilter(Status.SYNC_FAILED, "7495", "unlinked_sku", "57 64", gifts=True, samples=True),
        Cursor(happen.NOW, "order-1-2"),
    )
    query = dict(part.split("=") for part in str(address).split("&"))
    assert query["view"] == "sync-failed"
    text = {name: unquote_plus(v) for name, v in query.items()}
    assert ListAddress.parse(text) == address
    assert str(ListAddress(OrderFilter())) == ""


@pytest.mark.parametrize("place", ["noon", "2026-11-24T12:00:00~order-1-2", "~", "2026"])
def test_a_place_that_is_none_is_refused(place: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Cursor.parse(place)


def test_every_group_has_a_replay_and_a_dead_topic() -> None:
    specs = {spec.name: spec for spec in topic_specs("t-", 3)}
    for group in topics.GROUPS:
        assert {f"t-{group}-replay", f"t-{group}-dead"} <= specs.keys()
    assert {f"t-{topic.name}" for topic in topics.ALL} <= specs.keys()
    assert {spec.partitions for spec in specs.values()} == {3}
    declared = {spec.name: spec.partitions for spec in topic_specs("", None)}
    assert declared["order-fetched"] == topics.BY_EVENT["OrderFetched"].partitions


def test_what_a_catalogue_text_marks_is_shown_as_code_and_the_rest_escaped() -> None:
    found = words.marked("a <b> `ordersync x <y>` c")
    assert found == "a &lt;b&gt; <code>ordersync x &lt;y&gt;</code> c"
