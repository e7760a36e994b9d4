"""The buyer's data of one order, read from the vault at the last moment and never kept."""

from collections.abc import Sequence

from mapping.recipient import Buyer, Recipient
from ordersync_contracts.events import VaultReference
from runtime.batcher import Batcher
from vault.interface import Vault
from vault.keys import VaultProblem
from vault.values import Erased, Secret, Wanted

_Found = tuple[Secret | Erased | None, ...]


class Buyers:
    """Reads from the vault; one statement for all orders that are read at the same time."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._reads = Batcher(self._find_all)

    async def read(self, shop_id: str, order_id: str, *references: VaultReference | None) -> Buyer:
        """What the references stand for. VaultProblem when it cannot be opened."""
        wanted = tuple(
            Wanted(shop_id, order_id, reference.kind, reference.version)
            for reference in references
            if reference is not None
        )
        if not wanted:
            return Buyer()
        found = await self._reads.add(wanted)
        if isinstance(found, VaultProblem):
            raise found
        by_kind = {
            secret.reference.kind: secret.value for secret in found if isinstance(secret, Secret)
        }
        recipient, message = by_kind.get("recipient"), by_kind.get("message")
        return Buyer(
            Recipient.from_record(recipient) if recipient is not None else None,
            str(message.get("text", "")) if message is not None else None,
        )

    async def _find_all(
        self, orders: Sequence[tuple[Wanted, ...]]
    ) -> Sequence[_Found | VaultProblem]:
        """One order that cannot be opened does not take the others with it."""
        try:
            found = iter(await self._vault.get_many([part for order in orders for part in order]))
        except VaultProblem as problem:
            if len(orders) == 1:
                return [problem]
            return [(await self._find_all([order]))[0] for order in orders]
        return [tuple(next(found) for _ in order) for order in orders]
