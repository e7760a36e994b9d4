"""Every lease of a service runs on the clock that goes on while the machine sleeps."""

import re
from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[2] / "services"
OPENED = re.compile(r"partial\(\s*open_(?:session|owner),\s*dsn[^()]*\)")
"""How a service's main hands on what opens a session: ``partial(open_session, dsn, …)``."""
SAID = [
    (path.parts[-2], said)
    for path in SERVICES.rglob("app.py")
    for said in OPENED.findall(path.read_text())
]


@pytest.mark.parametrize(("service", "said"), SAID, ids=[service for service, _ in SAID])
def test_a_service_opens_its_sessions_on_the_boot_clock(service: str, said: str) -> None:
    assert "clock=boottime" in said


def test_the_four_services_that_hold_locks_are_looked_at() -> None:
    assert {service for service, _ in SAID} >= {
        "fetcher",
        "relay",
        "shopify_writer",
        "status_tracker",
    }
