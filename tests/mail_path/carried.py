"""One mail of OSync for each carrier, and what became of its message when it arrives."""

import random
from functools import cache

from message.samples import PAT, SHARE, TESTER, UPDATE

from osync.errors import SetMailAsideError
from osync.message.documents import encode
from osync.message.mail import Letter, Purpose, compose, find_blobs
from osync.message.readable import update_text
from osync.message.seal import seal
from osync.model import Carrier

ARRIVES = ""
CHANGED = "cut off or changed on the way"
MISSING = "its message is missing"
NOTHING = "no message"


@cache
def blob() -> bytes:
    """Give the sealed message; sealing is random, so it is another one in each process."""
    return seal(encode(UPDATE), PAT, [TESTER.public], random.Random(7).randbytes)


@cache
def mail(carrier: Carrier) -> bytes:
    """Give the mail that carries the message."""
    letter = Letter(
        sender_name="Pat Ünlü",
        sender_address="pat@example.org",
        recipients=("tester@example.org",),
        purpose=Purpose.UPDATE,
        share=SHARE,
        text=update_text(SHARE),
        blob=blob(),
        message_id="<11111111-2222-4333-8444-555555555555@example.org>",
        sent_at=1_784_700_000,
        carrier=carrier,
    )
    return compose(letter)


def fate(arrived: bytes, sent: bytes = b"") -> str:
    """Give ARRIVES if a mail carries the message that was sent and nothing else, or the sentence that the user reads."""
    try:
        found = list(find_blobs(arrived))
    except SetMailAsideError as error:
        return str(error)
    if not found:
        return NOTHING
    assert found == [sent or blob()]
    return ARRIVES
