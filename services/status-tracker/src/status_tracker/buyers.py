"""The buyer's data of one order, read from the vault at the last moment and never kept."""

from mapping.address import MailingAddress, to_address
from mapping.recipient import Recipient
from ordersync_contracts.events import VaultReference
from vault.interface import Vault
from vault.values import Secret


class Buyers:
    """Reads from the vault; what was erased is None. VaultProblem when it cannot be opened."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def address(
        self, shop_id: str, order_id: str, reference: VaultReference
    ) -> MailingAddress | None:
        """The shipping address as Shopify takes it; None too when there is nothing to ship to."""
        found = await self._vault.get(shop_id, order_id, "recipient", reference.version)
        if not isinstance(found, Secret):
            return None
        address = to_address(Recipient.from_record(found.value))
        return address.fields if address is not None else None

    async def note(self, shop_id: str, order_id: str, reference: VaultReference) -> str | None:
        """The buyer's message."""
        found = await self._vault.get(shop_id, order_id, "message", reference.version)
        return str(found.value.get("text", "")) if isinstance(found, Secret) else None
