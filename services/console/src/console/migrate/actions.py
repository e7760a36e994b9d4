"""Every owner's tables and every declared topic, brought up to date; safe to run again."""

from collections.abc import Sequence
from importlib.metadata import entry_points

from ordersync_contracts import topics
from runtime.admin import TopicSpec, ensure_topics
from runtime.migrations import Applied, MigrationSet, migrate


def migration_sets() -> tuple[MigrationSet, ...]:
    """The migrations of all owners, who announce them as entry points (``ordersync.migrations``).

    By name: no owner's files speak of another's tables, so any order would do.
    """
    announced = sorted(entry_points(group="ordersync.migrations"))
    return tuple(point.load() for point in announced)


async def migrate_database(admin_dsn: str) -> tuple[Applied, ...]:
    """Apply what is missing in the database; raises ``runtime.migrations.MigrationProblem``."""
    return await migrate(admin_dsn, migration_sets())


def topic_specs(prefix: str, partitions: int | None) -> tuple[TopicSpec, ...]:
    """Every topic of the catalogue, and each group's replay and dead topic.

    ``partitions`` overrides what the catalogue says (a single machine wants fewer).
    """
    live = [
        TopicSpec(prefix + topic.name, partitions or topic.partitions, topic.retention_ms)
        for topic in topics.ALL
    ]
    return (*live, *_group_specs(prefix, partitions))


async def ensure_all_topics(bootstrap: str, prefix: str, partitions: int | None) -> tuple[str, ...]:
    """Create the topics that are missing; their names."""
    return await ensure_topics(bootstrap, topic_specs(prefix, partitions))


def _group_specs(prefix: str, partitions: int | None) -> Sequence[TopicSpec]:
    specs = []
    for group in topics.GROUPS:
        consumed = topics.consumed_by(group)
        count = partitions or max(topic.partitions for topic in consumed)
        kept_ms = max(topic.retention_ms for topic in consumed)
        specs.append(TopicSpec(prefix + topics.replay_topic(group), count, kept_ms))
        specs.append(TopicSpec(prefix + topics.dead_topic(group), count, kept_ms))
    return specs
