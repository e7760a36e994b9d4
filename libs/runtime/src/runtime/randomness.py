"""Chance and ids as arguments: what the rest of ordersync is given instead of rolling dice."""

import secrets
from collections.abc import Callable

Chance = Callable[[], float]
"""A number in [0, 1), equally distributed."""

NewId = Callable[[], str]
"""An id that nobody else has, in this database or a restored one."""

system_chance: Chance = secrets.SystemRandom().random


def system_id() -> str:
    """128 random bits in hexadecimal digits."""
    return secrets.token_hex(16)
