"""Live, ready, started: what each says, and what it must not depend on."""

import asyncio
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter

from runtime.health import Health, Watchdog, app
from runtime.health_server import health_server
from runtime.serving import PortInUse


class Watched(Watchdog):
    """A watchdog whose clock the test moves."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(lambda: self.now, tick_limit=30, stall_limit=120)

    def later(self, by: float) -> None:
        """Time passes and the event loop turns."""
        self.now += by
        self.tick()


@pytest.fixture
def watchdog() -> Watched:
    return Watched()


def test_an_idle_loop_stays_live(watchdog: Watched) -> None:
    watchdog.measured("mapper", 0)
    watchdog.later(10_000)
    watchdog.measured("mapper", 0)
    assert watchdog.stale() == ()


def test_a_loop_with_work_that_it_does_not_take_is_stale(watchdog: Watched) -> None:
    watchdog.measured("mapper", 5)
    watchdog.later(119)
    assert watchdog.stale() == ()
    watchdog.later(2)
    assert watchdog.stale() == ("mapper has records to take and has not moved for 121 s",)


def test_work_that_arrives_after_a_long_quiet_time_is_given_its_time(watchdog: Watched) -> None:
    watchdog.moved("mapper")
    watchdog.measured("mapper", 0)
    watchdog.later(10_000)
    watchdog.measured("mapper", 1)
    assert watchdog.stale() == ()


def test_a_loop_that_retries_while_its_store_is_away_is_live(watchdog: Watched) -> None:
    for _ in range(100):
        watchdog.measured("mapper", 5)
        watchdog.moved("mapper")
        watchdog.later(30)
    assert watchdog.stale() == ()


def test_a_kafka_that_does_not_answer_makes_nothing_stale(watchdog: Watched) -> None:
    watchdog.measured("mapper", 5)
    watchdog.measured("mapper", None)
    watchdog.later(10_000)
    assert watchdog.stale() == ()


def test_one_loop_that_stands_still_is_seen_beside_one_that_moves(watchdog: Watched) -> None:
    watchdog.measured("mapper", 5)
    watchdog.measured("mapper-replay", 5)
    watchdog.later(121)
    watchdog.moved("mapper")
    (sentence,) = watchdog.stale()
    assert sentence.startswith("mapper-replay ")


def test_an_event_loop_that_does_not_turn_is_stale(watchdog: Watched) -> None:
    watchdog.tick()
    watchdog.now += 31
    assert watchdog.stale() == ("the event loop has not turned for 31 s",)


@pytest.fixture
def health(watchdog: Watched) -> Health:
    registry = CollectorRegistry()
    Counter("orders_drafted", "Orders drafted", registry=registry).inc()
    return Health(watchdog, registry, {})


@pytest.fixture
async def http(health: Health) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app(health))
    async with httpx.AsyncClient(transport=transport, base_url="http://health") as client:
        yield client


async def test_live_is_200_until_the_watchdog_says_what_has_stopped(
    http: httpx.AsyncClient, watchdog: Watched
) -> None:
    assert (await http.get("/health/live")).status_code == 200
    watchdog.now += 31
    answer = await http.get("/health/live")
    assert answer.status_code == 503
    assert answer.json() == {"stale": ["the event loop has not turned for 31 s"]}


async def test_ready_names_the_checks_that_fail_and_live_does_not_care(
    http: httpx.AsyncClient, health: Health
) -> None:
    async def away() -> str | None:
        return "Kafka does not answer"

    async def breaks() -> str | None:
        raise ConnectionRefusedError("planted-password")

    async def fine() -> str | None:
        return None

    health.checks = {"kafka": away, "store": breaks, "topics": fine}
    answer = await http.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {
        "unready": {"kafka": "Kafka does not answer", "store": "ConnectionRefusedError"}
    }
    assert (await http.get("/health/live")).status_code == 200
    health.checks = {"topics": fine}
    assert (await http.get("/health/ready")).status_code == 200


async def test_a_check_that_hangs_is_not_ready(
    health: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs() -> str | None:
        await asyncio.Event().wait()
        return None

    monkeypatch.setattr("runtime.health.CHECK_LIMIT_S", 0.01)
    health.checks = {"store": hangs}
    assert await health.unready() == {"store": "TimeoutError"}


async def test_startup_is_503_until_the_service_has_started(
    http: httpx.AsyncClient, health: Health
) -> None:
    assert (await http.get("/health/startup")).status_code == 503
    health.started = True
    assert (await http.get("/health/startup")).status_code == 200


async def test_metrics_are_served_in_prometheus_format(http: httpx.AsyncClient) -> None:
    answer = await http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "orders_drafted_total 1.0" in answer.text


async def test_the_endpoints_are_served_on_a_port(health: Health) -> None:
    async with health_server(health, "127.0.0.1", 0) as port, httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{port}/health/live")
    assert answer.status_code == 200


async def test_a_port_in_use_is_said_with_what_to_do(health: Health) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"127.0.0.1:{port} .* set HEALTH_PORT"):
            async with health_server(health, "127.0.0.1", port):
                pass


async def test_without_a_port_nothing_is_served(health: Health) -> None:
    async with health_server(health, "127.0.0.1", None) as port:
        assert port == 0
