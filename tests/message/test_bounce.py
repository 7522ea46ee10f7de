"""Reports about mails that did not arrive are understood in every form that people meet, and nothing else is taken for one."""

import base64
import re
import time

import pytest
from corpus_files import corpus_root
from hypothesis import given
from hypothesis import strategies as st
from message.bounce_samples import (
    EXCHANGE,
    EXCHANGE_5,
    EXIM,
    EXIM_LATER,
    GMAIL,
    OUR_ID,
    PEER,
    QMAIL,
    READ_RECEIPT,
    RETURNED_HEADER,
    SENDMAIL,
    UNKNOWN,
    VACATION,
    report,
)
from message.test_mail import MAIL
from stopwatch import seconds

from osync.message.automatic import why_automatic
from osync.message.bounce import MAX_FAILURES, MAX_MESSAGE_IDS, Bounce, find_bounce
from osync.message.failure import Weight, failure_in_words, failure_of_report
from osync.message.header import Field, header_blocks, read_header


def found(mail: bytes) -> Bounce:
    bounce = find_bounce(mail)
    assert bounce is not None
    return bounce


def test_a_report_tells_which_mail_did_not_reach_whom_and_why() -> None:
    bounce = found(report())
    assert bounce.message_ids == (OUR_ID,)
    assert bounce.formal
    [returned] = bounce.returned
    assert (returned.address, returned.asked) == (PEER, "")
    assert (returned.failure.weight, returned.failure.status) == (Weight.HARD, "5.1.1")
    assert returned.failure.words == UNKNOWN


@pytest.mark.parametrize("line_end", [b"\r\n", b"\r"])
def test_line_ends_do_not_matter(line_end: bytes) -> None:
    for mail in (report(), EXIM, QMAIL, EXCHANGE):
        assert found(mail.replace(b"\n", line_end)) == found(mail)


def test_the_address_that_was_asked_for_is_told_where_a_mail_was_passed_on() -> None:
    [returned] = found(report(address="other@example.com", asked=PEER)).returned
    assert (returned.address, returned.asked) == ("other@example.com", PEER)


@pytest.mark.parametrize(
    ("mail", "weight", "formal"),
    [
        (EXCHANGE, Weight.TOO_LARGE, True),
        (EXCHANGE_5, Weight.HARD, False),
        (EXIM, Weight.POLICY, False),
        (EXIM_LATER, Weight.SOFT, False),
        (QMAIL, Weight.HARD, False),
        (GMAIL, Weight.SOFT, True),
        (SENDMAIL, Weight.TOO_LARGE, True),
    ],
    ids=["Exchange", "Exchange 5.5", "Exim", "Exim, delayed", "qmail", "Gmail", "sendmail"],
)
def test_the_reports_of_other_mail_systems_are_understood(mail: bytes, weight: Weight, formal: bool) -> None:
    bounce = found(mail)
    assert OUR_ID in bounce.message_ids
    assert bounce.formal is formal
    [returned] = bounce.returned
    assert (returned.address, returned.failure.weight) == (PEER, weight)


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", "Delayed (still trying)"])
def test_a_mail_that_is_late_or_arrived_counts_as_none_that_came_back(action: str) -> None:
    assert found(report("4.4.1", action=action)).returned == ()


@pytest.mark.parametrize("mail", [VACATION, READ_RECEIPT, MAIL, b"", b"\0", b"From: pat@example.org\n\nHello.\n"])
def test_other_mails_are_no_reports(mail: bytes) -> None:
    assert find_bounce(mail) is None


def test_a_mail_of_a_mail_system_that_returns_nothing_is_no_report() -> None:
    assert find_bounce(b"From: postmaster@example.org\n\nThe server is down tonight. 550 5.1.1\n") is None


@pytest.mark.parametrize(
    ("status", "diagnostic", "weight"),
    [
        ("5.1.1", "", Weight.HARD),
        ("5.1.0", "", Weight.HARD),
        ("5.1.10", "smtp; 550 5.1.10 RESOLVER.ADR.RecipientNotFound", Weight.HARD),
        ("5.2.1", "", Weight.HARD),
        ("5.2.2", "smtp; 552 5.2.2 Mailbox full", Weight.SOFT),
        ("5.2.3", "", Weight.TOO_LARGE),
        ("5.3.4", "", Weight.TOO_LARGE),
        ("5.4.1", "smtp; 550 5.4.1 Recipient address rejected: Access denied", Weight.HARD),
        ("5.4.4", "X-Postfix; Host or domain name not found", Weight.HARD),
        ("5.4.7", "", Weight.SOFT),
        ("5.7.1", "smtp; 550 5.7.1 rejected", Weight.POLICY),
        ("5.7.0", "", Weight.POLICY),
        ("5.7.606", "smtp; 550 5.7.606 Access denied, banned sending IP", Weight.POLICY),
        ("4.4.7", "smtp; 550 4.4.7 expired", Weight.SOFT),
        ("4.1.1", "", Weight.SOFT),
        ("5.0.0", "smtp; 550 5.1.1 no", Weight.HARD),
        ("5.0.0", "smtp; 550 no such user", Weight.HARD),
        ("5.5.0", "smtp; 550 Requested action not taken: mailbox unavailable", Weight.HARD),
        ("5.0.0", "smtp; 550 go away", Weight.HARD),
        ("5.0.0", "smtp; 550-Blocked: see https://list.example/1", Weight.POLICY),
        ("5.0.0", "smtp; 552 message too large", Weight.TOO_LARGE),
        ("5.0.0", "smtp; 552 over quota", Weight.SOFT),
        ("5.0.0", "smtp; 554 transaction failed", Weight.SOFT),
        ("5.0.0", "smtp; 451 later", Weight.SOFT),
        ("5.0.0", "", Weight.SOFT),
        ("", "smtp; 550 5.1.1 unknown", Weight.HARD),
        ("", "", Weight.SOFT),
        ("five", "a word", Weight.SOFT),
        ("4.0.0", "smtp; 550 user unknown", Weight.SOFT),
        ("2.0.0", "", Weight.SOFT),
        ("5.1.1.1", "", Weight.SOFT),
    ],
)
def test_codes_and_words_tell_how_much_a_refusal_weighs(status: str, diagnostic: str, weight: Weight) -> None:
    assert failure_of_report(status, diagnostic).weight is weight


def test_what_people_are_shown_is_one_short_line_without_links_and_hidden_marks() -> None:
    said = "smtp; 550 5.1.1 no\n such \u202euser\x1b[31m, see HTTPS://evil.example/x?y=z " + "a" * 1000
    words = failure_of_report("5.1.1", said).words
    assert words.startswith("550 5.1.1 no such user[31m, see [link] aaa")
    assert len(words) <= 200
    assert words.isprintable()


def test_a_text_that_reports_nothing_has_no_failure() -> None:
    assert failure_in_words("Good morning to everybody.") is None
    later = failure_in_words("It will be retried, a temporary failure.")
    assert later is not None
    assert later.weight is Weight.SOFT


def test_the_returned_mail_is_found_deeper_inside_and_in_any_encoding() -> None:
    encoded = base64.encodebytes(f"{RETURNED_HEADER}\nThe text.\n".encode()).decode()
    mails = [
        report(returned=f"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{encoded}"),
        report(returned=f"Content-Type: message/global-headers\n\n{RETURNED_HEADER}"),
        report(
            returned="Content-Type: multipart/mixed; boundary=in\n\n--in\nContent-Type: message/rfc822\n\n"
            f"{RETURNED_HEADER}\n--in--\n"
        ),
        report(returned=f"Content-Type: text/plain\n\nOriginal message headers:\n\n{RETURNED_HEADER}"),
        report(returned="Content-Type: text/plain\n\n> Message-ID:\n>  none\n", header=f"In-Reply-To: {OUR_ID}\n"),
    ]
    for mail in mails:
        assert found(mail).message_ids == (OUR_ID,)


def test_an_id_of_exchange_does_not_hide_ours() -> None:
    replaced = (
        RETURNED_HEADER.replace("Message-ID:", "X-Microsoft-Original-Message-ID:") + "Message-ID: <E@o.example>\n"
    )
    assert found(report(returned=f"Content-Type: message/rfc822\n\n{replaced}")).message_ids == (
        "<E@o.example>",
        OUR_ID,
    )


def test_a_report_of_several_addresses_tells_each() -> None:
    block = "\n\nFinal-Recipient: rfc822; other@example.net\nAction: failed\nStatus: 4.2.2\n\n--AAA"
    text = (
        report()
        .decode()
        .replace("\n\n--AAA.1/mx.example.org\nContent-Description: Und", block + ".1/mx.example.org\nC-D: Und")
    )
    weights = {each.address: each.failure.weight for each in found(text.encode()).returned}
    assert weights == {PEER: Weight.HARD, "other@example.net": Weight.SOFT}


def test_work_is_bounded_for_hostile_reports() -> None:
    ids = "".join(f"Message-ID: <{number}@x>\n" for number in range(5_000))
    blocks = "Final-Recipient: rfc822; a@b\nAction: failed\n\n" * 5_000
    hostile = [
        report(returned="Content-Type: message/rfc822\n\n" + ids),
        report().replace(b"Reporting-MTA", blocks.encode() + b"Reporting-MTA"),
        report(diagnostic="smtp; " + "5.1.1 " * 400_000),
        report(diagnostic="smtp; " + "message " * 400_000),
        report(address="a@" * 500_000),
        EXIM.replace(b"  tester", b"x" * 3_000_000 + b"\n  tester"),
        QMAIL.replace(b"<tester", b"<" * 3_000_000 + b"\n<tester"),
        report(returned="Content-Type: text/plain\n\n" + " " * 3_000_000 + "Message-ID:" * 100_000),
        report(header="X: " + "\n " * 1_000_000 + "\n"),
    ]
    for mail in hostile:
        began = time.perf_counter()
        bounce = find_bounce(mail)
        assert time.perf_counter() - began < seconds(1)
        if bounce:
            assert len(bounce.message_ids) <= MAX_MESSAGE_IDS
            assert len(bounce.returned) <= MAX_FAILURES


def test_parts_that_nest_too_deep_are_no_report() -> None:
    inner = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(40))
    assert (
        find_bounce(f"From: postmaster@x\nContent-Type: multipart/report; boundary=r\n\n--r\n{inner}".encode()) is None
    )


@given(st.binary(max_size=300), st.integers(0, 3000), st.integers(0, 300))
def test_no_input_breaks_the_reader(noise: bytes, at: int, cut: int) -> None:
    for mail in (report(), EXIM, GMAIL):
        find_bounce(mail[:at] + noise + mail[at + cut :])
        why_automatic(noise + mail[cut:])


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("Auto-Submitted: auto-replied", "it is marked as auto-replied"),
        ("auto-submitted: Auto-Generated; owner=x", "it is marked as auto-generated"),
        ("Auto-Submitted: \x1b[31mred\x07", "it is marked as 31mred"),
        ("Precedence: bulk", "its precedence is bulk"),
        ("List-Id: <club.example.org>", "a mailing list passed it on"),
        ("Return-Path: <>", "it names nobody to answer to"),
        ("Return-Path: < >", "it names nobody to answer to"),
        ("Content-Type: multipart/report; boundary=x", "it is a report of a mail system"),
        ("X-Autoreply: yes", "it bears the mark x-autoreply"),
        ("X-Auto-Response-Suppress: All", "it bears the mark x-auto-response-suppress"),
        ("From: MAILER-DAEMON (the mail system)", "a mail system wrote it"),
        ('From: "Mail" <Postmaster@example.org>', "a mail system wrote it"),
    ],
)
def test_a_mail_of_a_program_is_told_from_one_of_a_person(header: str, reason: str) -> None:
    assert why_automatic(f"{header}\nSubject: Hello\n\nText.\n".encode()) == reason


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: no",
        "Auto-Submitted: No (a person)".replace(" (a person)", ""),
        "Precedence: normal",
        "Return-Path: <tester@example.net>",
        "Subject: Out of office",
        "From: The Postmasters <club@example.org>",
        "Content-Type: multipart/mixed; boundary=x",
    ],
)
def test_a_mail_of_a_person_is_not_called_automatic(header: str) -> None:
    assert why_automatic(f"{header}\n\nAuto-Submitted: auto-replied\n".encode()) == ""


def test_real_mails_of_calendar_programs_are_no_reports() -> None:
    mails = sorted(corpus_root().rglob("*.eml"))
    assert len(mails) >= 5
    assert [mail.name for mail in mails if find_bounce(mail.read_bytes())] == []


def test_a_header_is_read_field_by_field_whatever_stands_in_it() -> None:
    text = b"From me Mon 09:00\nA: 1\r\n  2\nno field\nB\t: x\n: y\nA:\xff\n\nC: 3\n"
    header = read_header(text)
    assert header.fields == (Field("a", "1 2"), Field("b", "x"), Field("a", "\ufffd"))
    assert (header.all("a"), header.first("c")) == (["1 2", "\ufffd"], "")
    assert [block.first("c") for block in header_blocks(text)] == ["", "3"]
    assert read_header(b"").fields == ()
    assert re.fullmatch(r"[a-z-]+", header.fields[0].name)
