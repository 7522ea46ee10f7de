"""Mails that came out of real Mailman 3 lists of every configuration; `./run mailman` posts new ones."""

import pytest
from mail_path.carried import ARRIVES, fate
from mail_path.list_fates import CAPTURED, HELD, LISTS, expected

from osync.message.mail import find_blobs
from osync.model import Carrier


@pytest.mark.parametrize("carrier", Carrier)
@pytest.mark.parametrize("name", LISTS)
def test_a_message_comes_out_of_a_list_or_its_loss_is_named(name: str, carrier: Carrier) -> None:
    (posted,) = find_blobs((CAPTURED / "posted" / f"{carrier}.eml").read_bytes())
    arrived = CAPTURED / name / f"{carrier}.eml"
    found = fate(arrived.read_bytes(), posted) if arrived.exists() else HELD
    wanted = expected(name, carrier)
    assert found == ARRIVES if wanted == ARRIVES else wanted in found


def test_every_captured_mail_is_of_a_list_that_is_judged() -> None:
    assert {path.name for path in CAPTURED.iterdir()} == {*LISTS, "posted"}
