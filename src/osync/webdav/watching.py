"""Ask a collection now and then whether anything is new, at the least cost; from any thread."""

import threading
from dataclasses import dataclass

from osync.webdav.collection import Collection
from osync.webdav.quirks.radicale import LastModified, is_radicale, shows_no_change


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a collection said of itself; any other text means that something changed."""

    text: str
    seen: LastModified


class Watching:
    """Remembers what the collection said last. `collection` is for its use alone."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._lock = threading.Lock()
        self._mark: _Mark | None = None

    def has_changed(self) -> bool:
        """Tell whether the collection differs from last time; the first time False. Raises what `faults` says."""
        with self._lock:
            before = self._mark
            if before and is_radicale(before.text) and shows_no_change(before.seen, self._collection.modified()):
                return False
            self._mark = self._ask()
            return before is not None and before.text != self._mark.text

    def _ask(self) -> _Mark:
        marks = self._collection.marks()
        text = marks.token or marks.tag
        if not text:
            listed = self._collection.list().versions
            text = "\n".join(sorted(f"{name}\t{version}" for name, version in listed.items()))
        return _Mark(text, LastModified(marks.modified, marks.date))
