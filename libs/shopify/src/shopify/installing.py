"""Installing the app in a store: the address a person opens, and what Shopify sends them back with.

shopify.dev "Authorization code grant": without ``grant_options`` the code is for an offline token.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from shopify.stores import store_domain
from shopify.webhooks import Signatures

_PATH: Final = "/admin/oauth/authorize"
_NEEDED: Final = ("code", "hmac", "shop", "state")


class CallbackUnreadable(ValueError):
    """What was pasted is not the address that Shopify sent the browser back to."""

    safe = True


class CallbackForged(ValueError):
    """It is not signed with the app's secret, or was changed on its way."""

    safe = True


@dataclass(frozen=True, slots=True)
class Installed:
    """A person agreed, in this store; the code can be traded once (``oauth.TokenSource``)."""

    store: str
    code: str = field(repr=False)
    state: str = field(repr=False)


class Installation:
    """Sends people off to install one app, and reads what they come back with.

    ``redirect_url`` has to be one of the app's allowed redirection URLs. ``base_url`` sends them to
    one server instead of the store itself.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        redirect_url: str,
        scopes: str,
        *,
        base_url: str | None = None,
    ) -> None:
        self._signatures = Signatures(client_id, client_secret)
        self._asked = {"client_id": client_id, "scope": scopes, "redirect_uri": redirect_url}
        self._base_url = base_url

    def address(self, store: str, state: str) -> str:
        """Where a person who may install apps in the store agrees."""
        domain = store_domain(store)
        base = f"{self._base_url.rstrip('/')}/{domain}" if self._base_url else f"https://{domain}"
        return f"{base}{_PATH}?{urlencode({**self._asked, 'state': state})}"

    def read_return(self, address: str) -> Installed:
        """From the whole address that the browser ended at.

        Raises CallbackUnreadable, which names what is missing, or CallbackForged.
        """
        given = _parameters(address)
        if not self._is_signed(given):
            raise CallbackForged(
                "hmac: the address is not signed with the secret in SHOPIFY_CLIENT_SECRET: copy "
                "all of it unchanged, and set the secret of the app that was installed"
            )
        try:
            store = store_domain(given["shop"])
        except ValueError:
            raise CallbackUnreadable("shop: not a *.myshopify.com domain") from None
        return Installed(store, given["code"], given["state"])

    def _is_signed(self, given: Mapping[str, str]) -> bool:
        """The package checks a body's signature; a query's is the same one, written in hex."""
        try:
            signature = base64.b64encode(binascii.unhexlify(given["hmac"])).decode()
        except ValueError:
            return False
        signed = "&".join(f"{key}={given[key]}" for key in sorted(given) if key != "hmac")
        return self._signatures.are_genuine({"x-shopify-hmac-sha256": signature}, signed.encode())


def _parameters(address: str) -> Mapping[str, str]:
    try:
        query = urlsplit(address.strip()).query
    except ValueError:
        query = ""
    pairs = parse_qsl(query, keep_blank_values=True)
    names = [name for name, _ in pairs]
    for name in _NEEDED:
        if not dict(pairs).get(name):
            raise CallbackUnreadable(
                f"the address has no {name}: copy all of the address that the browser shows after "
                "the app was installed"
            )
    if len(names) != len(set(names)):
        raise CallbackUnreadable("the address names a parameter twice: copy it unchanged")
    return dict(pairs)
