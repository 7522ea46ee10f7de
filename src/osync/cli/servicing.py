"""The command `install-service`."""

import argparse
import os
import sys

from osync.cli.text import safe
from osync.config import read_settings
from osync.daemon.installing import install, remove, this_system
from osync.daemon.service import Program, own_words
from osync.home import Home, find_home

_LOG = {"win32": ("--log-file",), "darwin": ("--log-file",)}
"""Where the system keeps no log of what it starts, OSync does."""


def install_service(arguments: argparse.Namespace, home: Home) -> int:
    """Let the system run OSync by itself, or take that back with --remove."""
    environment = {name: value for name, value in os.environ.items() if name != "OSYNC_HOME"}
    usual = find_home(None, environment)
    if arguments.remove:
        said = remove(this_system(), home, usual)
    else:
        read_settings(home.settings)  # whoever has none would only install an error
        words = own_words(sys.executable, is_one_file=bool(getattr(sys, "frozen", False)))
        program = Program((*words, "--home", str(home.path), "run", *_LOG.get(sys.platform, ())), str(home.path))
        said = install(this_system(), program, home, usual)
    for sentence in said:
        print(safe(sentence))
    return 0
