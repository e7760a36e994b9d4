"""The buyer's data of one order, read from the vault at the last moment."""

from contracts.events import ShopifyOrderDraft, VaultReference
from mapping.recipient import Recipient
from shopify_writer.order_input import Buyer
from vault.interface import Vault
from vault.values import Secret, Wanted


async def read_buyer(vault: Vault, draft: ShopifyOrderDraft) -> Buyer:
    """What the draft refers to; what was erased meanwhile is absent. VaultProblem when locked."""
    references = [ref for ref in (draft.recipient, draft.message) if ref is not None]
    if not references:
        return Buyer()
    found = await vault.get_many([_wanted(draft, reference) for reference in references])
    by_kind = {
        secret.reference.kind: secret.value for secret in found if isinstance(secret, Secret)
    }
    recipient = by_kind.get("recipient")
    return Buyer(
        Recipient.from_record(recipient) if recipient is not None else None,
        str(by_kind.get("message", {}).get("text", "")),
    )


def _wanted(draft: ShopifyOrderDraft, reference: VaultReference) -> Wanted:
    return Wanted(draft.shop_id, draft.order_id, reference.kind, reference.version)
