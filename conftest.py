"""What tests of every folder start from: a clock, an ordinary order, a stream made of events."""

import functools
import gc
import importlib.util
import ssl
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from types import ModuleType
from typing import cast

import pytest
import structlog
from tests.world import story
from tests.world.story import NOW

# In importlib mode pytest makes a namespace module of the folders devstack/ and simulators/, which
# would hide the packages of these names; imported first, the packages win.
import devstack
import simulators
from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import Event

assert devstack.__file__
assert simulators.__file__

# Tests make and drop little; what they import is large, and looking through it again and again
# was a tenth of their time.
gc.set_threshold(50_000, 20, 100)

# httpx's in-process transport looks for sniffio at every request; not finding it walks all of
# sys.path each time, which costs more than the request.
if importlib.util.find_spec("sniffio") is None:
    sys.modules["sniffio"] = cast("ModuleType", None)

# Every HTTP client of a test would read the machine's certificates: 20 ms each, and none uses them.
vars(ssl)["create_default_context"] = functools.cache(ssl.create_default_context)


@pytest.fixture(autouse=True)
def unfiltered_logs() -> None:
    """Logging as it is at first: a command line that ran in another test leaves a level behind.

    Only tracebacks are plain: drawing them with all locals takes longer than what is tested.
    """
    structlog.reset_defaults()
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[structlog.processors.add_log_level, plain])


@pytest.fixture
def now() -> datetime:
    """The time it is in every unit test."""
    return NOW


@pytest.fixture
def fetched() -> Callable[..., events.OrderFetched]:
    """Makes a paid order of one mug, 24.97 in all, awaiting shipment; keywords change fields."""
    return story.fetched


@pytest.fixture
def stream() -> Callable[..., tuple[Recorded, ...]]:
    """Makes a stream of these events, versions from 1."""
    return story.stream


@pytest.fixture
def connected() -> Callable[..., Sequence[Event]]:
    """The events of a shop that is connected to its store, adoption waived; settings by keyword."""
    return story.connected
