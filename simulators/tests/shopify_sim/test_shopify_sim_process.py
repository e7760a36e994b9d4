"""The simulator as a process on a real port: announcing, hanging, committing late, stopping."""

import json
import signal
import subprocess
import sys
import time
from typing import Any

import httpx
import pytest

DOMAIN = "demo.myshopify.com"
HEADERS = {"Host": DOMAIN, "X-Shopify-Access-Token": "shpat_simulator"}
BODY = json.dumps(
    {
        "query": """mutation { orderCreate(order: {lineItems: [{title: "x", quantity: 1}]}) {
            order { id } userErrors { message } } }"""
    }
)
PATIENCE_S = 0.1


@pytest.fixture(scope="module")
def url() -> Any:
    command = (sys.executable, "-m", "simulators.shopify", "--port", "0")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:")
        yield line.split()[-1]
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) in (0, -signal.SIGTERM)


@pytest.fixture
def http(url: str) -> Any:
    with httpx.Client(base_url=url, timeout=5) as client:
        client.put(f"/_sim/shops/{DOMAIN}", json={})
        client.post("/_sim/reset")
        yield client


def create(http: httpx.Client) -> Any:
    patience = httpx.Timeout(5, read=PATIENCE_S)
    path = "/admin/api/2026-10/graphql.json"
    return http.post(path, content=BODY, headers=HEADERS, timeout=patience)


def order_count(http: httpx.Client) -> Any:
    return len(http.get("/_sim/orders", params={"shop": DOMAIN}).json()["orders"])


def fault(http: httpx.Client, **rule: Any) -> None:
    rules = [{"match": {"operation": "orderCreate"}, "count": 1, **rule}]
    assert http.put("/_sim/faults", json=rules).status_code == 200


def test_an_order_is_created_over_a_real_connection(http: httpx.Client) -> None:
    assert create(http).json()["data"]["orderCreate"]["userErrors"] == []
    assert order_count(http) == 1


@pytest.mark.parametrize(("kind", "made"), [("timeout_before", 0), ("timeout_after_commit", 1)])
def test_a_call_that_times_out_may_have_been_executed(
    http: httpx.Client, kind: str, made: int
) -> None:
    fault(http, kind=kind)
    with pytest.raises(httpx.ReadTimeout):
        create(http)
    assert order_count(http) == made
    assert http.get("/_sim/requests").json()["requests"][0]["status"] is None


def test_a_commit_can_come_after_the_client_gave_up(http: httpx.Client) -> None:
    fault(http, kind="late_commit", delay_s=PATIENCE_S)
    with pytest.raises(httpx.ReadTimeout):
        create(http)
    assert order_count(http) == 0
    deadline = time.monotonic() + 5
    while order_count(http) == 0:
        assert time.monotonic() < deadline, "the late commit never came"
    assert order_count(http) == 1


@pytest.mark.parametrize(
    ("kind", "made"), [("reset", 0), ("reset_after_commit", 1), ("truncated", 1)]
)
def test_a_broken_connection_may_have_been_executed(
    http: httpx.Client, kind: str, made: int
) -> None:
    fault(http, kind=kind)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        create(http)
    assert order_count(http) == made
