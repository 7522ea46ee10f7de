"""Reports of mail systems, which anybody can forge: read without an error, in bounded words, whatever their lines end with."""

from collections.abc import Iterator

from fuzz.mutations import mutate_lines
from fuzz.target import Target, harmless
from message.bounce_samples import OUR_ID, PEER, report

from osync.message.automatic import why_automatic
from osync.message.bounce import MAX_FAILURES, MAX_MESSAGE_IDS, find_bounce

_LINES = (
    *(
        b"Final-Recipient: rfc822; tester@example.net",
        b"Action: failed",
        b"Action: delayed",
        b"Status: 5.2.2",
        b"Status: 4.7.1",
    ),
    *(
        b"Diagnostic-Code: smtp; 552 5.3.4 too large",
        b"Original-Recipient: rfc822;a@example.net",
        f"Message-ID: {OUR_ID}".encode(),
    ),
    *(b"Content-Type: message/delivery-status", b"Content-Type: text/rfc822-headers", b"--AAA.1/mx.example.org", b""),
    *(b"X-Failed-Recipients: tester@example.net", b"From: MAILER-DAEMON@x", b"Return-Path: <>", b"In-Reply-To: <a@b>"),
    *(
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x",
        b"--x",
        b"Precedence: bulk",
        b"List-Id: a",
    ),
)
_SHOWN = 200


def _check(data: bytes) -> None:
    why = why_automatic(data)
    assert harmless(why)
    found = find_bounce(data)
    if data.count(b"\r\n") == data.count(b"\r"):
        assert find_bounce(data.replace(b"\r\n", b"\n")) == found
    if found is None:
        return
    assert len(found.message_ids) <= MAX_MESSAGE_IDS
    assert len(found.returned) <= MAX_FAILURES
    for each in found.returned:
        assert len(each.failure.words) <= _SHOWN
        assert harmless(each.failure.words)
        assert not set(each.address + each.asked) & set("\r\n\0 <>")


def _seeds() -> Iterator[bytes]:
    yield report()
    yield report("4.2.2", "smtp; 452 4.2.2 Mailbox full", action="delayed")
    yield report("5.3.4", "smtp; 552 message too large", asked=PEER).replace(b"\n", b"\r\n")
    yield report(returned=f"Content-Type: text/rfc822-headers\n\nMessage-ID: {OUR_ID}\n")
    yield (
        f"From: MAILER-DAEMON@example.org\nSubject: failure notice\n\nHi. This is the qmail-send program.\n\n<{PEER}>:\n"
        f"User unknown 550 5.1.1\n\n--- Below this line is a copy of the message.\n\nMessage-ID: {OUR_ID}\n"
    ).encode()


TARGETS = (Target("bounce", _check, _seeds, _LINES, mutate_lines(_LINES), largest=1 << 15),)
