"""The samples of our facts about Outlook; they are no part of the project, so that tests of a bare clone go on without them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

_SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "facts" / "samples" / "outlook_com"


def sample(name: str) -> Any:
    """Give a sample; without it, skip the test that asks, or fail it where CI is set."""
    path = _SAMPLES / name
    if path.is_file():
        return json.loads(path.read_text("utf-8"))
    reason = f"The facts about Outlook are not at {path}, so the fake was not compared with them."
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def number_of(error: BaseException) -> int:
    """Give the number by which Outlook names an error, from the details of a com_error (facts A1)."""
    details = error.args[2]
    return int(details[5] if details else error.args[0]) & 0xFFFFFFFF
