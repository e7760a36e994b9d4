"""``ordersync migrate``: every owner's tables, every topic."""

import typer

from commandline.output import print_note
from commandline.running import run
from console.migrate.actions import ensure_all_topics, migrate_database
from console.settings import MigrateSettings
from runtime.settings import load

app = typer.Typer()


@app.callback(invoke_without_command=True)
def migrate() -> None:
    """Bring the database's tables and Kafka's topics up to date; safe to run again."""

    async def act() -> None:
        settings = load(MigrateSettings)
        applied = await migrate_database(settings.admin_database_url.get_secret_value())
        for migration in applied:
            typer.echo(f"applied {migration.owner}/{migration.number:04d}_{migration.name}")
        created = await ensure_all_topics(
            settings.kafka_bootstrap, settings.topic_prefix, settings.topic_partitions
        )
        for topic in created:
            typer.echo(f"created topic {topic}")
        print_note(f"{len(applied)} migrations applied, {len(created)} topics created")

    run(act)
