"""Carriers that report by themselves (Admin GraphQL 2026-10: FulfillmentTrackingInput, integrated
carriers).

What a store's `carrier_events` plan is added to every fulfillment of a carrier that Shopify knows,
so long after it was made; it is there from the first request after that time on.
"""

from datetime import UTC, datetime

from simulators.shopify.fulfilment.delivery_events import add_event
from simulators.shopify.session import Session


def report_progress(session: Session) -> None:
    """Adds what the carriers have reported since the last request."""
    reports = session.store.reports
    while reports and reports[0][0] <= session.at:
        at, gid, status = reports.pop(0)
        found = session.store.things.get(gid)
        if found is not None and found["status"] == "SUCCESS":
            happened = datetime.fromtimestamp(at, UTC)
            add_event(session, found, {"status": status, "happenedAt": happened})
