"""Sellers' authorisations: codes, access tokens, refresh tokens (Partner Center: Authorization).

A refresh leaves the older tokens valid until they expire: whether TikTok ends them at once is not
known, and a client must live with both.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from simulators.randomness import system_secret
from simulators.tiktok.envelope import Refused, bad_credential
from simulators.tiktok.settings import Settings

_SCOPES = (
    "seller.authorization.info",
    "seller.shop.info",
    "seller.order.info",
    "seller.fulfillment.basic",
    "seller.logistics",
    "seller.return_refund.basic",
    "seller.product.basic",
    "seller.order.ext_ref.write",
)


@dataclass(slots=True)
class Grant:
    """One seller's yes; it may cover several shops."""

    shop_ids: frozenset[str]
    seller_name: str
    open_id: str
    access_token_s: int
    refresh_token_s: int
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class _Issued:
    grant: Grant
    expires: float


@dataclass(slots=True)
class Grants:
    """All authorisations. `now` gives unix seconds."""

    settings: Settings
    now: Callable[[], float]
    new_secret: Callable[[], str] = system_secret
    _codes: dict[str, _Issued] = field(default_factory=dict)
    _access: dict[str, _Issued] = field(default_factory=dict)
    _refresh: dict[str, _Issued] = field(default_factory=dict)

    def make(
        self,
        shop_ids: Iterable[str],
        seller_name: str,
        access_token_s: int | None = None,
        refresh_token_s: int | None = None,
    ) -> dict[str, object]:
        """A seller authorises the app: an unused code, and tokens as if another had been used."""
        grant = Grant(
            frozenset(shop_ids),
            seller_name,
            open_id=self._random("7010736057180325637"),
            access_token_s=access_token_s or self.settings.access_token_s,
            refresh_token_s=refresh_token_s or self.settings.refresh_token_s,
        )
        code = self._random("TTP_")
        self._codes[code] = _Issued(grant, self.now() + self.settings.auth_code_s)
        return {"auth_code": code, **self._tokens(grant)}

    def exchange(self, code: str) -> dict[str, object]:
        """Tokens for a code, which works once and for half an hour."""
        issued = self._codes.pop(code, None)
        if issued is None or issued.expires <= self.now() or issued.grant.revoked:
            raise Refused(36004004, 200, "Invalid auth code.")
        return self._tokens(issued.grant)

    def refresh(self, token: str) -> dict[str, object]:
        """New tokens for a refresh token."""
        issued = self._refresh.get(token)
        if issued is None or issued.expires <= self.now() or issued.grant.revoked:
            raise Refused(36004001, 200, "rt has expired")
        return self._tokens(issued.grant)

    def check(self, token: str | None) -> Grant:
        """The grant of an access token that is good now."""
        issued = self._access.get(token or "")
        if issued is None:
            raise bad_credential("The 'x-tts-access-token' header is invalid.")
        if issued.grant.revoked:
            raise Refused(105001, 401, "The seller has withdrawn the authorization.")
        if issued.expires <= self.now():
            raise Refused(105002, 401, "Expired credentials. The access token has expired.")
        return issued.grant

    def revoke(self, shop_id: str) -> None:
        """The seller withdraws every authorisation that covers this shop."""
        for issued in (*self._access.values(), *self._codes.values()):
            if shop_id in issued.grant.shop_ids:
                issued.grant.revoked = True

    def _tokens(self, grant: Grant) -> dict[str, object]:
        access, refresh = self._random("TTP_"), self._random("TTP_")
        access_until = self.now() + grant.access_token_s
        refresh_until = self.now() + grant.refresh_token_s
        self._access[access] = _Issued(grant, access_until)
        self._refresh[refresh] = _Issued(grant, refresh_until)
        return {
            "access_token": access,
            "access_token_expire_in": int(access_until),
            "refresh_token": refresh,
            "refresh_token_expire_in": int(refresh_until),
            "open_id": grant.open_id,
            "seller_name": grant.seller_name,
            "seller_base_region": "US",
            "user_type": 0,
            "granted_scopes": list(_SCOPES),
        }

    def _random(self, head: str) -> str:
        return head + self.new_secret()
