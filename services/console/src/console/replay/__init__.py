"""A topic's events once more, from the store."""
