"""Fixtures that start real mail servers once for a test run; mark their tests with `xdist_group` of the same name."""

from collections.abc import Iterator

import pytest
from beds.mail import MailBed, running_mail


@pytest.fixture(scope="session")
def mail_bed() -> Iterator[MailBed]:
    """Give a running Dovecot and Postfix."""
    with running_mail() as bed:
        yield bed
