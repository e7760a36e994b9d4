"""What can go wrong, as one sentence each.

StackProblem
├── StackRefused    the request cannot be carried out as given: exit code 2
└── StackFailed     a part of the stack did not start or did not stay up: exit code 1
"""


class StackProblem(Exception):
    """A sentence for the person at the terminal: what is wrong, and what to do."""

    exit_code = 1


class StackRefused(StackProblem):
    """Usage: something runs already, a port is taken, a folder cannot be written."""

    exit_code = 2


class StackFailed(StackProblem):
    """A server or service that did not start, or not in time."""
