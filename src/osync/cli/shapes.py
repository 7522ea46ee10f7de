"""The JSON that commands print. Its shape is a promise: docs/json.md describes it, and `format` rises if it changes."""

import json
from collections.abc import Mapping, Sequence

FORMAT = 1

Json = str | int | bool | None | Sequence["Json"] | Mapping[str, "Json"]


def json_text(kind: str, content: Mapping[str, Json]) -> str:
    """Give one JSON object with its kind and format, in ASCII: every pipe and console carries it whole."""
    return json.dumps({"format": FORMAT, "kind": kind, **content}, indent=2)
