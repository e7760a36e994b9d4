"""Faults that lie in nobody's data and no server: they pass by themselves."""


class Passing(Exception):
    """Nothing is wrong but the moment: what met it is done again after a while."""


def is_passing(error: BaseException) -> bool:
    """Whether it is one; of a group of errors all must be."""
    if isinstance(error, BaseExceptionGroup):
        return all(is_passing(part) for part in error.exceptions)
    return isinstance(error, Passing)
