"""Who stands behind the keys that signed mails: for the log, by key id."""

from collections.abc import Mapping
from dataclasses import dataclass

from osync.engine.installation import Installation
from osync.message.identity import public_identity, safety_code


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody whose key we know: the name that they use, and the safety code of the key."""

    name: str
    safety_code: str


def known_signers(installation: Installation) -> Mapping[str, Signer]:
    """Give everybody whose key stands in the ledger, by key id: owners whom we follow, and our subscribers."""
    ledger = installation.ledger
    keys = {each.owner_key: each.owner_name for each in ledger.subscriptions.all()}
    for share in ledger.shares.all():
        for each in ledger.shares.subscribers(share.share_id):
            if each.public_key:
                keys.setdefault(each.public_key, each.name or each.address)
    known = ((public_identity(key), name) for key, name in keys.items())
    return {identity.key_id: Signer(name, safety_code(identity)) for identity, name in known}
