"""Where a simulator's ids and secrets come from: chance, or whatever makes them repeatable."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4


def system_id() -> str:
    """A UUID."""
    return str(uuid4())


def system_secret() -> str:
    """Forty bytes that nobody guesses, for a URL."""
    return secrets.token_urlsafe(40)


@dataclass(frozen=True, slots=True)
class Randomness:
    """`new_id` and `new_secret` give another text each time; `seed`: of webhooks and faults."""

    new_id: Callable[[], str] = system_id
    new_secret: Callable[[], str] = system_secret
    seed: int = 0


SYSTEM = Randomness()
