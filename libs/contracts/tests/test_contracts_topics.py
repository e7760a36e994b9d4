"""The topology: every event in exactly one topic, names that Kafka's metrics keep apart."""

import re
from collections import Counter

import pytest

from ordersync_contracts import events, topics
from ordersync_contracts.events import Event, OrderEvent
from ordersync_contracts.topics import Topic


def test_every_event_is_in_exactly_one_topic() -> None:
    counted = Counter(event for topic in topics.ALL for event in topic.events)
    assert counted == dict.fromkeys(events.ALL, 1)


def test_every_topic_is_listed_once() -> None:
    assert len(topics.BY_NAME) == len(topics.ALL)
    assert topics.SHOP in topics.ALL


@pytest.mark.parametrize("topic", topics.ALL, ids=lambda topic: topic.name)
def test_a_name_is_kebab_case_without_dot_and_underscore(topic: Topic) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", topic.name)


@pytest.mark.parametrize("event", events.ALL, ids=lambda event: event.type_name())
def test_an_order_event_has_a_topic_of_its_own_name(event: type[Event]) -> None:
    topic = topics.BY_EVENT[event.type_name()]
    if issubclass(event, OrderEvent):
        assert topic.events == (event,)
        assert topic.name == re.sub(r"(?<!^)(?=[A-Z])", "-", event.type_name()).lower()
    else:
        assert topic.name in {"shop", "product-link", "reconciliation"}


@pytest.mark.parametrize("topic", topics.ALL, ids=lambda topic: topic.name)
def test_a_topic_has_a_producer_and_is_kept_for_days(topic: Topic) -> None:
    assert topic.producers
    assert topic.partitions >= 1
    assert topic.retention_ms >= topics.DAY_MS


def test_a_groups_own_topics_collide_with_no_other() -> None:
    names = [topic.name for topic in topics.ALL]
    for group in topics.GROUPS:
        names += [topics.replay_topic(group), topics.dead_topic(group)]
    assert len(names) == len(set(names))


def test_a_group_consumes_what_names_it() -> None:
    assert {topic.name for topic in topics.consumed_by("shopify-writer")} == {
        "shopify-order-draft",
        "shop",
    }
    assert topics.consumed_by("nobody") == ()
