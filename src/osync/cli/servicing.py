"""The command `install-service`."""

import argparse

from osync.home import Home


def install_service(arguments: argparse.Namespace, home: Home) -> int:
    """Let the system run OSync by itself."""
    raise NotImplementedError
