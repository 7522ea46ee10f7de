"""Fixtures that start real mail servers once for a test run."""
