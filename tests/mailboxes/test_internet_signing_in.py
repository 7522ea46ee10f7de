"""OSync signs in to mail servers in every way that they offer, with TLS from the beginning and with STARTTLS."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from beds.accounts import Account
from beds.mail import HASHED, MailBed
from beds.proxy import Fault, FaultProxy, fault_proxy
from contracts.mailbox_contract import PAT, mail

from osync.credentials import Login
from osync.errors import MailboxUnusableError, SignInRefusedError
from osync.mailboxes.internet import Server

pytestmark = pytest.mark.xdist_group("mail_bed")
WAYS = ("SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN", "OAUTHBEARER", "XOAUTH2")


@pytest.fixture
def imap(mail_bed: MailBed) -> Iterator[FaultProxy]:
    with fault_proxy(mail_bed.imap) as proxy:
        yield proxy


@pytest.fixture
def smtp(mail_bed: MailBed) -> Iterator[FaultProxy]:
    with fault_proxy(mail_bed.plain_smtp) as proxy:
        yield proxy


def by_way_of(account: Account, imap: FaultProxy, smtp: FaultProxy, fault: Fault) -> Account:
    imap.always = smtp.always = fault
    servers = replace(
        account.settings,
        imap=Server(f"imap://localhost:{imap.port}", PAT),
        smtp=Server(f"smtp://localhost:{smtp.port}", PAT),
    )
    return replace(account, settings=servers, network=replace(account.network, timeout=10))


def only(ways: tuple[str, ...]) -> Fault:
    """Let a server offer some ways only, and no encryption."""

    def rewrite(piece: bytes) -> bytes:
        for way in sorted(set(WAYS) - set(ways), key=len, reverse=True):
            piece = piece.replace(f"AUTH={way}".encode(), b"X-NONE")
            if b"250-AUTH" in piece:
                head, line, rest = piece.partition(b"250-AUTH")
                words, end, others = rest.partition(b"\r\n")
                kept = b" ".join(word for word in words.split() if word != way.encode())
                piece = head + line + b" " + kept + end + others
        return piece.replace(b"STARTTLS", b"X-NOTHING")

    return Fault(rewrite=rewrite)


@pytest.mark.parametrize("starttls", [False, True], ids=["tls-first", "starttls"])
def test_tls_may_begin_at_once_or_later(mail_bed: MailBed, starttls: bool) -> None:
    mailbox = mail_bed.account(PAT, starttls=starttls).mailbox()
    assert mailbox.send(mail("Hello", PAT)) == ()
    list(mailbox.pending())
    mailbox.close()


@pytest.mark.parametrize("way", WAYS)
def test_every_way_leads_to_imap_and_smtp(mail_bed: MailBed, imap: FaultProxy, smtp: FaultProxy, way: str) -> None:
    account = by_way_of(mail_bed.account(PAT), imap, smtp, only((way,)))
    if way in ("OAUTHBEARER", "XOAUTH2"):
        account.login = Login(PAT, lambda: mail_bed.token(PAT), bearer=True)
    mailbox = account.mailbox()
    assert mailbox.send(mail("Hello", PAT)) == ()
    list(mailbox.pending())
    mailbox.close()


def test_an_expired_token_is_renewed_once(mail_bed: MailBed) -> None:
    tokens = [mail_bed.token(PAT, lifetime=-60), mail_bed.token(PAT)]
    account = mail_bed.account(PAT)
    account.login = Login(PAT, lambda: tokens[0], bearer=True, refused=tokens.reverse)
    mailbox = account.mailbox()
    list(mailbox.pending())
    mailbox.close()


@pytest.mark.parametrize("way", ["OAUTHBEARER", "XOAUTH2"])
def test_a_token_that_stays_wrong_is_told_in_a_sentence_without_it(
    mail_bed: MailBed, imap: FaultProxy, smtp: FaultProxy, way: str
) -> None:
    account = by_way_of(mail_bed.account(PAT), imap, smtp, only((way,)))
    account.login = Login(PAT, lambda: "WRONG", bearer=True)
    mailbox = account.mailbox()
    for attempt in (lambda: list(mailbox.pending()), lambda: mailbox.send(mail("Hello", PAT))):
        with pytest.raises(SignInRefusedError, match="refuses the token of pat@") as raised:
            attempt()
        assert "WRONG" not in str(raised.value)
    mailbox.close()


def test_a_server_that_takes_no_tokens_is_told_in_a_sentence(
    mail_bed: MailBed, imap: FaultProxy, smtp: FaultProxy
) -> None:
    account = by_way_of(mail_bed.account(PAT), imap, smtp, only(("PLAIN",)))
    account.login = Login(PAT, lambda: "TOKEN", bearer=True)
    mailbox = account.mailbox()
    for attempt in (lambda: list(mailbox.pending()), lambda: mailbox.send(mail("Hello", PAT))):
        with pytest.raises(MailboxUnusableError, match="takes no tokens"):
            attempt()
    mailbox.close()


def test_a_server_is_told_nobody_without_a_user(mail_bed: MailBed) -> None:
    account = replace(mail_bed.account(PAT), login=Login("", lambda: ""))
    with pytest.raises(MailboxUnusableError, match="wants to know who signs in"):
        list(account.mailbox().pending())


def test_where_scram_is_offered_in_vain_the_password_is_told_under_encryption(mail_bed: MailBed) -> None:
    mailbox = mail_bed.account(HASHED).mailbox()
    list(mailbox.pending())
    mailbox.close()
