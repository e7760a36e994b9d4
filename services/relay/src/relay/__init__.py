"""relay: event store in, Kafka out."""
