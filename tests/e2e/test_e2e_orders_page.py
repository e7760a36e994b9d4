"""The Orders page on a running system: what a merchant picks there is synced."""

from collections.abc import Iterator

import httpx
import pytest
from tests.system.forms import form_fields
from tests.system.stack import System
from tests.system.waiting import wait_until

from ordersync_contracts.streams import order_stream


@pytest.fixture
def browser(system: System) -> Iterator[httpx.Client]:
    """Automatic sync is off meanwhile, switched on the Settings page."""
    with httpx.Client(base_url=system.summary["console"], follow_redirects=True) as browser:
        switch(browser, system, on=False)
        yield browser
        switch(browser, system, on=True)


def test_picked_orders_are_synced_and_others_are_left(
    system: System, browser: httpx.Client
) -> None:
    ids = system.arrive(*(system.make.paid() for _ in range(3)))
    for order_id in ids:
        system.await_status(order_id, "Not synced")
    wait_until(lambda: all(order_id in browser.get("/orders").text for order_id in ids), 15)
    picked, left = ids[:2], ids[2]
    form = form_fields(browser.get("/orders").text, "/orders/sync")
    streams = [order_stream(system.summary["shop_id"], order_id) for order_id in picked]
    answer = browser.post("/orders/sync", data=form | {"pick": streams})
    assert answer.status_code == 200
    for order_id in picked:
        life = system.await_status(order_id, "Synced")
        assert life.events.count("SyncRequested") == 1
    again = browser.post("/orders/sync", data=form | {"pick": streams})
    assert again.status_code == 200
    assert [system.life(order_id).events.count("SyncRequested") for order_id in ids] == [1, 1, 0]
    assert system.life(left).status == "Not synced"
    assert [system.shopify.copies()[order_id] for order_id in ids] == [1, 1, 0]


def test_a_form_from_elsewhere_is_refused(system: System, browser: httpx.Client) -> None:
    (order_id,) = system.arrive(system.make.paid())
    system.await_status(order_id, "Not synced")
    stream = order_stream(system.summary["shop_id"], order_id)
    answer = browser.post("/orders/sync", data={"pick": stream, "request_id": "a" * 32})
    assert answer.status_code == 403
    assert "SyncRequested" not in system.life(order_id).events


def switch(browser: httpx.Client, system: System, *, on: bool) -> None:
    """Switch automatic sync as the Settings page does, leaving the other fields as they are."""
    path = f"/settings/{system.summary['shop_id']}"
    page = browser.get("/settings").raise_for_status().text
    form = form_fields(page, path)
    form.pop("automatic_sync", None)
    browser.post(path, data=form | ({"automatic_sync": "on"} if on else {})).raise_for_status()
