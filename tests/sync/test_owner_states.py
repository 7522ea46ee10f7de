"""Every cell of the owner's table (protocol 7.1)."""

import pytest

from osync.model import Approval, SubscriberState
from osync.sync.owner_states import Deed, OwnerEvent, Reaction, react

# One line an event, one column a state. A cell: the state afterwards, then what is done; "." = nothing happens;
# "gone" = the key is forgotten. The last column, PLAIN, is somebody without OSync: only the owner's word counts.
COLUMNS = ("none", "invited", "pending", "active", "suspended", "left", "revoked", "plain")
SHORT = {
    "S": Deed.SEND_SNAPSHOT,
    "S6h": Deed.SEND_SNAPSHOT_AGAIN,
    "A": Deed.ANSWER,
    "W": Deed.NOTE_PROGRESS,
    "E": Deed.SEND_END,
    "E30d": Deed.SEND_END_AGAIN,
    "K": Deed.REPLACE_KEY,
    "B": Deed.NOTE_BOUNCE,
    "T": Deed.TELL,
}
ANY_APPROVAL = """
ACCEPT_PROVEN     | pending T | active S  | active S | active S6h    | active S   | pending T | .            | .
APPROVED          | .         | .         | active S | .             | active S   | .         | .            | .
REFUSED           | .         | .         | gone     | .             | .          | .         | .            | .
REQUEST           | .         | .         | .        | active W A    | active W A | .         | revoked E30d | .
STATUS            | .         | .         | .        | active W      | active W   | .         | .            | .
LEAVE             | .         | gone      | gone     | left          | left       | .         | .            | .
REKEY             | .         | .         | .        | active K T    | suspended K T | .      | .            | .
HARD_BOUNCE       | .         | invited B T | .      | active B T    | .          | .         | .            | .
HARD_BOUNCE_AGAIN | .         | invited B T | .      | suspended B T | .          | .         | .            | .
REVOKED           | .         | gone      | gone     | revoked E     | revoked E  | revoked   | .            | gone
"""
WITHOUT_TOKEN = {
    Approval.TOKEN: "ACCEPT_UNPROVEN | .         | .         | . | . | . | pending T | . | .",
    Approval.ASK: "ACCEPT_UNPROVEN   | pending T | pending T | . | . | . | pending T | . | .",
    Approval.OPEN: "ACCEPT_UNPROVEN  | active S  | active S  | . | . | . | pending T | . | .",
}

Cell = tuple[str, str, Approval, str]


def cells() -> list[Cell]:
    found: list[Cell] = []
    for approval in Approval:
        for line in [*ANY_APPROVAL.strip().splitlines(), WITHOUT_TOKEN[approval]]:
            event, *columns = (part.strip() for part in line.split("|"))
            found += [(event, state, approval, cell) for state, cell in zip(COLUMNS, columns, strict=True)]
    return found


def state_of(name: str) -> SubscriberState | None:
    return None if name in ("none", "gone") else SubscriberState(name)


@pytest.mark.parametrize(("event", "state", "approval", "cell"), cells())
def test_every_cell(event: str, state: str, approval: Approval, cell: str) -> None:
    afterwards, *deeds = [state] if cell == "." else cell.split()
    expected = Reaction(state_of(afterwards), frozenset(SHORT[deed] for deed in deeds))
    assert react(state_of(state), OwnerEvent[event], approval) == expected


def test_the_table_has_every_event_and_every_state() -> None:
    assert {cell[0] for cell in cells()} == set(OwnerEvent.__members__)
    assert {cell[1] for cell in cells()} == {"none", *SubscriberState}
    assert len(cells()) == len(OwnerEvent) * (len(SubscriberState) + 1) * len(Approval)
