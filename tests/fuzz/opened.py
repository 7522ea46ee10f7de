"""Any file that a person lets `osync open` show, and any message after anything that mail systems do to it."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from fuzz.mutations import mutate_lines
from fuzz.target import Target, harmless
from mail_path.carried import ARRIVES, fate
from mail_path.carried import mail as carried
from mail_path.manglings import MANGLINGS
from mail_path.test_mail_path import FATES
from message.bounce_samples import report
from message.samples import MESSAGES, NONCE, PAT, SHARE, TESTER, TOKEN, counting

from osync.engine.opening import Reader, open_file
from osync.errors import SetMailAsideError
from osync.message.armour import armour
from osync.message.documents import encode
from osync.message.invitation_code import InvitationCode, write_code
from osync.message.mail import Letter, Purpose, compose
from osync.message.seal import seal, seal_for_anyone
from osync.model import Carrier, PrivacyLevel

_READER = Reader(datetime(2026, 11, 23, 9, tzinfo=UTC), lambda: TESTER)
_ARRIVING = sorted(set(MANGLINGS) - set(FATES))
_CARRIERS = list(Carrier)
_LETTER = Letter(
    sender_name="Pat",
    sender_address="pat@example.org",
    recipients=("tester@example.org",),
    purpose=Purpose.UPDATE,
    share=SHARE,
    text="Calendar changes for OSync, nothing to read here.\n",
    blob=b"",
    message_id="<11111111-2222-4333-8444-555555555555@example.org>",
    sent_at=1_784_700_000,
)
_LINES = (
    b"From pat@example.org Mon Nov 23 09:00:00 2026",
    b"osync:1:",
    b"-----BEGIN OSYNC MESSAGE-----",
    b"",
    b"Subject: x",
)


def _check_opened(data: bytes) -> None:
    with suppress(SetMailAsideError):
        shown = open_file(data, _READER)
        assert all(harmless(line) for line in shown.split("\n"))


def _opened_seeds() -> Iterator[bytes]:
    yield carried(Carrier.INLINE)
    yield report()
    yield write_code(
        InvitationCode(PAT.public, PAT.public, SHARE, NONCE, TOKEN, "a@b.org", "club", "Pat", PrivacyLevel.BUSY)
    ).encode()
    for message in MESSAGES:
        yield seal_for_anyone(encode(message), PAT)
        yield armour(seal(encode(message), PAT, [TESTER.public], counting())).encode()
    yield (
        b"From a Mon Nov 23 09:00:00 2026\n"
        + carried(Carrier.TEXT)
        + b"\n\nFrom b Mon Nov 23 09:00:01 2026\n"
        + report()
    )


def _check_mangled(data: bytes) -> None:
    """Let the first two bytes choose what happens to a mail; the rest is its message, which has to arrive."""
    first, second = data[:1] or b"\0", data[1:2] or b"\0"
    carrier, mangling = _CARRIERS[second[0] % len(_CARRIERS)], MANGLINGS[_ARRIVING[first[0] % len(_ARRIVING)]]
    blob = b"OSE1" + data[2:]
    assert fate(mangling(compose(replace(_LETTER, blob=blob, carrier=carrier))), blob) == ARRIVES


def _mangled_seeds() -> Iterator[bytes]:
    for number in range(len(_ARRIVING)):
        yield bytes((number, number % 3)) + bytes(range(5 + number))


TARGETS = (
    Target("opened", _check_opened, _opened_seeds, _LINES, mutate_lines(_LINES), largest=1 << 15),
    Target("mangled", _check_mangled, _mangled_seeds, largest=1 << 12),
)
