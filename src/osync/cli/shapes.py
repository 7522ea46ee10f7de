"""The JSON that commands print. Its shape is a promise: docs/json.md describes it, and `format` rises if it changes."""

import json
from collections.abc import Mapping, Sequence

FORMAT = 1

Json = str | int | bool | None | Sequence["Json"] | Mapping[str, "Json"]


def print_json(kind: str, content: Mapping[str, Json]) -> None:
    """Print one JSON object with its kind and format."""
    print(json.dumps({"format": FORMAT, "kind": kind, **content}, ensure_ascii=False, indent=2))
