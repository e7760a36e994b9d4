"""Who is told of every change of an order, such as a test that keeps how it came to be."""

from collections.abc import Callable
from typing import TypeAlias

Observe: TypeAlias = Callable[[str, str, bytes | None], None]
"""`observe(where, order_id, text)`: after each change, the shop's or store's id, the order's, and
its JSON text as `GET /_sim/orders` shows it; None when it is there no more. Called before whoever
asked for the change is answered; it must neither raise nor wait."""


def nobody(_where: str, _order_id: str, _text: bytes | None) -> None:
    """Looks away."""
