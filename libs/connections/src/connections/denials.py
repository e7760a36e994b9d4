"""Why Shopify turned a call away → the reason code shown: one table for every service that calls.

Pure. ``DenialKind``: shopify.dev "Status and error codes" of the Admin API.
"""

from typing import Final

from shopify.denials import DenialKind

REASONS: Final = {
    DenialKind.TOKEN: "token_invalid",
    DenialKind.TOKEN_MISSING: "token_invalid",
    DenialKind.SCOPE: "missing_scope",
    DenialKind.PROTECTED_DATA: "missing_scope",
    DenialKind.FORBIDDEN: "missing_scope",
    DenialKind.OFFLINE_TOKEN: "offline_token_required",
    DenialKind.FROZEN: "shop_frozen",
    DenialKind.LOCKED: "shop_frozen",
    DenialKind.SECURITY: "security_rejection",
    DenialKind.STORE_UNKNOWN: "token_invalid",
    DenialKind.STORE_MOVED: "token_invalid",
}


def denied(kind: DenialKind) -> str:
    """The reason code of a denial; of every kind there is one."""
    return REASONS[kind]
