"""Every way to be turned away has a reason that an operator can read."""

import pytest

from connections.denials import denied
from ordersync_contracts.reasons import CATALOGUE
from shopify.denials import DenialKind


@pytest.mark.parametrize("kind", DenialKind)
def test_every_denial_has_a_reason_of_the_catalogue(kind: DenialKind) -> None:
    assert denied(kind) in CATALOGUE


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (DenialKind.TOKEN, "token_invalid"),
        (DenialKind.SCOPE, "missing_scope"),
        (DenialKind.OFFLINE_TOKEN, "offline_token_required"),
        (DenialKind.FROZEN, "shop_frozen"),
        (DenialKind.SECURITY, "security_rejection"),
    ],
)
def test_a_denial_is_shown_as_what_a_person_can_mend(kind: DenialKind, reason: str) -> None:
    assert denied(kind) == reason
