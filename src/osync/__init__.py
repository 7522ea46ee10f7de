"""OSync shares calendars by e-mail, without a server."""

__version__ = "0.1.0"
