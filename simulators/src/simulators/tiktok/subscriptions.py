"""A shop's own webhook addresses, one per event (Partner Center: Update Shop Webhook 202309)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where one event of one shop goes; times in unix seconds."""

    event_type: str
    address: str
    create_time: int
    update_time: int


class Subscriptions:
    """All subscriptions."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Subscription] = {}

    def put(self, shop_id: str, event_type: str, address: str, at: int) -> None:
        """Adds a subscription or changes its address."""
        before = self._found.get((shop_id, event_type))
        created = at if before is None else before.create_time
        self._found[shop_id, event_type] = Subscription(event_type, address, created, at)

    def remove(self, shop_id: str, event_type: str) -> None:
        """Ends a subscription, if there is one."""
        self._found.pop((shop_id, event_type), None)

    def address(self, shop_id: str, event_type: str) -> str | None:
        """Where this event of this shop goes."""
        found = self._found.get((shop_id, event_type))
        return None if found is None else found.address

    def of_shop(self, shop_id: str) -> list[Subscription]:
        """A shop's subscriptions."""
        return [found for (owner, _), found in self._found.items() if owner == shop_id]
