"""The buyer's data of one order, read from the vault at the last moment."""

from collections.abc import Sequence

from mapping.recipient import Recipient
from ordersync_contracts.events import ShopifyOrderDraft, VaultReference
from runtime.batcher import Batcher
from shopify_writer.creation.order_input import Buyer
from vault import VaultProblem
from vault.interface import Vault
from vault.values import Erased, Secret, Wanted

_Found = tuple[Secret | Erased | None, ...]


class Buyers:
    """Reads from the vault; one statement for all orders that are read at the same time."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._reads = Batcher(self._find_all)

    async def read(self, draft: ShopifyOrderDraft) -> Buyer:
        """What the draft refers to; what was erased meanwhile is absent.

        VaultProblem when it cannot be opened.
        """
        references = [ref for ref in (draft.recipient, draft.message) if ref is not None]
        if not references:
            return Buyer()
        found = await self._reads.add(tuple(_wanted(draft, ref) for ref in references))
        if isinstance(found, VaultProblem):
            raise found
        by_kind = {
            secret.reference.kind: secret.value for secret in found if isinstance(secret, Secret)
        }
        recipient = by_kind.get("recipient")
        return Buyer(
            Recipient.from_record(recipient) if recipient is not None else None,
            str(by_kind.get("message", {}).get("text", "")),
        )

    async def _find_all(
        self, orders: Sequence[tuple[Wanted, ...]]
    ) -> Sequence[_Found | VaultProblem]:
        """One order that cannot be opened does not take the others with it."""
        try:
            found = iter(await self._vault.get_many([one for order in orders for one in order]))
        except VaultProblem as problem:
            if len(orders) == 1:
                return [problem]
            return [(await self._find_all([order]))[0] for order in orders]
        return [tuple(next(found) for _ in order) for order in orders]


def _wanted(draft: ShopifyOrderDraft, reference: VaultReference) -> Wanted:
    return Wanted(draft.shop_id, draft.order_id, reference.kind, reference.version)
