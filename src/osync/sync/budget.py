"""How many mails may leave, to how many at once, and when: decisions over counts and times; pure (protocol 6.5, 7.3, 10).

A day is one of UTC. How often a subscriber's requests are answered stands in `heal`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

DAY = 86_400
AUTOMATIC_A_DAY = 6
"""How often something is sent to one address in a day only because a message of theirs asked for it."""
BROADCASTS_A_DAY = 50
ONE_MAIL_EACH = 20
BATCH = 50


@dataclass(frozen=True, slots=True)
class MailLimits:
    """What the user lets leave; 0 stands for no limit.

    `broadcast_seconds` lie at least between two broadcasts of a share, of which there are at most `broadcasts_a_day`.
    `mails_a_day` counts a mail to several people once for each of them, as mail providers do.
    """

    broadcast_seconds: int = 0
    broadcasts_a_day: int = 0
    mails_a_day: int = 0

    def without_waiting(self) -> "MailLimits":
        """Give the limits of a user who will not wait for the next broadcast."""
        return replace(self, broadcast_seconds=0, broadcasts_a_day=0)


def day_start(now: int) -> int:
    """Give the first second of the day."""
    return now - now % DAY


def may_send_automatically(sent_today: int, about_this_share: int) -> bool:
    """Tell whether a peer's message may cause another sending to them, after so many today, some of them about this share.

    The first one about a share is always sent, so that who joins many shares in a day gets all of them.
    """
    return not about_this_share or sent_today < AUTOMATIC_A_DAY


def broadcast_at(last: int, broadcasts_today: int, now: int, limits: MailLimits) -> int:
    """Give when a share may be broadcast that was broadcast at `last` (0 = never): `now` if it may at once.

    A clock that was set back lets it broadcast at once.
    """
    at = last + limits.broadcast_seconds if 0 < last <= now else now
    if limits.broadcasts_a_day and broadcasts_today >= limits.broadcasts_a_day:
        at = max(at, day_start(now) + DAY)
    return max(at, now)


def may_leave(sent_today: int, recipients: int, limits: MailLimits) -> bool:
    """Tell whether a mail to so many people fits into what is left of today; the first one of a day always does."""
    return not limits.mails_a_day or not sent_today or sent_today + recipients <= limits.mails_a_day


def has_room(sent_today: int, waiting: int, limits: MailLimits) -> bool:
    """Tell whether a new mail could leave today after those that wait; else what it would tell goes with later news.

    So a share with more subscribers than mails a day has one broadcast waiting, and not one for each change.
    """
    return not limits.mails_a_day or sent_today + waiting < limits.mails_a_day


def envelopes(addresses: Sequence[str], limits: MailLimits) -> Iterator[tuple[str, ...]]:
    """Give the recipients of each mail that carries one message: one mail for each of a few, else batches of at most 50."""
    size = 1 if len(addresses) <= ONE_MAIL_EACH else min(BATCH, limits.mails_a_day or BATCH)
    for start in range(0, len(addresses), size):
        yield tuple(addresses[start : start + size])
