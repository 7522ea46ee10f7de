"""Which mails are done, noted in the notebook: OSync changes nothing in the mailbox of a person to remember it.

Only the newest mails are looked at; a mail that came long before the newest one, and what is noted of it, is forgotten.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from osync.microsoft.mail_reading import MailRow
from osync.notebook import Notebook

_SINCE_PAGE = "mails since"
_BUCKETS = 64
_DAY = timedelta(days=1)


class SettledMails:
    """The notes of one mailbox; `look_back_days` before the newest mail the looking begins, and ends the noting.

    `clock` gives the time of the system in UTC.
    """

    def __init__(self, notebook: Notebook, look_back_days: int, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._notebook = notebook
        self._look_back = timedelta(days=look_back_days)

    def unsettled(self, rows: Sequence[MailRow]) -> list[MailRow]:
        """Give those of all mails there are that have to be looked at, the oldest first."""
        if not rows:
            return []
        # A mail from the future, which a careless server may have, must not hide all that come till then.
        latest = self._clock().replace(tzinfo=None) + _DAY
        newest = min(max(row.received_at for row in rows), latest)
        noted = self._notebook.read(_SINCE_PAGE)
        if noted and datetime.fromisoformat(noted) > latest:
            noted = ""
        since = max(datetime.fromisoformat(noted) if noted else newest - self._look_back, newest - self._look_back)
        settled = {bucket: self._settled(bucket) for bucket in range(_BUCKETS)}
        done = set().union(*settled.values())
        recent = [row for row in rows if row.received_at >= since]
        open_ones = sorted((row for row in recent if row.entry_id not in done), key=_age)
        if not noted or datetime.fromisoformat(noted) < since:
            self._notebook.write(_SINCE_PAGE, since.isoformat())
            self._forget(settled, {row.entry_id for row in recent})
        return open_ones

    def settle(self, entry_id: str) -> None:
        """Note that a mail is done; a second time changes nothing."""
        bucket = _bucket(entry_id)
        settled = self._settled(bucket)
        if entry_id not in settled:
            self._write(bucket, settled | {entry_id})

    def _settled(self, bucket: int) -> set[str]:
        return set(self._notebook.read(f"settled {bucket}").split())

    def _write(self, bucket: int, settled: set[str]) -> None:
        self._notebook.write(f"settled {bucket}", "\n".join(sorted(settled)))

    def _forget(self, settled: dict[int, set[str]], recent: set[str]) -> None:
        for bucket, ids in settled.items():
            if ids - recent:
                self._write(bucket, ids & recent)


def _bucket(entry_id: str) -> int:
    return hashlib.sha256(entry_id.encode()).digest()[0] % _BUCKETS


def _age(row: MailRow) -> tuple[datetime, str]:
    return row.received_at, row.entry_id
