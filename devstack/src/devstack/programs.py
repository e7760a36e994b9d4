"""The stack's own programs: simulators, services, and the steps that run once."""

import http.client
import os
import sys
from collections.abc import Mapping
from functools import partial
from importlib.metadata import entry_points

from devstack.process import Program
from devstack.settings import TIKTOK_APP_KEY, StackSettings
from devstack.watched import Supervised

SERVICES = tuple(sorted(entry_points(group="ordersync.services").names))
"""Every service that is installed: each announces itself in its pyproject.toml."""
# Not in `.devstack/env`: another service reads the same name and means something else by it.
_OWN = {
    "fetcher": {"POLL_INTERVAL_S": "1", "SWEEP_INTERVAL_S": "30", "AFTERMATH_INTERVAL_S": "5"},
}
# Short: the supervisor looks at nothing else while it asks.
_TIMEOUT_S = 0.3


def simulators(settings: StackSettings, environ: Mapping[str, str]) -> tuple[Supervised, ...]:
    """Both platforms. One that was restarted has forgotten the shop, so it is connected anew."""
    again = connecting(settings, environ)
    key = ("--app-key", TIKTOK_APP_KEY, "--app-secret", settings.tiktok_app_secret)
    tiktok = ("simulators.tiktok", "--port", str(settings.tiktok_port), *key)
    shopify = ("simulators.shopify", "--port", str(settings.shopify_port))
    return (
        Supervised(
            _python("tiktok-sim", environ, *tiktok),
            partial(answers, settings.tiktok_port, "/_sim/requests"),
            after_restart=again,
        ),
        Supervised(
            _python("shopify-sim", environ, *shopify),
            partial(answers, settings.shopify_port, "/_sim/requests"),
            after_restart=again,
        ),
    )


def services(
    settings: StackSettings, environ: Mapping[str, str], health_ports: tuple[int, ...]
) -> tuple[Supervised, ...]:
    """The services in SERVICES order, each with its health port."""
    return tuple(
        Supervised(
            _python(name, _variables(name, settings, environ, port), name.replace("-", "_")),
            partial(answers, port, "/health/ready"),
        )
        for name, port in zip(SERVICES, health_ports, strict=True)
    )


def migrating(settings: StackSettings, environ: Mapping[str, str]) -> Program:
    """Runs once: tables and topics."""
    variables = {**environ, **settings.admin_environment()}
    return _python("migrate", variables, "console.cli", "migrate")


def connecting(settings: StackSettings, environ: Mapping[str, str]) -> Program:
    """Runs once: the demo shop and store."""
    return _python("connect", {**environ, **settings.environment()}, "devstack.connect")


def answers(port: int, path: str) -> bool:
    """Whether GET on 127.0.0.1 answers 200 at once."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _variables(
    name: str, settings: StackSettings, environ: Mapping[str, str], health_port: int
) -> dict[str, str]:
    """A service's environment: its own usual values, what the person exported, the stack's."""
    own = dict(_OWN.get(name, {}))
    if name == "fetcher":
        own["TIKTOK_WEBHOOK_PORT"] = str(settings.tiktok_webhook_port)
    if name == "shopify-writer":
        own["SHOPIFY_WEBHOOK_PORT"] = str(settings.shopify_webhook_port)
    return {**own, **environ, **settings.environment(), "HEALTH_PORT": str(health_port)}


def _python(name: str, environ: Mapping[str, str], module: str, *args: str) -> Program:
    # Unbuffered: what a program said before it was killed is what explains it.
    env = {"PATH": os.defpath, **environ, "PYTHONUNBUFFERED": "1"}
    return Program(name=name, argv=(sys.executable, "-m", module, *args), env=env)
