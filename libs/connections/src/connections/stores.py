"""A Shopify store's access token, from the vault."""

from shopify.tokens import TokenUnavailable
from vault.interface import Vault


class StoreTokens:
    """Gives each connected store's offline token (keeps ``shopify.tokens.TokenProvider``)."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def token(self, store: str) -> str:
        """The store's token; TokenUnavailable when the store is not connected."""
        credential = await self._vault.get_credential("shopify_store", store)
        if credential is None:
            raise TokenUnavailable(f"no access token for store {store}: connect it")
        return str(credential["access_token"])
