"""Fixtures that start real CalDAV servers once for a test run."""
