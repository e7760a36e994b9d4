"""A Shopify store's offline token: by installing the app, or for an embedded app's session token.

What comes back from Shopify is traded only if its signature, its store and its ``state`` are right:
the state was begun here, for this shop and this store, half an hour ago at most, and counts once.
shopify.dev "Authorization code grant", "Token exchange".
"""

from console import authorizations
from console.authorizations import Authorizations
from console.backend import Backend
from console.stores.connecting import StoreRefused, require_shop
from runtime.clock import Clock
from shopify.installing import Installation
from shopify.oauth import StoreToken, TokenDelayed, TokenRefused, TokenSource


def command(shop_id: str, domain: str) -> str:
    """The command that begins an installation; a return is good for the one that began it."""
    return f"shop connect-shopify --shop {shop_id} --domain {domain} --authorize"


async def begin_installation(
    backend: Backend, begun: Authorizations, installation: Installation, shop_id: str, domain: str
) -> str:
    """The address where a person installs the app in the store. Raises UnknownShop."""
    await require_shop(backend.store, shop_id)
    purpose = command(shop_id, domain)
    who, clock, new_state = backend.who, backend.clock, backend.new_id
    state = await authorizations.begin(begun, who, clock, new_state, purpose)
    return installation.address(domain, state)


async def finish_installation(
    begun: Authorizations,
    installation: Installation,
    tokens: TokenSource,
    shop_id: str,
    domain: str,
    address: str,
    *,
    clock: Clock,
) -> StoreToken:
    """The token for the code in ``address``, which is sent to Shopify once, whatever it answers.

    Raises CallbackUnreadable, CallbackForged, StateRefused or StoreRefused; nothing is kept then.
    """
    purpose = command(shop_id, domain)
    returned = installation.read_return(address)
    if returned.store != domain:
        raise StoreRefused(
            f"--domain: the app was installed in {returned.store}, not in {domain}: start again "
            f"with `ordersync {purpose}`"
        )
    code = await authorizations.finish(begun, returned, clock, purpose)
    try:
        return await tokens.by_code(domain, code, clock())
    except TokenRefused as refused:
        why = f"Shopify does not take the code ({refused}): it holds once and for a short time"
    except TokenDelayed as delayed:
        why = f"no token came for the code ({delayed}), which may be spent"
    raise StoreRefused(f"store {domain}: {why}: start again with `ordersync {purpose}`")


async def by_session(tokens: TokenSource, domain: str, session_token: str) -> StoreToken:
    """The token for a session token of the app, open in this store. Raises StoreRefused."""
    try:
        return await tokens.by_session(domain, session_token)
    except TokenRefused as refused:
        raise StoreRefused(
            f"store {domain}: the session token is not taken ({refused}): it lives for a minute "
            "and is for the one store and app (SHOPIFY_CLIENT_ID, SHOPIFY_CLIENT_SECRET) that made "
            "it: take a new one"
        ) from None
    except TokenDelayed as delayed:
        raise StoreRefused(
            f"store {domain}: no token came for the session token ({delayed}): take a new one"
        ) from None
