"""Where the corpus of real calendars lies; it is no part of the project, so that tests of a bare clone go on without it."""

import os
from pathlib import Path

import pytest

_SHARED = Path(__file__).resolve().parents[2] / "shared"


def corpus_root() -> Path:
    """Give the folder of the corpus; without it, skip the test that asks, or fail it where CI is set."""
    root = _SHARED / "corpus"
    if root.is_dir():
        return root
    reason = f"The corpus of real calendars is not at {root}, so nothing was judged by it."
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason, allow_module_level=True)
