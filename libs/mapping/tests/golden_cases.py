"""The golden cases: an order, the shop it belongs to, and what becomes of it.

A case is ``golden/<case>.order.json`` (an OrderFetched), optionally ``<case>.shop.json`` (what is
special about the shop: its settings, ``unlinked`` SKUs), and the outcome: ``<case>.draft.json``,
``<case>.blocked.json`` or ``<case>.ineligible.json``. ``python libs/mapping/tests/golden_cases.py``
writes the outcomes again; check each by hand against design §8 before keeping it.
"""

import json
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from lifecycle.shop import Shop
from mapping.draft import Source, translate
from mapping.eligibility import Ineligible, assess
from ordersync_contracts.codec import encode
from ordersync_contracts.events import OrderBlocked, OrderFetched, OrderSettings, ShopifyOrderDraft

GOLDEN: Final = Path(__file__).parent / "golden"
OUTCOMES: Final = ("draft", "blocked", "ineligible")
SUFFIX: Final = ".order.json"
STORE: Final = "sunny-mugs.myshopify.com"


def cases() -> tuple[str, ...]:
    """The names of all cases, sorted."""
    return tuple(sorted(path.name.removesuffix(SUFFIX) for path in GOLDEN.glob(f"*{SUFFIX}")))


def order(case: str) -> OrderFetched:
    """The case's order."""
    return OrderFetched.model_validate_json((GOLDEN / f"{case}{SUFFIX}").read_bytes())


def source(case: str) -> Source:
    """What the case's draft is made from: every SKU is linked unless the shop says otherwise."""
    fetched, special = order(case), _special(case)
    unlinked = special.pop("unlinked", [])
    units = sorted({line.sku_id for line in fetched.lines})
    parts = sorted({part.sku_id for line in fetched.lines for part in line.parts}.difference(units))
    skus = [sku for sku in (*units, *parts) if sku not in {*unlinked, ""}]
    links = {sku: f"gid://shopify/ProductVariant/{n}" for n, sku in enumerate(skus, start=101)}
    return Source(fetched, 1, shop(special), links)


def shop(special: dict[str, Any]) -> Shop:
    """A connected US shop with the default settings, but for what is ``special``."""
    ordinary: dict[str, Any] = {
        "version": 2,
        "shop_id": "7495000000000000001",
        "name": "Sunny Mugs",
        "region": "US",
        "store": STORE,
        "is_connected": True,
        "window_begins_at": "2025-12-25T08:00:00Z",
        "connected_at": "2026-01-01T08:00:00Z",
        "settings_version": 2,
        "settings": {},
    }
    given = ordinary | special
    for name in ("window_begins_at", "connected_at"):
        given[name] = datetime.fromisoformat(given[name])
    return Shop(**given | {"settings": OrderSettings.model_validate(given["settings"])})


def outcome(case: str) -> tuple[str, str]:
    """What becomes of the order (``draft``, ``blocked``, ``ineligible``) and its file's text."""
    made_from = source(case)
    verdict = assess(made_from.order, made_from.shop)
    result = translate(made_from) if verdict is None else verdict
    match result:
        case Ineligible():
            said = {name: value for name, value in asdict(result).items() if value}
            return "ineligible", json.dumps(said, indent=2, default=datetime.isoformat) + "\n"
        case ShopifyOrderDraft():
            return "draft", _text(result)
        case _:
            return "blocked", _text(result)


def recorded(case: str) -> tuple[str, str]:
    """The outcome as it stands in the case's file."""
    (kind,) = (kind for kind in OUTCOMES if _path(case, kind).exists())
    return kind, _path(case, kind).read_text(encoding="utf-8")


def taxes(draft: ShopifyOrderDraft) -> Decimal:
    """All taxes of the draft."""
    taxed = [line.taxes for line in draft.lines] + [line.taxes for line in draft.shipping_lines]
    return sum((tax.amount for taxes in taxed for tax in taxes), Decimal(0))


def shown(draft: ShopifyOrderDraft) -> Decimal:
    """What Shopify will show as the total."""
    goods = sum((line.unit_price * line.quantity for line in draft.lines), Decimal(0))
    return goods + sum((line.price for line in draft.shipping_lines), taxes(draft))


def rewrite() -> None:
    """Writes the outcome of every case."""
    for case in cases():
        kind, text = outcome(case)
        for other in OUTCOMES:
            _path(case, other).unlink(missing_ok=True)
        _path(case, kind).write_text(text, encoding="utf-8")


def _path(case: str, kind: str) -> Path:
    return GOLDEN / f"{case}.{kind}.json"


def _special(case: str) -> dict[str, Any]:
    path = GOLDEN / f"{case}.shop.json"
    special: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return special


def _text(event: ShopifyOrderDraft | OrderBlocked) -> str:
    return json.dumps(json.loads(encode(event)), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    rewrite()
