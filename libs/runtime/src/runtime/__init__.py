"""The plumbing: settings, Kafka delivery policy, logs, health, metrics, shutdown, migrations."""
