"""Run OSync as `python -m osync`."""

import sys

from osync.cli.main import main

sys.exit(main())
