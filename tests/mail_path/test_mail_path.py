"""Every mangling that a mail may meet: its message arrives, or one sentence says why it did not (protocol 9.2)."""

import os
import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mail_path.manglings import MANGLINGS
from message.samples import PAT, SHARE, TESTER, UPDATE

from osync.errors import SetMailAsideError
from osync.message.documents import encode
from osync.message.mail import Carrier, Letter, Purpose, compose, find_blobs
from osync.message.readable import update_text
from osync.message.seal import seal

ARRIVES = ""
CHANGED = "cut off or changed on the way"
MISSING = "its message is missing"
NOTHING = "no message"

# Carriers in the order of `Carrier`: as a file, as a text file, in the text. What is not named arrives with all three.
FATES: dict[str, tuple[str, str, str]] = {
    "mailman keeps only plain text": (MISSING, ARRIVES, ARRIVES),
    "mailman strips files": (MISSING, MISSING, ARRIVES),
    "mailman makes a plain digest": (NOTHING, NOTHING, ARRIVES),
    "filter replaces the file": (MISSING, MISSING, ARRIVES),
    "person replies without the file": (MISSING, MISSING, ARRIVES),
    "server returns the headers": (MISSING, MISSING, MISSING),
    "portal keeps the mail": (NOTHING, NOTHING, NOTHING),
    "way cuts it in half": (CHANGED, CHANGED, CHANGED),
    "way changes a letter": (CHANGED, CHANGED, CHANGED),
    "way loses a line": (CHANGED, CHANGED, CHANGED),
}


@cache
def _blob() -> bytes:
    return seal(encode(UPDATE), PAT, [TESTER.public], random.Random(7).randbytes)


@cache
def _mail(carrier: Carrier) -> bytes:
    letter = Letter(
        sender_name="Pat Ünlü",
        sender_address="pat@example.org",
        recipients=("tester@example.org",),
        purpose=Purpose.UPDATE,
        share=SHARE,
        text=update_text(SHARE),
        blob=_blob(),
        message_id="<11111111-2222-4333-8444-555555555555@example.org>",
        sent_at=1_784_700_000,
        carrier=carrier,
    )
    return compose(letter)


def _fate(mail: bytes) -> str:
    """Give ARRIVES, or the sentence that the user reads."""
    try:
        found = list(find_blobs(mail))
    except SetMailAsideError as error:
        return str(error)
    if not found:
        return NOTHING
    assert found == [_blob()]
    return ARRIVES


@pytest.mark.parametrize("carrier", Carrier)
@pytest.mark.parametrize("who", MANGLINGS)
def test_a_message_arrives_or_its_loss_is_named(who: str, carrier: Carrier) -> None:
    expected = FATES.get(who, (ARRIVES, ARRIVES, ARRIVES))[list(Carrier).index(carrier)]
    fate = _fate(MANGLINGS[who](_mail(carrier)))
    assert fate == ARRIVES if expected == ARRIVES else expected in fate


def test_the_table_names_no_mangling_that_does_not_exist() -> None:
    assert set(FATES) - set(MANGLINGS) == set()


@pytest.mark.parametrize("carrier", Carrier)
def test_a_mail_cut_anywhere_arrives_or_is_named(carrier: Carrier) -> None:
    mail = _mail(carrier)
    whole = mail.index(b"-----END OSYNC")
    begun = mail.index(b"-----BEGIN OSYNC MESSAGE")
    for length in range(0, len(mail), 7):
        fate = _fate(mail[:length])
        if length >= whole:
            assert fate == ARRIVES
        elif length >= begun + 24:
            assert CHANGED in fate
        else:
            assert MISSING in fate or fate == NOTHING


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(Carrier), st.lists(st.sampled_from(sorted(MANGLINGS)), min_size=2, max_size=3))
def test_no_chain_of_manglings_makes_anything_else_of_it(carrier: Carrier, chain: list[str]) -> None:
    mail = _mail(carrier)
    for who in chain:
        try:
            mail = MANGLINGS[who](mail)
        except (ValueError, LookupError, AttributeError, StopIteration):
            return  # what a mangling cannot read any more
    _fate(mail)


def test_random_bytes_are_no_mail_of_ours() -> None:
    assert _fate(os.urandom(100_000)) == NOTHING
