"""What goes wrong between OSync and mail servers ends in one sentence of the right class, and nothing is lost."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from beds.accounts import Account
from beds.mail import FULL, MailBed, MailTraits, running_mail
from beds.proxy import Fault, FaultProxy, fault_proxy
from contracts.mailbox_contract import PAT, TESTER, mail

from osync.credentials import Login
from osync.errors import MailboxUnavailableError, MailboxUnusableError, OSyncError, SignInRefusedError
from osync.mailboxes.internet import InternetMailbox, Reading, Server
from osync.message.bounce import find_bounce
from osync.message.failure import Weight
from osync.message.worth_reading import FIELDS, may_concern
from osync.network import Network

pytestmark = pytest.mark.xdist_group("mail_bed")
SENTENCE = re.compile(r"[A-Z][^\n]*[.…]$")


@pytest.fixture
def tester(mail_bed: MailBed) -> Account:
    account = mail_bed.account(TESTER)
    account.empty()
    return account


@pytest.fixture
def pat(mail_bed: MailBed) -> Iterator[InternetMailbox]:
    mailbox = mail_bed.account(PAT).mailbox()
    yield mailbox
    mailbox.close()


@pytest.fixture
def imap(mail_bed: MailBed) -> Iterator[FaultProxy]:
    with fault_proxy(mail_bed.imap) as proxy:
        yield proxy


@pytest.fixture
def smtp(mail_bed: MailBed) -> Iterator[FaultProxy]:
    with fault_proxy(mail_bed.plain_smtp) as proxy:
        yield proxy


def by_way_of(
    account: Account, imap: FaultProxy | None = None, smtp: FaultProxy | None = None, timeout: float = 10
) -> Account:
    """Reach the account's servers through a proxy, and wait for them so many seconds."""
    settings = account.settings
    if imap:
        settings = replace(settings, imap=Server(f"imap://localhost:{imap.port}", account.address))
    if smtp:
        settings = replace(settings, smtp=Server(f"smtp://localhost:{smtp.port}", account.address))
    return replace(account, settings=settings, network=replace(account.network, timeout=timeout))


def plain(piece: bytes) -> bytes:
    """Hide that the server can encrypt, so that a test sees what is said."""
    return piece.replace(b"STARTTLS", b"X-NOTHING")


def subject(content: bytes | None) -> bytes:
    match = re.search(rb"^Subject: ([^\r\n]*)", content or b"", re.MULTILINE)
    return match[1] if match else b""


def subjects(mailbox: InternetMailbox) -> list[bytes]:
    return [subject(each.content) for each in mailbox.pending()]


def as_far_as_it_goes(mailbox: InternetMailbox) -> tuple[list[bytes], OSyncError | None]:
    found: list[bytes] = []
    try:
        found.extend(subject(each.content) for each in mailbox.pending())
    except OSyncError as error:
        return found, error
    return found, None


def deliver(account: Account, pat: InternetMailbox, *texts: str) -> None:
    for text in texts:
        with account.arriving():
            assert pat.send(mail(text, account.address)) == ()


def complaint(mailbox: InternetMailbox) -> OSyncError:
    with pytest.raises(OSyncError) as raised:
        list(mailbox.pending())
    mailbox.close()
    assert SENTENCE.fullmatch(str(raised.value)), str(raised.value)
    return raised.value


def test_a_wrong_password_is_told_in_a_sentence_without_it(tester: Account) -> None:
    wrong = replace(tester, login=Login(TESTER, lambda: "not the pass word"))
    error = complaint(wrong.mailbox())
    assert isinstance(error, SignInRefusedError)
    assert "not the pass word" not in str(error)
    with pytest.raises(SignInRefusedError, match="refuses the password of tester@example"):
        wrong.mailbox().send(mail())


def test_a_certificate_of_nobody_we_trust_is_refused_before_any_password(tester: Account, smtp: FaultProxy) -> None:
    def secret() -> str:
        raise AssertionError

    distrusting = replace(tester, network=Network(timeout=5), login=Login(TESTER, secret))
    error = complaint(distrusting.mailbox())
    assert isinstance(error, MailboxUnusableError)
    assert "certificate" in str(error)
    with pytest.raises(MailboxUnusableError, match="certificate"):
        distrusting.mailbox().send(mail())


def test_an_expired_certificate_is_refused_with_imap_and_with_smtp() -> None:
    with running_mail(MailTraits(expired=True)) as bed:
        for starttls in (False, True):
            mailbox = bed.account(PAT, starttls=starttls).mailbox()
            error = complaint(mailbox)
            assert isinstance(error, MailboxUnusableError)
            assert "certificate has expired" in str(error)
            with pytest.raises(MailboxUnusableError, match="certificate has expired"):
                mailbox.send(mail())


@pytest.mark.parametrize("answers", [0, 10, 200, 700, 1_500, 3_000, 4_000, 5_000, 6_000])
def test_a_connection_that_is_cut_while_mails_are_read_is_opened_again(
    tester: Account, pat: InternetMailbox, imap: FaultProxy, answers: int
) -> None:
    deliver(tester, pat, "One", "Two", "Three")
    mailbox = by_way_of(tester, imap).mailbox()
    imap.faults.append(Fault(answers=answers) if answers else Fault(refuse=True))
    try:
        found = subjects(mailbox)
    except MailboxUnavailableError:
        found = subjects(mailbox)
    mailbox.close()
    assert found == [b"One", b"Two", b"Three"]


@pytest.mark.parametrize("requests", [1, 300, 500, 700])
def test_a_connection_that_is_cut_while_we_speak_loses_nothing(
    tester: Account, pat: InternetMailbox, imap: FaultProxy, requests: int
) -> None:
    deliver(tester, pat, "One")
    mailbox = by_way_of(tester, imap).mailbox()
    imap.faults.append(Fault(requests=requests))
    try:
        found = subjects(mailbox)
    except MailboxUnavailableError:
        found = subjects(mailbox)
    mailbox.close()
    assert found == [b"One"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(refuse=True),
        Fault(silent=True),
        Fault(dribble=0.05),
        Fault(answers=0, garbage=b"\xff\x00garbage\r\n" * 50),
        Fault(answers=0, garbage=b"SSH-2.0-OpenSSH_9.2p1\r\n"),
        Fault(answers=0, garbage=b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n* BYE no\r\n"),
        Fault(answers=0, garbage=b"* BYE too many connections\r\n"),
        Fault(answers=0, garbage=b"* OK " + b"x" * 2_000_000 + b"\r\n"),
        Fault(answers=60, garbage=b"* CAPABILITY " + b"\xff" * 100 + b"\r\n"),
        Fault(answers=60, garbage=b"* 1 FETCH (UID 1 BODY[] {99999999999}\r\n"),
    ],
    ids=["refuses", "silent", "dribbles", "garbage", "ssh", "bye", "busy", "long", "no-ascii", "huge-literal"],
)
def test_a_server_that_is_none_is_told_in_a_sentence(tester: Account, imap: FaultProxy, fault: Fault) -> None:
    imap.always = fault
    error = complaint(by_way_of(tester, imap, timeout=0.5).mailbox())
    assert isinstance(error, MailboxUnavailableError)


def test_an_http_server_at_the_port_of_tls_is_told_in_a_sentence(tester: Account, imap: FaultProxy) -> None:
    imap.always = Fault(answers=0, garbage=b"HTTP/1.1 400 Bad Request\r\n\r\n")
    settings = replace(tester.settings, imap=Server(f"imaps://localhost:{imap.port}", TESTER))
    error = complaint(replace(tester, settings=settings).mailbox())
    assert isinstance(error, MailboxUnusableError)
    assert "does not begin with TLS" in str(error)


def test_nobody_listening_is_told_in_a_sentence(tester: Account, imap: FaultProxy) -> None:
    imap.close()
    error = complaint(by_way_of(tester, imap).mailbox())
    assert isinstance(error, MailboxUnavailableError)
    assert "does not take connections" in str(error)


def test_a_server_that_hides_its_encryption_is_not_told_a_password_unless_it_is_this_computer(
    tester: Account, imap: FaultProxy
) -> None:
    from osync.credentials import Login
    from osync.internet.imap import ImapConnection
    from osync.internet.servers import ServerPlace

    imap.always = Fault(rewrite=plain)
    place = ServerPlace("localhost", imap.port, tls_first=False, plain_text=False)

    def secret() -> str:
        raise AssertionError

    with pytest.raises(MailboxUnusableError, match="does not offer encryption"):
        ImapConnection(place, Login(TESTER, secret), tester.network, bytes)
    mailbox = by_way_of(tester, imap).mailbox()
    assert subjects(mailbox) == []
    mailbox.close()


def test_a_mail_whose_length_is_a_lie_is_passed_over_and_told_and_the_others_are_read(
    tester: Account, pat: InternetMailbox, imap: FaultProxy
) -> None:
    deliver(tester, pat, "One", "Two", "Three")

    with tester.log_in() as connection:
        connection.select("INBOX", readonly=True)
        second = bytes(connection.uid("SEARCH", "ALL")[1][0]).split()[1]

    def lie(piece: bytes) -> bytes:
        return re.sub(rb"(UID " + second + rb" BODY\[\] )\{[0-9]+\}", rb"\1{1}", plain(piece))

    imap.always = Fault(rewrite=lie)
    mailbox = by_way_of(tester, imap).mailbox()
    found, error = as_far_as_it_goes(mailbox)
    assert found == [b"One", b"Three"]
    assert "cannot give 1 of the mails" in str(error)
    mailbox.close()
    imap.always = Fault()
    healed = by_way_of(tester, imap).mailbox()
    assert subjects(healed) == [b"One", b"Two", b"Three"]
    healed.close()


def test_a_folder_that_was_made_anew_is_read_anew_and_nothing_twice_in_it(
    tester: Account, pat: InternetMailbox
) -> None:
    folder = "Calendars & Co/Büro"
    account = replace(tester, settings=replace(tester.settings, folders=("INBOX", folder)))
    wire = '"Calendars &- Co/B&APw-ro"'
    with tester.log_in() as connection:
        connection.create(wire)
        connection.append(wire, "", "", mail("Old").content)
    mailbox = account.mailbox()
    (old,) = mailbox.pending()
    mailbox.settle(old.handle)
    assert subjects(mailbox) == []
    with tester.log_in() as connection:
        connection.delete(wire)
        connection.create(wire)
        connection.append(wire, "", "", mail("New").content)
    (new,) = mailbox.pending()
    assert new.handle != old.handle
    mailbox.settle(old.handle)
    assert subjects(mailbox) == [b"New"]
    mailbox.settle(new.handle)
    assert subjects(mailbox) == []
    with tester.log_in() as connection:
        connection.delete(wire)
    error = complaint(mailbox)
    assert isinstance(error, MailboxUnusableError)
    assert "has no folder 'Calendars & Co/Büro'" in str(error)


def test_a_folder_that_is_missing_does_not_keep_the_others_from_being_read(
    tester: Account, pat: InternetMailbox
) -> None:
    deliver(tester, pat, "One")
    account = replace(tester, settings=replace(tester.settings, folders=("Missing", "INBOX")))
    mailbox = account.mailbox()
    found, error = as_far_as_it_goes(mailbox)
    mailbox.close()
    assert found == [b"One"]
    assert isinstance(error, MailboxUnusableError)


def test_nothing_is_marked_in_the_mailbox(tester: Account, pat: InternetMailbox) -> None:
    deliver(tester, pat, "One")
    mailbox = tester.mailbox()
    for each in mailbox.pending():
        mailbox.settle(each.handle)
    mailbox.close()
    with tester.log_in() as connection:
        connection.select("INBOX", readonly=True)
        _, (flags,) = connection.fetch("1", "(FLAGS)")
    assert flags in (b"1 (FLAGS ())", b"1 (FLAGS (\\Recent))")


def test_a_mail_that_the_user_moves_away_before_it_is_read_is_no_trouble(tester: Account, pat: InternetMailbox) -> None:
    deliver(tester, pat, "One", "Two", "Three")
    mailbox = tester.mailbox()
    mails = mailbox.pending()
    first = next(mails)
    with tester.log_in() as connection:
        connection.select("INBOX")
        connection.store("2", "+FLAGS", "(\\Deleted)")
        connection.expunge()
    assert [subject(first.content), *(subject(each.content) for each in mails)] == [b"One", b"Three"]
    mailbox.close()


def test_a_server_that_is_started_again_in_the_middle_goes_unnoticed(
    mail_bed: MailBed, tester: Account, pat: InternetMailbox
) -> None:
    deliver(tester, pat, "One", "Two", "Three")
    mailbox = tester.mailbox()
    mails = mailbox.pending()
    found = [subject(next(mails).content)]
    mail_bed.restart_imap()
    found += [subject(each.content) for each in mails]
    mail_bed.restart_smtp()
    deliver(tester, pat, "Four")
    assert found + subjects(mailbox)[3:] == [b"One", b"Two", b"Three", b"Four"]
    mailbox.close()


def test_the_first_reading_goes_back_only_so_far(tester: Account) -> None:
    with tester.log_in() as connection:
        for day, text in ((1, "Long ago"), (20, "Lately")):
            told = f'"{day:02}-Nov-2026 12:00:00 +0000"'
            connection.append("INBOX", "", told, mail(text).content)
    settings = replace(tester.settings, look_back_days=10)
    mailbox = replace(tester, settings=settings, now=datetime(2026, 11, 25, 12, tzinfo=UTC)).mailbox()
    assert subjects(mailbox) == [b"Lately"]
    with tester.log_in() as connection:
        connection.append("INBOX", "", '"01-Nov-2026 12:00:00 +0000"', mail("Old, but new here").content)
    assert subjects(mailbox) == [b"Lately", b"Old, but new here"]
    mailbox.close()


def test_a_full_mailbox_sends_the_mail_back(mail_bed: MailBed, pat: InternetMailbox) -> None:
    account = mail_bed.account(PAT)
    account.empty()
    with account.arriving():
        assert pat.send(mail("x" * 30_000, FULL)) == ()
    reader = account.mailbox(Reading(FIELDS, may_concern))
    (bounce,) = reader.pending()
    reader.close()
    report = find_bounce(bounce.content or b"")
    assert report
    (returned,) = report.returned
    assert (returned.address, returned.failure.weight) == (FULL, Weight.SOFT)


def test_mails_that_do_not_concern_osync_are_never_fetched(tester: Account, imap: FaultProxy) -> None:
    heard: list[bytes] = []

    def listen(piece: bytes) -> bytes:
        heard.append(piece)
        return plain(piece)

    imap.always = Fault(rewrite=listen)
    secret = b"From: bob@example.org\r\nSubject: Dinner\r\nContent-Type: text/plain\r\n\r\nThe cake is a secret.\r\n"
    ours = b"From: bob@example.org\r\nSubject: [OSync] Calendar update\r\n\r\nHello\r\n"
    with tester.log_in() as connection:
        for content in (secret, ours, secret):
            connection.append("INBOX", "", "", content)
    mailbox = by_way_of(tester, imap).mailbox(Reading(FIELDS, may_concern))
    (found,) = mailbox.pending()
    assert found.content == ours
    mailbox.settle(found.handle)
    assert list(mailbox.pending()) == []
    mailbox.close()
    said = b"".join(heard)
    assert b"Dinner" in said
    assert b"cake" not in said
    assert said.count(b"Dinner") == 2


def test_a_server_that_sends_us_away_is_quoted(tester: Account, imap: FaultProxy) -> None:
    imap.always = Fault(answers=0, garbage=b"* BYE Too many connections from your address.\r\n")
    error = complaint(by_way_of(tester, imap).mailbox())
    assert "lets nobody in now: Too many connections from your address." in str(error)


def test_an_inbox_that_cannot_be_opened_means_later(tester: Account, imap: FaultProxy) -> None:
    imap.always = Fault(
        rewrite=lambda piece: re.sub(
            rb"(?s).*\r\n(\w+) OK \[READ-ONLY\][^\r]*", rb"\1 NO User is authenticated but not connected.", plain(piece)
        )
    )
    error = complaint(by_way_of(tester, imap).mailbox())
    assert isinstance(error, MailboxUnavailableError)
    assert "does not open the folder INBOX now: User is authenticated but not connected." in str(error)


@pytest.mark.parametrize(
    "fault",
    [Fault(refuse=True), Fault(silent=True), Fault(dribble=0.05), Fault(answers=300), Fault(requests=150)],
    ids=["refuses", "silent", "dribbles", "cut-while-it-speaks", "cut-while-we-speak"],
)
def test_a_mail_that_could_not_leave_leaves_next_time(
    mail_bed: MailBed, tester: Account, smtp: FaultProxy, fault: Fault
) -> None:
    hasty = by_way_of(mail_bed.account(PAT), smtp=smtp, timeout=0.5).mailbox()
    sending = by_way_of(mail_bed.account(PAT), smtp=smtp).mailbox()
    smtp.faults.append(fault)
    with pytest.raises(MailboxUnavailableError) as raised:
        hasty.send(mail("Hello"))
    hasty.close()
    assert SENTENCE.fullmatch(str(raised.value)), str(raised.value)
    with tester.arriving():
        assert sending.send(mail("Hello")) == ()
    sending.close()


@pytest.mark.parametrize("answers", range(500, 1_000, 50))
def test_a_mail_whose_sending_was_cut_off_anywhere_comes_at_least_once(
    mail_bed: MailBed, tester: Account, smtp: FaultProxy, answers: int
) -> None:
    smtp.always = Fault(rewrite=plain)
    smtp.faults.append(Fault(answers=answers, rewrite=plain))
    sending = by_way_of(mail_bed.account(PAT), smtp=smtp).mailbox()
    with tester.arriving():
        for _ in range(2):
            try:
                assert sending.send(mail("Hello")) == ()
            except MailboxUnavailableError:
                continue
            break
    sending.close()


def test_a_header_of_enormous_length_is_read(tester: Account) -> None:
    content = b"From: bob@example.org\r\nSubject: " + b"x" * 1_000_000 + b"\r\nX-OSync: 1\r\n\r\nHello\r\n"
    with tester.log_in() as connection:
        connection.append("INBOX", "", "", content)
    mailbox = tester.mailbox(Reading(FIELDS, may_concern))
    (found,) = mailbox.pending()
    mailbox.close()
    assert found.content == content
