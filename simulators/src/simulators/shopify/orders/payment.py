"""Transactions, and the financial status that follows from them.

SALE or CAPTURE with SUCCESS is money received; an AUTHORIZATION is capturable and leaves nothing
outstanding; without transactions there is no status at all. A status that was sent stays, also
against the transactions, until something recomputes it (Admin GraphQL 2026-10: orderCreate).
"""

from datetime import datetime

from simulators.shopify.store.money import ZERO, Bag, Currencies, total
from simulators.shopify.store.records import Ids, Record, stamp

_RECEIVING = ("SALE", "CAPTURE")


def stored_transaction(ids: Ids, given: Record, money: Currencies, now: datetime) -> Record:
    """An OrderTransaction from an OrderCreateOrderTransactionInput."""
    return {
        "id": ids.new("OrderTransaction"),
        "kind": given["kind"],
        "status": given["status"],
        "gateway": given.get("gateway") or "",
        "authorizationCode": given.get("authorizationCode"),
        "processedAt": stamp(given.get("processedAt") or now),
        "createdAt": stamp(now),
        "test": given["test"],
        "parentTransaction": None,
        "amountSet": money.write(money.read(given["amountSet"])),
    }


def currencies_of(order: Record) -> Currencies:
    """The two currencies of a stored order."""
    return Currencies(order["currencyCode"], order["presentmentCurrencyCode"])


def _sum(order: Record, kinds: tuple[str, ...], money: Currencies) -> Bag:
    return total(
        money.read_written(transaction["amountSet"])
        for transaction in order["transactions"]
        if transaction["kind"] in kinds and transaction["status"] == "SUCCESS"
    )


def settle(order: Record, status: str | None = None) -> None:
    """Recomputes an order's sums of payment and its status; `status` overrules the latter."""
    money = currencies_of(order)
    whole = money.read_written(order["totalPriceSet"])
    received, refunded = _sum(order, _RECEIVING, money), _sum(order, ("REFUND",), money)
    authorized = _sum(order, ("AUTHORIZATION",), money)
    outstanding = ZERO if authorized != ZERO else whole.minus(received).not_below_zero()
    shown = status or _status(order, whole, received, refunded, authorized)
    order.update(
        displayFinancialStatus=shown,
        totalReceivedSet=money.write(received),
        totalRefundedSet=money.write(refunded),
        netPaymentSet=money.write(received.minus(refunded)),
        totalOutstandingSet=money.write(outstanding),
        totalCapturableSet=money.write(authorized if received == ZERO else ZERO),
        capturable=authorized != ZERO and received == ZERO,
        fullyPaid=shown == "PAID",
        unpaid=outstanding != ZERO,
        refundable=received.shop > refunded.shop,
    )


def _status(order: Record, whole: Bag, received: Bag, refunded: Bag, authorized: Bag) -> str | None:
    if received.shop > 0 and refunded.shop > 0:
        return "REFUNDED" if refunded.shop >= received.shop else "PARTIALLY_REFUNDED"
    if received.shop > 0:
        return "PAID" if received.shop >= whole.shop else "PARTIALLY_PAID"
    if authorized != ZERO:
        return "AUTHORIZED"
    if any(transaction["status"] == "PENDING" for transaction in order["transactions"]):
        return "PENDING"
    return "PAID" if order["transactions"] and whole == ZERO else None


def gateways(order: Record) -> list[str]:
    """The names under which an order was paid."""
    return list(dict.fromkeys(paid["gateway"] for paid in order["transactions"] if paid["gateway"]))
