"""These tests need Windows (or Windows Python under Wine: `./run wine`); elsewhere they are not collected."""

import sys

collect_ignore_glob = [] if sys.platform == "win32" else ["test_*.py"]
