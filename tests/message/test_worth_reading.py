"""Mails that may concern OSync are told from the others by their header, and in doubt they are read."""

from pathlib import Path

import pytest

from osync.message.worth_reading import may_concern

MAILMAN = Path(__file__).parents[1] / "data" / "mailman"


@pytest.mark.parametrize(
    "header",
    [
        "From: bob@example.org\r\nSubject: Dinner",
        "From: bob@example.org\r\nSubject: Dinner\r\nContent-Type: text/plain; charset=utf-8",
        "From: bob@example.org\r\nSubject: Re: Dinner\r\nContent-Type: text/html\r\nIn-Reply-To: <1@example.org>",
        "From: shop@example.org\r\nSubject: News\r\nContent-Type: multipart/alternative; boundary=x\r\nList-Id: <shop>",
    ],
)
def test_what_people_write_without_attachments_is_not_worth_it(header: str) -> None:
    assert not may_concern(f"{header}\r\n\r\n".encode())


@pytest.mark.parametrize(
    "header",
    [
        "",
        "no header at all",
        "From: bob@example.org\r\nX-OSync: 1",
        "From: bob@example.org\r\nSubject: [OSync] Calendar update",
        "From: bob@example.org\r\nSubject: Re: [Choir] =?utf-8?Q?[OS?=\r\n =?utf-8?Q?ync]_Calendar_reply?=",
        "From: bob@example.org\r\nSubject: osync leave aaaaaaaaaaaaaaaaaaaaaaaaaa",
        "From: bob@example.org\r\nSubject: Re: Choir\r\nReferences: <k7qabc@osync.invalid>",
        "From: bob@example.org\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=x",
        "From: bob@example.org\r\nSubject: x\r\nContent-Type: MULTIPART/Signed; boundary=x",
        "From: bob@example.org\r\nSubject: x\r\nContent-Type: application/ms-tnef",
        "From: bob@example.org\r\nSubject: Choir Digest, Vol 3\r\nContent-Type: text/plain\r\nList-Post: <mailto:a@b>",
        "From: Mail Delivery System <MAILER-DAEMON@example.org>\r\nSubject: Undelivered",
        "From: x@example.org\r\nReturn-Path: <>\r\nSubject: Returned",
        "From: x@example.org\r\nX-Failed-Recipients: a@b\r\nSubject: Returned",
    ],
)
def test_what_may_concern_osync_is_worth_it(header: str) -> None:
    assert may_concern(f"{header}\r\n\r\n".encode())


@pytest.mark.parametrize("mail", sorted(MAILMAN.rglob("*.eml")), ids=lambda mail: f"{mail.parent.name}-{mail.stem}")
def test_whatever_a_mailing_list_makes_of_a_mail_of_osync_it_is_worth_it(mail: Path) -> None:
    header = mail.read_bytes().replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    assert may_concern(header + b"\n\n")
    without_mark = b"\n".join(line for line in header.split(b"\n") if not line.lower().startswith(b"x-osync"))
    assert may_concern(without_mark + b"\n\n")
