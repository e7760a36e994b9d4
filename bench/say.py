"""What a person reads goes to stderr; stdout is for the result."""

import sys


def say(text: str) -> None:
    """One line on stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
