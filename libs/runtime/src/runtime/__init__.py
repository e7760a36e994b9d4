"""What every process runs on: settings, Kafka delivery, logs, health, metrics, migrations."""
