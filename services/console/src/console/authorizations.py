"""A person's way to a platform and back: what comes back must be what we sent them off with.

The ``state`` in the address where a person authorises us is random, known here by its digest only,
valid for half an hour, for one return and for what it was begun for. Without it, somebody else's
code could be slipped under a person's hand, and shops be connected to a stranger's stores.

Partner Center: "Authorization guide"; shopify.dev: "Authorization code grant" (both redirects carry
``code`` and ``state``).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol
from urllib.parse import parse_qs, urlsplit

from console.backend import Refused
from runtime.clock import Clock

TIKTOK: Final = "shop connect"
"""The command that sends a seller to TikTok."""
VALID_FOR: Final = timedelta(minutes=30)
"""As long as TikTok's code."""


class CallbackUnreadable(ValueError):
    """What was pasted is not the address that TikTok sent the browser back to."""

    safe = True


class StateRefused(Refused):
    """The return belongs to no authorisation that was begun here, or no more."""


class Returned(Protocol):
    """What a platform sent a browser back with."""

    @property
    def code(self) -> str:
        """To be traded once."""

    @property
    def state(self) -> str:
        """What the person was sent off with."""


class Authorizations(Protocol):
    """Authorisations that were begun and not come back from yet."""

    async def begin(self, state_digest: str, begun_by: str, expires_at: datetime) -> None:
        """Keep it; whatever expired before now is dropped."""

    async def take(self, state_digest: str, now: datetime) -> bool:
        """Whether it was begun and has not expired; it is gone afterwards."""


@dataclass(frozen=True, slots=True)
class Callback:
    """What TikTok sent the browser back with."""

    code: str = field(repr=False)
    state: str = field(repr=False)


def read_callback(address: str) -> Callback:
    """From the whole address that the browser ended at; CallbackUnreadable says what is missing."""
    query = parse_qs(urlsplit(address.strip()).query)
    found = {name: query.get(name, []) for name in ("code", "state")}
    for name, values in found.items():
        if len(values) != 1:
            how = "no" if not values else "more than one"
            raise CallbackUnreadable(
                f"the address has {how} {name}: copy all of the address that the browser shows "
                "after the seller agreed"
            )
    return Callback(found["code"][0], found["state"][0])


async def begin(
    authorizations: Authorizations,
    who: str,
    clock: Clock,
    new_state: Callable[[], str],
    command: str = TIKTOK,
) -> str:
    """The ``state`` to send a person off with; it returns to the ``command`` that begins it."""
    state = new_state()
    await authorizations.begin(_digest(command, state), who, clock() + VALID_FOR)
    return state


async def finish(
    authorizations: Authorizations, returned: Returned, clock: Clock, command: str = TIKTOK
) -> str:
    """The code of a return that was begun here; StateRefused for any other, and the second time."""
    if not await authorizations.take(_digest(command, returned.state), clock()):
        raise StateRefused(
            "this return belongs to no authorisation begun here in the past 30 minutes, or was "
            f"used before: start again with `ordersync {command}`"
        )
    return returned.code


def _digest(command: str, state: str) -> str:
    return hashlib.sha256(f"{command}\n{state}".encode()).hexdigest()
