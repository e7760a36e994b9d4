"""A seller's way to TikTok and back: what comes back must be what we sent them off with.

The ``state`` in the address where a seller authorises us is random, known here by its digest only,
valid for half an hour and for one return. Without it, somebody else's code could be slipped under
a person's hand, and their shops would be connected to a stranger's stores.

Partner Center: "Authorization guide" (the redirect carries ``code`` and ``state``).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol
from urllib.parse import parse_qs, urlsplit

from console.actions import Refused
from runtime.clock import Clock

VALID_FOR: Final = timedelta(minutes=30)
"""As long as TikTok's code."""


class CallbackUnreadable(ValueError):
    """What was pasted is not the address that TikTok sent the browser back to."""

    safe = True


class StateRefused(Refused):
    """The return belongs to no authorisation that was begun here, or no more."""


class Authorizations(Protocol):
    """Authorisations that were begun and not come back from yet."""

    async def begin(self, state_digest: str, begun_by: str, expires_at: datetime) -> None:
        """Keep it; whatever expired before now is dropped."""
        ...

    async def take(self, state_digest: str, now: datetime) -> bool:
        """Whether it was begun and has not expired; it is gone afterwards."""
        ...


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
    authorizations: Authorizations, who: str, clock: Clock, new_state: Callable[[], str]
) -> str:
    """The ``state`` to send a seller off with."""
    state = new_state()
    await authorizations.begin(_digest(state), who, clock() + VALID_FOR)
    return state


async def finish(authorizations: Authorizations, callback: Callback, clock: Clock) -> str:
    """The code of a return that was begun here; StateRefused for any other, and the second time."""
    if not await authorizations.take(_digest(callback.state), clock()):
        raise StateRefused(
            "this return belongs to no authorisation begun here in the past 30 minutes, or was "
            "used before: start again with `ordersync shop connect`"
        )
    return callback.code


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
