"""What the user said about changes that a guard stopped before they left: yes, no, or nothing yet."""

import enum
import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace

from osync.engine.installation import Installation
from osync.engine.report import Direction, Held, ReportedChange
from osync.model import ChangeAction, Share
from osync.sync.publish import PlannedRevision

_REFUSED = "refused deletions "


class Verdict(enum.StrEnum):
    """What happens to the changes of one share."""

    FREE = "free"
    ALLOWED = "allowed"
    REFUSED = "refused"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be told to the subscribers of one share, and why the user is asked first, "" if there is no reason.

    REFUSED means that its deletions are left out, because the user does not want to send exactly these.
    """

    share: Share
    planned: tuple[PlannedRevision, ...]
    held_because: str
    verdict: Verdict = Verdict.FREE
    deletions: tuple[PlannedRevision, ...] = ()

    @property
    def deletions_id(self) -> str:
        """Give a text that changes when other events would be deleted."""
        keys = sorted(each.event.event_key for each in self.deletions)
        return hashlib.sha256("\n".join(keys).encode()).hexdigest()

    @property
    def held(self) -> Held:
        """Give what the user is asked."""
        name = self.share.name
        deletions = tuple(
            ReportedChange(Direction.OUT, name, each.action, each.event.title, each.event.first)
            for each in self.deletions
        )
        return Held(name, self.held_because, self.share.share_id, deletions, self.deletions_id)


class Consent:
    """What the user said about held changes; with `approve` those of the shares `only` pass, without names all but refused ones."""

    def __init__(self, installation: Installation, *, approve: bool, only: Collection[str] = ()) -> None:
        self._ledger = installation.ledger
        self._approve = approve
        self._only = only

    def judge(self, decision: Decision) -> Decision:
        """Tell what happens to the changes of a share."""
        if not decision.held_because:
            return decision
        deletions = tuple(each for each in decision.planned if each.action is ChangeAction.DELETED)
        found = replace(decision, deletions=deletions)
        refused = self._ledger.setting(_REFUSED + decision.share.share_id) == found.deletions_id
        if self._approve and (decision.share.share_id in self._only or not (self._only or refused)):
            return replace(found, verdict=Verdict.ALLOWED)
        if not refused:
            return replace(found, verdict=Verdict.ASKED)
        others = tuple(each for each in decision.planned if each.action is not ChangeAction.DELETED)
        return replace(found, verdict=Verdict.REFUSED, planned=others)

    def forget_refusal(self, decision: Decision) -> None:
        """Forget what the user refused when it is over, so that the same deletions later are asked about again."""
        name = _REFUSED + decision.share.share_id
        if decision.verdict is not Verdict.REFUSED and self._ledger.setting(name):
            self._ledger.set_setting(name, "")


def refuse_deletions(installation: Installation, held: Held) -> None:
    """Keep in mind that the user does not want to send these deletions; inside a transaction."""
    installation.ledger.set_setting(_REFUSED + held.share_id, held.deletions_id)
