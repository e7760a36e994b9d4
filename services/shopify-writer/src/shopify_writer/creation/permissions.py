"""What the app may do in a store, as the store says (Admin GraphQL 2026-10: AppInstallation)."""

from collections.abc import Sequence
from dataclasses import replace

from shopify.answers import Done
from shopify.calls import Calls
from shopify.denials import DenialKind
from shopify.shops import read_shop_info
from shopify_jobs.failures import DENIALS, Failure


async def are_granted(shopify: Calls, store: str, scopes: Sequence[str]) -> bool | None:
    """Whether the app has all of these (writing includes reading); None: it does not say."""
    answer = await shopify.execute(store, "shop_info", {})
    if not isinstance(answer, Done):
        return None
    granted = read_shop_info(answer.data).scopes
    return all({scope, scope.replace("read_", "write_", 1)} & granted for scope in scopes)


async def judged(shopify: Calls, store: str, why: Failure) -> Failure:
    """The failure by what is missing indeed.

    ``orderCreate`` denies a token that is not offline and one without its scope in the same words.
    """
    is_either = why.reason_code == DENIALS[DenialKind.OFFLINE_TOKEN] and why.scopes
    if is_either and await are_granted(shopify, store, why.scopes) is False:
        return replace(why, reason_code=DENIALS[DenialKind.SCOPE])
    return why
