"""Every cell of the subscriber's table (protocol 7.2)."""

import pytest

from osync.model import SubscriptionState
from osync.sync.subscriber_states import Act, Reaction, Standing, SubscriberEvent, react, standing_of

# One line an event, one column a standing. A cell: the standing afterwards, then what is done; "." = nothing happens.
COLUMNS = ("none", "invited", "joining", "active", "held", "left", "ended", "blocked")
SHORT = {
    "L": Act.LIST_INVITATION,
    "L?": Act.LIST_IF_LATER,
    "W!": Act.WARN_OF_KEY,
    "P": Act.PROPOSE,
    "A": Act.SEND_ACCEPT,
    "F": Act.FOLLOW,
    "C": Act.WRITE,
    "K": Act.REPLACE_KEY,
    "S": Act.SEND_STATUS,
    "Bye": Act.SEND_LEAVE,
    "Bye?": Act.SEND_LEAVE_AGAIN,
    "T": Act.TELL,
}
TABLE = """
INVITE            | invited L T | invited L     | joining P      | active P      | held P     | left L?    | ended L?   | .
INVITE_BY_ANOTHER | none W! T   | invited W! T  | joining W! T   | active W! T   | held W! T  | left W! T  | ended W! T | .
ACCEPTED          | .           | joining A     | .              | .             | .          | .          | .          | .
UPDATE            | .           | .             | joining F C    | active F C    | held F     | left Bye?  | .          | .
SNAPSHOT          | .           | .             | joining F C    | active F C    | held F     | left Bye?  | .          | .
COMPLETE          | .           | .             | active         | .             | .          | .          | .          | .
END               | .           | none          | ended T        | ended T       | ended T    | .          | .          | .
REKEY             | .           | invited K T   | joining K T    | active K T    | held K T   | .          | .          | .
PING              | .           | .             | joining S      | active S      | held S     | left Bye?  | .          | .
TOO_MUCH          | .           | .             | held T         | held T        | held T     | .          | .          | .
ALLOWED           | .           | .             | .              | .             | active C   | .          | .          | .
LEAVES            | .           | none          | left Bye       | left Bye      | left Bye   | .          | .          | .
"""

Cell = tuple[str, str, str]


def cells() -> list[Cell]:
    found: list[Cell] = []
    for line in TABLE.strip().splitlines():
        event, *columns = (part.strip() for part in line.split("|"))
        found += [(event, standing, cell) for standing, cell in zip(COLUMNS, columns, strict=True)]
    return found


@pytest.mark.parametrize(("event", "standing", "cell"), cells())
def test_every_cell(event: str, standing: str, cell: str) -> None:
    afterwards, *acts = [standing] if cell == "." else cell.split()
    expected = Reaction(Standing(afterwards), frozenset(SHORT[act] for act in acts))
    assert react(Standing(standing), SubscriberEvent[event]) == expected


def test_the_table_has_every_event_and_every_standing() -> None:
    assert {cell[0] for cell in cells()} == set(SubscriberEvent.__members__)
    assert {cell[1] for cell in cells()} == set(Standing)
    assert len(cells()) == len(SubscriberEvent) * len(Standing)


def test_every_state_of_a_subscription_is_a_standing() -> None:
    assert {standing_of(state, invited=False).value for state in SubscriptionState} == {
        state.value for state in SubscriptionState
    }
    assert standing_of(None, invited=False) is Standing.NONE
    assert standing_of(None, invited=True) is Standing.INVITED
