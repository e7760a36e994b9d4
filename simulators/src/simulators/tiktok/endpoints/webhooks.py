"""Get Shop Webhooks 202309, Update Shop Webhook 202309, Delete Shop Webhook 202309."""

from dataclasses import asdict
from urllib.parse import urlsplit

from simulators.tiktok import params
from simulators.tiktok.call import ShopCall, Work
from simulators.tiktok.envelope import bad_parameter
from simulators.tiktok.order_fields import Json

_LONGEST_ADDRESS = 255


def listed(call: ShopCall) -> Work:
    """GET /event/202309/webhooks."""

    def work() -> Json:
        found = [
            asdict(subscription) for subscription in call.world.subscriptions.of_shop(call.shop.id)
        ]
        return {"webhooks": found, "total_count": len(found)}

    return work


def put(call: ShopCall) -> Work:
    """PUT /event/202309/webhooks. TikTok takes https only; here also http to this machine."""
    event = _event(call)
    address = params.word(call.body, "address")
    if address is None or len(address) > _LONGEST_ADDRESS or not _is_allowed(address):
        raise bad_parameter(f"Invalid 'address': https, at most {_LONGEST_ADDRESS} characters.")

    def work() -> Json:
        at = int(call.world.now())
        call.world.subscriptions.put(call.shop.id, event, address, at)
        return {}

    return work


def delete(call: ShopCall) -> Work:
    """DELETE /event/202309/webhooks."""
    event = _event(call)

    def work() -> Json:
        call.world.subscriptions.remove(call.shop.id, event)
        return {}

    return work


def _event(call: ShopCall) -> str:
    event = params.word(call.body, "event_type")
    if event is None or not event.replace("_", "").isupper():
        raise bad_parameter("Invalid 'event_type': an event's name such as ORDER_STATUS_CHANGE.")
    return event


def _is_allowed(address: str) -> bool:
    parts = urlsplit(address)
    local = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}
    return local or (parts.scheme == "https" and bool(parts.hostname))
