"""Sending: every recipient who is refused is told with a reason, and a mail that may go later stays with us."""

from collections.abc import Mapping

import pytest
from beds.fake_smtp import FakeSmtp, fake_smtp

from osync.credentials import Login
from osync.errors import MailboxUnavailableError, MailboxUnusableError, MailDeferredError, OSyncError
from osync.mailboxes.base import OutgoingMail, Refusal
from osync.mailboxes.internet import InternetMailbox, InternetSettings, Reading, Server
from osync.model import World
from osync.network import Network
from osync.notebook import LooseNotebook

CONTENT = b"Subject: Hello\r\n\r\n.\r\n..two dots\r\nFrom here\r\nno end"
ONE, TWO, THREE = "one@example.org", "two@example.org", "three@example.org"


def mailbox(server: FakeSmtp) -> InternetMailbox:
    settings = InternetSettings(Server("imaps://localhost", ""), Server(f"smtp://localhost:{server.port}", ""))
    world = World(lambda: pytest.fail("no clock"), lambda count: pytest.fail("no chance"))
    reading = Reading((), lambda header: True)
    return InternetMailbox(settings, Login("", lambda: ""), Network(timeout=10), LooseNotebook(), world, reading)


def send(server: FakeSmtp, *recipients: str, content: bytes = CONTENT) -> tuple[Refusal, ...]:
    sending = mailbox(server)
    try:
        return sending.send(OutgoingMail("pat@example.org", recipients, content))
    finally:
        sending.close()


def refused(refusals: tuple[Refusal, ...]) -> Mapping[str, str]:
    return {refusal.address: refusal.reason for refusal in refusals}


def test_a_mail_arrives_as_it_is_with_a_line_end_and_its_dots() -> None:
    with fake_smtp() as server:
        assert send(server, ONE, TWO) == ()
        assert server.mails == [CONTENT + b"\r\n"]
        assert server.heard == [
            "ehlo [127.0.0.1]",
            f"MAIL FROM:<pat@example.org> SIZE={len(CONTENT)}",
            f"RCPT TO:<{ONE}>",
            f"RCPT TO:<{TWO}>",
            "DATA",
            "QUIT",
        ]


def test_a_recipient_who_is_refused_is_told_with_what_the_server_said() -> None:
    with fake_smtp(**{f"RCPT TO:<{TWO}>": "550-5.1.1 no\r\n550 5.1.1 such user\x07"}) as server:
        assert refused(send(server, ONE, TWO)) == {
            TWO: f"The mail server does not take mail for {TWO}: 550 5.1.1 no 5.1.1 such user."
        }
        assert len(server.mails) == 1


def test_nobody_is_sent_a_mail_if_all_are_refused() -> None:
    with fake_smtp(RCPT="550 no") as server:
        assert list(refused(send(server, ONE, TWO))) == [ONE, TWO]
        assert server.mails == []


def test_those_who_are_too_many_at_a_time_get_the_mail_next() -> None:
    with fake_smtp(**{f"RCPT TO:<{THREE}>": ["452 4.5.3 too many recipients", "250 fine"]}) as server:
        assert send(server, ONE, TWO, THREE) == ()
        assert len(server.mails) == 2


def test_those_who_are_left_are_told_if_the_server_then_takes_no_more_and_the_others_do_not_get_it_twice() -> None:
    with fake_smtp(MAIL=["250 fine", "451 not now"], **{f"RCPT TO:<{TWO}>": "452 4.5.3 too many"}) as server:
        refusals = refused(send(server, ONE, TWO, THREE))
        assert list(refusals) == [TWO, THREE]
        assert "451 not now" in refusals[TWO]
        assert len(server.mails) == 1


def test_a_mail_that_nobody_may_get_now_stays_with_us() -> None:
    with fake_smtp(RCPT="450 4.2.0 greylisted") as server:
        with pytest.raises(MailDeferredError, match=r"does not take a mail now: 450 4\.2\.0 greylisted"):
            send(server, ONE, TWO)
        assert server.mails == []


def test_one_who_may_get_it_later_does_not_keep_it_from_the_others() -> None:
    with fake_smtp(**{f"RCPT TO:<{TWO}>": "450 4.2.0 greylisted"}) as server:
        assert list(refused(send(server, ONE, TWO))) == [TWO]
        assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("answers", "what"),
    [
        ({"(greeting)": "554 go away"}, "554 go away"),
        ({"(greeting)": "421 busy"}, "421 busy"),
        ({"(greeting)": ""}, "hung up"),
        ({"(greeting)": "\xff\xfe\x00"}, "-1"),
        ({"EHLO": ""}, "hung up"),
        ({"MAIL": "421 shutting down"}, "421 shutting down"),
        ({"MAIL": "451 try later"}, "451 try later"),
        ({"RCPT": "421 shutting down"}, "421 shutting down"),
        ({"DATA": "451 try later"}, "451 try later"),
        ({"DATA": ""}, "hung up"),
        ({"(mail)": "451 try later"}, "451 try later"),
        ({"(mail)": ""}, "hung up"),
        ({"(mail)": "250-" + "x" * 200_000}, "understand"),
    ],
    ids=[
        "unwilling",
        "busy",
        "mute",
        "no-smtp",
        "gone",
        "closing",
        "ill",
        "closing-late",
        "no-mail",
        "gone-late",
        "after-all",
        "gone-after-all",
        "unreadable",
    ],
)
def test_a_server_in_trouble_means_later(answers: dict[str, str], what: str) -> None:
    with fake_smtp(**answers) as server:
        with pytest.raises(MailboxUnavailableError) as raised:
            send(server, ONE)
        assert what in str(raised.value)
        assert str(raised.value).isprintable()


@pytest.mark.parametrize("command", ["DATA", "(mail)"])
def test_a_mail_that_a_server_refuses_for_good_is_refused_for_all(command: str) -> None:
    with fake_smtp(**{command: "554 5.7.1 looks like spam", f"RCPT TO:<{TWO}>": "550 no"}) as server:
        refusals = refused(send(server, ONE, TWO))
        assert sorted(refusals) == [ONE, TWO]
        assert "looks like spam" in refusals[ONE]


def test_a_sender_who_is_refused_is_what_the_user_has_to_mend() -> None:
    expected = pytest.raises(
        MailboxUnusableError, match=r"does not let pat@example\.org send: 553 5\.7\.1 not your address"
    )
    with fake_smtp(MAIL="553 5.7.1 not your address") as server, expected:
        send(server, ONE)


def test_a_mail_that_is_too_large_is_not_even_tried() -> None:
    with fake_smtp() as server:
        refusals = refused(send(server, ONE, TWO, content=b"x" * 1_001))
        assert refusals == dict.fromkeys(
            (ONE, TWO), "The mail has 1,001 bytes, and the mail server takes 1,000 at most."
        )
        assert not any(command.startswith("MAIL") for command in server.heard)


def test_a_server_that_finds_a_mail_too_large_refuses_it_for_all() -> None:
    with fake_smtp(MAIL="552 5.3.4 too big") as server:
        assert list(refused(send(server, ONE, TWO))) == [ONE, TWO]


def test_letters_beyond_ascii_travel_where_the_server_knows_them() -> None:
    with fake_smtp(EHLO="250-fake\r\n250 SMTPUTF8") as server:
        assert send(server, "jürgen@bücher.example") == ()
        assert "MAIL FROM:<pat@example.org> SMTPUTF8" in server.heard
        assert "RCPT TO:<jürgen@xn--bcher-kva.example>" in server.heard


def test_letters_beyond_ascii_before_the_at_are_refused_elsewhere_and_in_the_domain_they_are_written_otherwise() -> (
    None
):
    with fake_smtp() as server:
        refusals = refused(send(server, "jürgen@example.org", "joe@bücher.example"))
        assert list(refusals) == ["jürgen@example.org"]
        assert "RCPT TO:<joe@xn--bcher-kva.example>" in server.heard


@pytest.mark.parametrize(
    "address",
    [
        "",
        "x",
        "@",
        "a@",
        "@b",
        "a b@example.org",
        "a@b>\r\nDATA",
        "<a@example.org>",
        "a@b@c d",
        "a\x00@example.org",
        "a@exa mple.org",
    ],
)
def test_what_is_no_address_is_refused_and_never_said(address: str) -> None:
    with fake_smtp() as server:
        (refusal,) = send(server, address)
        assert refusal.address == address
        assert server.heard == []


def test_a_connection_that_went_away_between_two_mails_is_opened_again() -> None:
    with fake_smtp(RSET="") as server:
        sending = mailbox(server)
        for _ in range(2):
            assert sending.send(OutgoingMail("pat@example.org", (ONE,), CONTENT)) == ()
        sending.close()
        assert len(server.mails) == 2


def test_nobody_is_named_who_is_not_asked_for() -> None:
    with fake_smtp() as server, pytest.raises(OSyncError, match="cannot stand in a mail"):
        mailbox(server).send(OutgoingMail("pat", (ONE,), CONTENT))
