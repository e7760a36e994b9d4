"""The shops of the simulated platform."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from simulators.tiktok.catalogue import Product, Sku, read_products

_KEYS = {"name", "region", "cipher", "seller_type", "code", "products"}


@dataclass(frozen=True, slots=True)
class Shop:
    """One shop, as Get Authorized Shops 202309 shows it, and its catalogue."""

    id: str
    name: str
    region: str
    cipher: str
    code: str
    seller_type: str = "LOCAL"
    products: tuple[Product, ...] = ()

    @property
    def skus(self) -> tuple[Sku, ...]:
        """Everything it sells."""
        return tuple(sku for product in self.products for sku in product.skus)

    def shown(self) -> dict[str, str]:
        """As TikTok shows it."""
        return {
            "id": self.id,
            "name": self.name,
            "region": self.region,
            "seller_type": self.seller_type,
            "cipher": self.cipher,
            "code": self.code,
        }


class BadShop(ValueError):
    """A shop that cannot be set up; names the field and the fix."""


class Shops:
    """All shops, found by id and by cipher."""

    def __init__(self) -> None:
        self._by_id: dict[str, Shop] = {}
        self._by_cipher: dict[str, Shop] = {}

    def __iter__(self) -> Iterator[Shop]:
        return iter(self._by_id.values())

    def get(self, shop_id: str) -> Shop | None:
        """The shop of this id."""
        return self._by_id.get(shop_id)

    def by_cipher(self, cipher: str) -> Shop | None:
        """The shop of this shop_cipher."""
        return self._by_cipher.get(cipher)

    def put(self, shop_id: str, raw: Mapping[str, object], now: int) -> Shop:
        """Makes a shop or changes the given keys of one. Raises BadShop or BadProduct."""
        for key in sorted({*raw} - _KEYS):
            raise BadShop(f"{key}: unknown; use {', '.join(sorted(_KEYS))}")
        before = self._by_id.get(shop_id) or _new(shop_id)
        known = before.shown() | _texts(raw)
        shop = Shop(
            shop_id,
            known["name"],
            known["region"],
            known["cipher"],
            known["code"],
            known["seller_type"],
            before.products,
        )
        if "products" in raw:
            shop = replace(shop, products=read_products(raw["products"], now))
        self._keep(shop)
        return shop

    def _keep(self, shop: Shop) -> None:
        taken = self._by_cipher.get(shop.cipher)
        if taken is not None and taken.id != shop.id:
            raise BadShop("cipher: another shop has it; give each shop its own")
        before = self._by_id.get(shop.id)
        if before is not None:
            del self._by_cipher[before.cipher]
        self._by_id[shop.id] = shop
        self._by_cipher[shop.cipher] = shop


def _texts(raw: Mapping[str, object]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for key, value in raw.items():
        if key == "products" or value is None:
            continue
        if not isinstance(value, str) or not value:
            raise BadShop(f"{key}: a text that is not empty")
        texts[key] = value
    return texts


def _new(shop_id: str) -> Shop:
    digest = hashlib.sha256(shop_id.encode()).digest()
    cipher = "TTP_" + base64.b64encode(b"\xfb\xff" + digest[:14]).decode()
    return Shop(shop_id, f"Shop {shop_id}", "US", cipher, f"USLC{digest.hex()[:6].upper()}")
