"""One machine: starts Kafka, PostgreSQL, the simulators and the services."""
