"""Limits of time for tests that are also run while coverage watches every line."""

from coverage import Coverage

_WATCHED = 6


def seconds(limit: float) -> float:
    """Give the limit that stands for `limit` seconds of a program that nobody watches."""
    return limit * _WATCHED if Coverage.current() else limit
