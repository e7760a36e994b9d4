"""Topics to measure on, as the system declares them, under a prefix of the run's own."""

from ordersync_contracts import topics
from runtime.admin import TopicSpec, ensure_topics


async def make_topics(bootstrap: str, prefix: str, groups: tuple[str, ...] = ()) -> None:
    """Every live topic, and the dead and replay topics of these groups."""
    live = [(topic.name, topic.partitions) for topic in topics.ALL]
    own = [
        (name, 1)
        for group in groups
        for name in (topics.dead_topic(group), topics.replay_topic(group))
    ]
    await ensure_topics(
        bootstrap, [TopicSpec(prefix + name, count, 3_600_000) for name, count in (*live, *own)]
    )
