"""Why changes of our own shares wait for the user's answer, as the last sync found it; `osync status` tells it."""

from collections.abc import Mapping

from osync.ledger.ledger import Ledger

_ASKED = "asked "


def why_asked(ledger: Ledger, share_id: str) -> str:
    """Give the reason, "" if nothing of the share waits for an answer."""
    return ledger.setting(_ASKED + share_id)


def keep_why_asked(ledger: Ledger, reasons: Mapping[str, str]) -> None:
    """Keep the reasons of these shares, "" for none; what is known already is not written again."""
    new = {share: reason for share, reason in reasons.items() if reason != why_asked(ledger, share)}
    if new:
        with ledger.transaction():
            for share, reason in new.items():
                ledger.set_setting(_ASKED + share, reason)
