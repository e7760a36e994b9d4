"""What an app sets up in a store: webhook subscriptions and order attribution."""

from simulators.shopify.engine.execution import Call
from simulators.shopify.paging import page
from simulators.shopify.session import Session
from simulators.shopify.store.records import Record, user_error

_SCHEMES = ("https://", "http://", "pubsub://", "arn:aws:events:", "kafka://")
_FIELD = ("webhookSubscription", "callbackUrl")


def create_subscription(session: Session, call: Call) -> Record:
    """webhookSubscriptionCreate; plain http is taken here, so that a test can listen."""
    given, topic = call.arguments["webhookSubscription"], call.arguments["topic"]
    uri = given.get("uri") or given.get("callbackUrl")
    error = _refusal(session, topic, uri)
    if error is not None:
        return {"webhookSubscription": None, "userErrors": [error]}
    made = {
        "id": session.store.ids.new("WebhookSubscription"),
        "topic": topic,
        "uri": uri,
        "format": given.get("format") or "JSON",
        "createdAt": session.stamp,
        "updatedAt": session.stamp,
    }
    session.store.subscriptions[made["id"]] = made
    return {"webhookSubscription": made, "userErrors": []}


def _refusal(session: Session, topic: str, uri: str | None) -> Record | None:
    if not uri:
        return user_error(_FIELD, "Address can't be blank")
    if not uri.startswith(_SCHEMES):
        return user_error(_FIELD, "Address is invalid")
    known = (
        (subscription["topic"], subscription["uri"])
        for subscription in session.store.subscriptions.values()
    )
    if (topic, uri) in known:
        return user_error(_FIELD, "Address for this topic has already been taken")
    return None


def delete_subscription(session: Session, call: Call) -> Record:
    """webhookSubscriptionDelete."""
    gid = call.arguments["id"]
    if session.store.subscriptions.pop(gid, None) is None:
        error = user_error(("id",), "Webhook subscription does not exist")
        return {"deletedWebhookSubscriptionId": None, "userErrors": [error]}
    return {"deletedWebhookSubscriptionId": gid, "userErrors": []}


def list_subscriptions(session: Session, call: Call) -> Record:
    """webhookSubscriptions, by topics and uri."""
    topics, uri = call.arguments.get("topics"), call.arguments.get("uri")
    found = [
        subscription
        for subscription in session.store.subscriptions.values()
        if (not topics or subscription["topic"] in topics) and uri in (None, subscription["uri"])
    ]
    return page(found, call.arguments)


def upsert_attribution(session: Session, call: Call) -> Record:
    """orderAttributionDefinitionUpsert: from now on its handle is a source name of orders."""
    given = call.arguments["input"]
    known = session.store.attributions.get(given["handle"])
    gid = known["id"] if known else session.store.ids.new("OrderAttributionDefinition")
    made = {"id": gid, "handle": given["handle"], "displayName": given["displayName"]}
    session.store.attributions[given["handle"]] = made
    return {"orderAttributionDefinition": made, "userErrors": []}
