"""Fixtures that start real mail servers once for a test run; mark their tests with `xdist_group` of the same name."""

from collections.abc import Iterator

import pytest
from beds.cyrus import Cyrus
from beds.mail import MailBed, MailTraits, running_mail


@pytest.fixture(scope="session")
def mail_bed() -> Iterator[MailBed]:
    """Give a running Dovecot and Postfix."""
    with running_mail() as bed:
        yield bed


@pytest.fixture(scope="session")
def mail_to_cyrus(cyrus: Cyrus) -> Iterator[MailBed]:
    """Give a Postfix that delivers to Cyrus (its Dovecot only knows who may send)."""
    with running_mail(MailTraits(lmtp=cyrus.lmtp)) as bed:
        yield bed
