"""The operators' command line on a running system."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.system.stack import BIN, System
from tests.system.waiting import wait_until

SHOWN = ("order_id", "shop_id", "status", "reason_code", "shopify_order_id", "delivery", "events")
ORDER_LS = (str(BIN / "ordersync"), "order", "ls")
EVENT = ("type", "version", "position", "occurred_at", "data")


@pytest.fixture
def by_hand(system: System) -> Iterator[System]:
    """Automatic sync is off meanwhile."""
    automatic_sync(system, "off")
    yield system
    automatic_sync(system, "on")


def automatic_sync(system: System, switch: str) -> None:
    shop = ("--shop", system.summary["shop_id"])
    done = system.ordersync("settings", "set", *shop, "--automatic-sync", switch)
    assert done.returncode == 0, done.stderr


def await_events(system: System, order_id: str, names: tuple[str, ...]) -> None:
    wait_until(
        lambda: system.life(order_id).events == names, 30, lambda: str(system.life(order_id))
    )


def test_order_show_prints_one_object_and_nothing_else(system: System) -> None:
    (order_id,) = system.arrive(system.make.paid())
    system.await_status(order_id, "Synced")
    shown = system.ordersync("order", "show", order_id, "-o", "json")
    order = json.loads(shown.stdout)
    assert tuple(order) == SHOWN
    assert order["order_id"] == order_id
    assert order["shop_id"] == system.summary["shop_id"]
    assert (order["status"], order["reason_code"], order["delivery"]) == ("Synced", None, None)
    assert order["shopify_order_id"] == system.shopify.of(order_id)["order"]["id"]
    assert {tuple(event) for event in order["events"]} == {EVENT}
    versions = [event["version"] for event in order["events"]]
    assert versions == list(range(1, len(versions) + 1))
    types = [event["type"] for event in order["events"]]
    if "OrderBlocked" in types:  # the store's products were still being read
        types.remove("OrderBlocked")
    assert (len(types), types[0], types[-1]) == (5, "OrderFetched", "ShopifyOrderCreated")
    positions = [event["position"] for event in order["events"]]
    assert positions == sorted(set(positions))


def test_an_order_that_is_refused_says_why(system: System) -> None:
    (order_id,) = system.arrive(system.make.paid(fulfillment_type="FULFILLMENT_BY_TIKTOK"))
    system.await_status(order_id, "Not eligible")
    refused = system.ordersync("order", "sync", order_id)
    order = system.order(order_id)
    assert (order["reason_code"], order["shopify_order_id"]) == ("fulfilled_by_tiktok", None)
    assert refused.returncode not in {0, 2}
    assert "fulfilled_by_tiktok" in refused.stdout + refused.stderr


def test_an_unknown_order_is_exit_code_1_and_nothing_on_stdout(system: System) -> None:
    shown = system.ordersync("order", "show", "576000000000000000", "-o", "json")
    assert (shown.returncode, shown.stdout) == (1, "")
    assert "576000000000000000" in shown.stderr


def test_order_ls_lists_orders_and_their_status(system: System) -> None:
    (order_id,) = system.arrive(system.make.paid())
    system.await_status(order_id, "Synced")
    listed = system.ordersync("order", "ls", "-o", "json", "--limit", "1000")
    rows = {row["order_id"]: row for row in json.loads(listed.stdout)["orders"]}
    assert rows[order_id]["status"] == "Synced"
    assert rows[order_id]["shopify_order_id"] == system.shopify.of(order_id)["order"]["id"]
    assert order_id in system.ordersync("order", "ls", "--limit", "1000").stdout


def test_without_automatic_sync_an_order_waits_for_a_person(by_hand: System) -> None:
    asked, left = by_hand.arrive(by_hand.make.paid(), by_hand.make.paid())
    for order_id in (asked, left):
        await_events(by_hand, order_id, ("OrderFetched", "OrderEligible"))
        assert by_hand.life(order_id).status == "Not synced"
    done = by_hand.ordersync("order", "sync", asked, "--reason", "the buyer called")
    assert done.returncode == 0, done.stderr
    by_hand.await_status(asked, "Synced")
    assert by_hand.life(left).status == "Not synced"
    assert set(by_hand.shopify.copies()) & {asked, left} == {asked}
    automatic_sync(by_hand, "on")  # takes what is not synced yet, as Settings promises
    by_hand.await_status(left, "Synced")


def run_in(
    folder: Path, command: tuple[str, ...], **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder without a stack, with no settings but these."""
    return subprocess.run(
        command,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_folder_without_a_stack_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    done = run_in(tmp_path, ORDER_LS)
    assert (done.returncode, done.stdout) == (2, "")
    assert "environment" in done.stderr
    assert ".devstack/env" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("database", "kafka", "code", "complaint"),
    [
        ("postgresql://u:hunter2@127.0.0.1:1/x", "127.0.0.1:1", 1, "the database at DATABASE_URL"),
        ("u:hunter2@127.0.0.1/x", "127.0.0.1:1", 2, "DATABASE_URL: not postgresql://"),
        ("postgresql://u:hunter2@127.0.0.1:1/x", "nowhere", 2, "KAFKA_BOOTSTRAP: not host:port"),
    ],
)
def test_a_wrong_or_unreachable_server_is_named(
    tmp_path: Path, database: str, kafka: str, code: int, complaint: str
) -> None:
    done = run_in(tmp_path, ORDER_LS, DATABASE_URL=database, KAFKA_BOOTSTRAP=kafka)
    assert (done.returncode, done.stdout) == (code, "")
    assert complaint in done.stderr
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("service", "needs"),
    [
        ("relay", ("KAFKA_BOOTSTRAP", "DATABASE_URL")),
        ("mapper", ("KAFKA_BOOTSTRAP", "DATABASE_URL", "VAULT_KEYS", "VAULT_KEY_ID")),
        ("shopify_writer", ("KAFKA_BOOTSTRAP", "DATABASE_URL", "VAULT_KEYS", "VAULT_KEY_ID")),
        ("status_tracker", ("KAFKA_BOOTSTRAP", "DATABASE_URL", "VAULT_KEYS", "VAULT_KEY_ID")),
        (
            "fetcher",
            ("DATABASE_URL", "VAULT_KEYS", "VAULT_KEY_ID", "TIKTOK_APP_KEY", "TIKTOK_APP_SECRET"),
        ),
        ("console", ("KAFKA_BOOTSTRAP", "DATABASE_URL")),
    ],
)
def test_a_service_names_every_missing_setting(
    tmp_path: Path, service: str, needs: tuple[str, ...]
) -> None:
    done = run_in(tmp_path, (sys.executable, "-m", service))
    assert done.returncode == 2
    assert [name for name in needs if name not in done.stderr] == []
    assert "Traceback" not in done.stderr
