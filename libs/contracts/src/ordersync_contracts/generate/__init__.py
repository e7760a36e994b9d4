"""Writes what follows from the events: schemas, examples and pages. Run ``make generate``.

- ``schemas``        the golden JSON schema of each event
- ``compatibility``  which changes of a schema break those who write or read the event
- ``examples``       a minimal and a full example of each event, from ``example_values``
- ``pages``          docs/events.md, docs/topics.md, docs/reasons.md and docs/settings.md
- ``tree``           all of it as files, and writing them
"""
