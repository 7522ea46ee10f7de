"""Every mangling that a mail may meet: its message arrives, or one sentence says why it did not (protocol 9.2)."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mail_path.carried import ARRIVES, CHANGED, MISSING, NOTHING, fate, mail
from mail_path.manglings import MANGLINGS

from osync.model import Carrier

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


@pytest.mark.parametrize("carrier", Carrier)
@pytest.mark.parametrize("who", MANGLINGS)
def test_a_message_arrives_or_its_loss_is_named(who: str, carrier: Carrier) -> None:
    expected = FATES.get(who, (ARRIVES, ARRIVES, ARRIVES))[list(Carrier).index(carrier)]
    found = fate(MANGLINGS[who](mail(carrier)))
    assert found == ARRIVES if expected == ARRIVES else expected in found


def test_the_table_names_no_mangling_that_does_not_exist() -> None:
    assert set(FATES) - set(MANGLINGS) == set()


@pytest.mark.parametrize("carrier", Carrier)
def test_a_mail_cut_anywhere_arrives_or_is_named(carrier: Carrier) -> None:
    sent = mail(carrier)
    whole = sent.index(b"-----END OSYNC")
    begun = sent.index(b"-----BEGIN OSYNC MESSAGE")
    for length in range(0, len(sent), 7):
        found = fate(sent[:length])
        if length >= whole:
            assert found == ARRIVES
        elif length >= begun + 24:
            assert CHANGED in found
        else:
            assert MISSING in found or found == NOTHING


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(Carrier), st.lists(st.sampled_from(sorted(MANGLINGS)), min_size=2, max_size=3))
def test_no_chain_of_manglings_makes_anything_else_of_it(carrier: Carrier, chain: list[str]) -> None:
    changed = mail(carrier)
    for who in chain:
        try:
            changed = MANGLINGS[who](changed)
        except (ValueError, LookupError, AttributeError, StopIteration):
            return  # what a mangling cannot read any more
    fate(changed)


def test_random_bytes_are_no_mail_of_ours() -> None:
    assert fate(os.urandom(100_000)) == NOTHING
