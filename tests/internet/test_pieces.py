"""The pure pieces of mail on the internet: sets of numbers, folders' names, answers of servers, ways to sign in."""

import base64
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osync.errors import ConfigurationError
from osync.internet.fetched import fetched_mails
from osync.internet.folder_names import quoted_folder
from osync.internet.sasl import LoginWords, bearer_mechanisms, password_mechanisms
from osync.internet.scram import Scram
from osync.internet.servers import read_place
from osync.internet.uid_sets import of_numbers, read_uid_set

NUMBERS = st.sets(st.integers(1, 60))


@given(NUMBERS, NUMBERS, st.integers(0, 60))
def test_a_set_of_numbers_is_what_it_says(some: set[int], others: set[int], bound: int) -> None:
    one, other = of_numbers(some), of_numbers(others)
    assert one.first(100) == sorted(some)
    assert len(one) == len(some)
    assert read_uid_set(str(one)) == one
    assert one.joined(other).first(200) == sorted(some | others)
    assert one.without(others).first(100) == sorted(some - others)
    assert one.above(bound).first(100) == one.first(100, above=bound) == sorted(uid for uid in some if uid > bound)
    assert all((uid in one) == (uid in some) for uid in range(62))
    assert one.last == max(some, default=0)
    assert all(high + 1 < low for (_, high), (low, _) in pairwise(one.ranges))


def test_a_hundred_thousand_numbers_in_a_row_are_written_shortly() -> None:
    assert str(of_numbers(range(1, 100_001)).without([7])) == "1:6,8:100000"


@pytest.mark.parametrize("text", ["0", "1:0", "a", "1:2:3", "4294967296", "1,,x", "-1"])
def test_what_is_no_set_of_numbers_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_uid_set(text)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("INBOX", '"INBOX"'),
        ("~peter/mail/台北/日本語", '"~peter/mail/&U,BTFw-/&ZeVnLIqe-"'),
        ("Fish & Chips", '"Fish &- Chips"'),
        ("Entwürfe", '"Entw&APw-rfe"'),
        ('a"b\\c', '"a\\"b\\\\c"'),
        ("😀", '"&2D3eAA-"'),
    ],
)
def test_folders_are_named_in_modified_utf_7(name: str, written: str) -> None:
    assert quoted_folder(name) == written


@pytest.mark.parametrize("name", ["", "a\r\nb", "a\x00"])
def test_a_name_that_is_no_line_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        quoted_folder(name)


def test_an_answer_is_read_whatever_the_order_and_the_form_of_its_parts() -> None:
    pieces = [
        (b'1 (UID 5 RFC822.SIZE 44 FLAGS (\\Seen "x") BODY[HEADER.FIELDS ("SUBJECT" FROM)] {5}', b"a)b\r\n"),
        b")",
        (b"2 (BODY[]<0> {3}", b"abc"),
        b" UID 6)",
        b'3 (UID 7 BODY[HEADER.FIELDS (SUBJECT)] "quo\\"ted" RFC822.SIZE NIL)',
        b"4 (FLAGS (\\Seen))",
        None,
        (b"5 (UID 8 BODY[] ~{2}", b"xy"),
        (b" BODY[HEADER] {1}", b"h"),
        b" RFC822.SIZE 9)",
    ]
    found = {mail.uid: (mail.number("RFC822.SIZE"), dict(mail.values)) for mail in fetched_mails(pieces)}
    assert list(found) == [5, 6, 7, 8]
    assert found[5][0] == 44
    assert found[5][1]["HEADER"] == b"a)b\r\n"
    assert found[6][1]["BODY[]"] == b"abc"
    assert found[7] == (0, {"UID": b"7", "HEADER": b'quo"ted', "RFC822.SIZE": b""})
    assert (found[8][0], found[8][1]["BODY[]"], found[8][1]["HEADER"]) == (9, b"xy", b"h")


@given(st.lists(st.one_of(st.binary(max_size=40), st.tuples(st.binary(max_size=40), st.binary(max_size=9)))))
def test_hostile_answers_are_read_or_refused(pieces: list[bytes | tuple[bytes, bytes]]) -> None:
    try:
        for mail in fetched_mails(pieces):
            assert mail.uid >= 0
    except ValueError:
        pass


def test_scram_is_that_of_the_examples_of_its_rfcs() -> None:
    for algorithm, nonce, salt, rest, proof, verifier in (
        (
            "sha1", "fyko+d2lbbFgONRv9qkxdawL", "QSXCR+Q6sek8bf92", "3rfcNHYJY1ZVvWVs7j",
            "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "rmF9pqV8S7suAoZWja4dJRkFsKQ=",
        ),
        (
            "sha256", "rOprNGfwEbeRWgbNEkqO", "W22ZaJ0SNY7soEsUEjb6gQ==", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
            "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
        ),
    ):  # fmt: skip
        scram = Scram(algorithm, "user", "pencil", base64.b64decode(nonce))
        assert scram.first() == f"n,,n=user,r={nonce}".encode()
        challenge = f"r={nonce}{rest},s={salt},i=4096".encode()
        assert scram.answer(challenge) == f"c=biws,r={nonce}{rest},p={proof}".encode()
        assert scram.answer(f"v={verifier}".encode()) == b""
        impostor = Scram(algorithm, "user", "pencil", base64.b64decode(nonce))
        impostor.answer(b"")
        impostor.answer(challenge)
        with pytest.raises(ValueError, match="does not know the password"):
            impostor.answer(b"v=AAAA")


@pytest.mark.parametrize(
    "challenge",
    [
        b"r=other,s=QSXCR+Q6sek8bf92,i=4096",
        b"r=AAAA,s=,i=4096",
        b"r=AAAAx,s=QQ==,i=1",
        b"r=AAAAx,s=QQ==,i=999999999",
        b"\xff",
        b"e=no",
    ],
)
def test_a_challenge_of_scram_that_is_none_or_too_weak_is_refused(challenge: bytes) -> None:
    scram = Scram("sha256", "user", "pencil", b"\0\0\0")
    scram.first()
    with pytest.raises(ValueError, match=r"."):
        scram.answer(challenge)


def test_a_password_beyond_ascii_is_not_used_with_scram() -> None:
    assert [each.name for each in password_mechanisms("pat", "pässword", bytes)] == ["PLAIN", "LOGIN"]
    assert password_mechanisms("pat", "pässword", bytes)[0].first() == "\0pat\0pässword".encode()


def test_the_words_of_login_are_user_and_password() -> None:
    words = LoginWords("pat", "secret")
    assert [words.answer(challenge) for challenge in (b"User Name\0", b"?", b"")] == [
        b"pat", b"secret", b"",
    ]  # fmt: skip


def test_a_token_is_told_once_and_a_refusal_of_it_is_ended() -> None:
    standard, older = bearer_mechanisms("pat,=@example.org", "TOKEN", "imap.example.org", 993)
    assert standard.first() == (
        b"n,a=pat=2C=3D@example.org,\x01host=imap.example.org\x01port=993\x01auth=Bearer TOKEN\x01\x01"
    )
    assert standard.answer(b'{"status":"invalid_token"}') == b"\x01"
    assert older.answer(b"") == b"user=pat,=@example.org\x01auth=Bearer TOKEN\x01\x01"
    assert older.answer(b'{"status":"401"}') == b""


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("imaps://imap.example.org", ("imap.example.org", 993, True, False)),
        ("imap://imap.example.org", ("imap.example.org", 143, False, False)),
        ("imaps://[::1]:9993", ("::1", 9993, True, True)),
        ("imap://LOCALHOST:1143/", ("localhost", 1143, False, True)),
    ],
)
def test_servers_are_named_by_urls(url: str, place: tuple[str, int, bool, bool]) -> None:
    read = read_place(url, ("imaps", "imap"), "location", plain_text=False)
    assert (read.host, read.port, read.tls_first, read.plain_text) == place


@pytest.mark.parametrize(
    "url",
    [
        "",
        "imap.example.org",
        "https://example.org",
        "imaps://",
        "imaps://user@host",
        "imaps://host/x",
        "imaps://h:x",
        "imaps://h:99999",
        "imaps://a b",
    ],
)
def test_what_is_no_server_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"location in .* is no mail server"):
        read_place(url, ("imaps", "imap"), "location", plain_text=False)
