import sys

import pytest

from devstack.programs import SERVICES, migrating, services, simulators
from devstack.settings import StackSettings
from devstack.watched import Supervised


@pytest.fixture
def started(settings: StackSettings) -> dict[str, Supervised]:
    environ = {"HOME": "/home/me", "KAFKA_BOOTSTRAP": "elsewhere:9092"}
    all_services = services(settings, environ, tuple(range(20010, 20016)))
    return {service.program.name: service for service in all_services}


def test_services_are_named_like_their_folders(started: dict[str, Supervised]) -> None:
    assert tuple(started) == SERVICES
    argv = started["shopify-writer"].program.argv
    assert argv == (sys.executable, "-m", "shopify_writer")


def test_every_service_has_a_health_port_of_its_own(started: dict[str, Supervised]) -> None:
    ports = [service.program.env["HEALTH_PORT"] for service in started.values()]
    assert ports == [str(port) for port in range(20010, 20016)]


def test_the_stacks_settings_win_over_what_the_shell_says(started: dict[str, Supervised]) -> None:
    env = started["mapper"].program.env
    assert (env["KAFKA_BOOTSTRAP"], env["HOME"]) == ("127.0.0.1:20001", "/home/me")


def test_how_often_the_fetcher_polls_does_not_slow_the_relay(
    started: dict[str, Supervised],
) -> None:
    assert started["fetcher"].program.env["POLL_INTERVAL_S"] == "1"
    assert "POLL_INTERVAL_S" not in started["relay"].program.env


def test_only_the_migration_knows_the_administrator(
    settings: StackSettings, started: dict[str, Supervised]
) -> None:
    assert "ADMIN_DATABASE_URL" in migrating(settings, {}).env
    assert all("hush" not in str([*service.program.env.values()]) for service in started.values())


def test_a_simulator_that_came_back_is_connected_anew(settings: StackSettings) -> None:
    after = [program.after_restart for program in simulators(settings, {})]
    assert [step.argv[-1] for step in after if step] == ["devstack.connect"] * 2
