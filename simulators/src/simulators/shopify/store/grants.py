"""Access tokens: whose they are, what they may do, until when (Shopify: access tokens)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from simulators.randomness import system_secret

SCOPES = (
    "read_orders",
    "write_orders",
    "read_products",
    "read_customers",
    "read_locations",
    "read_inventory",
    "read_fulfillments",
    "write_fulfillments",
    "read_merchant_managed_fulfillment_orders",
    "write_merchant_managed_fulfillment_orders",
)
"""What a token may do unless `PUT /_sim/shops` says otherwise: all that importing orders needs."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One access token. `expires_at` in unix seconds; None: never."""

    token: str
    scopes: tuple[str, ...] = SCOPES
    offline: bool = True
    expires_at: float | None = None

    def allows(self, scope: str) -> bool:
        """Whether the scope is granted; writing includes reading."""
        return scope in self.scopes or scope.replace("read_", "write_", 1) in self.scopes

    def is_valid(self, at: float) -> bool:
        """Whether it has not expired."""
        return self.expires_at is None or at < self.expires_at


class Grants:
    """The tokens of one store: the fixed one of the control side, and those that OAuth issued."""

    def __init__(self, fixed: Grant, new_secret: Callable[[], str] = system_secret) -> None:
        self._new_secret = new_secret
        self.fixed = fixed
        self._issued: dict[str, Grant] = {}
        self.taken: tuple[str, ...] = ()
        """Scopes that a merchant took from every token that OAuth issued, until they are back."""
        self.used: set[str] = set()
        """Tokens that a call was made with."""

    def find(self, token: str, at: float) -> Grant | None:
        """The grant of a token that is known and has not expired."""
        grant = self.fixed if token == self.fixed.token else self._narrowed(token)
        if grant is None or not grant.is_valid(at):
            return None
        self.used.add(token)
        return grant

    def _narrowed(self, token: str) -> Grant | None:
        grant = self._issued.get(token)
        if grant is None or not self.taken:
            return grant
        return replace(
            grant, scopes=tuple(scope for scope in grant.scopes if scope not in self.taken)
        )

    def issue(self, prefix: str, expires_at: float | None, *, offline: bool = True) -> Grant:
        """A new token with the store's scopes."""
        token = f"{prefix}_{self._new_secret()}"
        grant = Grant(token, self.fixed.scopes, offline, expires_at)
        self._issued[token] = grant
        return grant

    def revoke_issued(self) -> None:
        """Ends every token that OAuth issued (the app was uninstalled)."""
        self._issued.clear()
