"""``ordersync migrate``: every owner's tables, every topic."""

import typer

from console.cli.running import running, say
from console.migrate import ensure_all_topics, migrate_database
from console.settings import MigrateSettings
from runtime.migrations import MigrationProblem
from runtime.settings import load

app = typer.Typer()


@app.callback(invoke_without_command=True)
def migrate() -> None:
    """Bring the database's tables and Kafka's topics up to date; safe to run again."""

    async def act() -> None:
        settings = load(MigrateSettings)
        applied = await migrate_database(settings.admin_database_url.get_secret_value())
        for one in applied:
            typer.echo(f"applied {one.owner}/{one.number:04d}_{one.name}")
        created = await ensure_all_topics(
            settings.kafka_bootstrap, settings.topic_prefix, settings.topic_partitions
        )
        for topic in created:
            typer.echo(f"created topic {topic}")
        say(f"{len(applied)} migrations applied, {len(created)} topics created")

    running(act, said=(MigrationProblem,))
