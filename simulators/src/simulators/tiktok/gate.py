"""The order in which a call is checked before its parameters are looked at.

app_key → timestamp → sign → access token → shop_cipher. Path and method were checked before.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from simulators.tiktok.envelope import Refused, bad_credential, bad_parameter, bad_signature
from simulators.tiktok.grants import Grant
from simulators.tiktok.shops import Shop
from simulators.tiktok.signing import request_signature, same
from simulators.tiktok.world import World

_OLDEST_S = 5 * 60
_NEWEST_S = 30


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as it came; `query` decoded, header names in lower case."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


def check_caller(world: World, request: SignedRequest) -> Grant:
    """Whose call it is: app, time, signature, token. Raises Refused."""
    query = request.query
    if query.get("app_key") != world.settings.app_key:
        raise bad_credential("Invalid 'app_key' query parameter.")
    _check_time(query.get("timestamp", ""), world.now())
    sign = query.get("sign")
    if not sign:
        raise bad_credential("The 'sign' query parameter is required.")
    content_type = request.headers.get("content-type", "")
    expected = request_signature(
        world.settings.app_secret, request.path, query, request.body, content_type
    )
    if not same(sign, expected):
        raise bad_signature()
    return world.grants.check(request.headers.get("x-tts-access-token"))


def check_no_shop(query: Mapping[str, str]) -> None:
    """Endpoints about the seller refuse a shop_cipher."""
    if "shop_cipher" in query:
        raise bad_parameter("The 'shop_cipher' query parameter is not required.")


def check_shop(world: World, grant: Grant, query: Mapping[str, str]) -> Shop:
    """The shop that shop_cipher names, if this grant covers it. Raises Refused."""
    cipher = query.get("shop_cipher")
    if not cipher:
        raise Refused(106013, 400, "The 'shop_cipher' query parameter is required.")
    shop = world.shops.by_cipher(cipher)
    if shop is None or shop.id not in grant.shop_ids:
        raise Refused(101000, 401, "The access token does not match the 'shop_cipher'.")
    return shop


def _check_time(timestamp: str, now: float) -> None:
    if not timestamp.isdecimal():
        raise bad_parameter("Invalid 'timestamp': must be unix time in seconds, not below 0.")
    if int(timestamp) < now - _OLDEST_S:
        raise bad_parameter("Invalid 'timestamp': more than 5 minutes old.")
    if int(timestamp) > now + _NEWEST_S:
        raise bad_parameter("Invalid 'timestamp': more than 30 seconds in the future.")
