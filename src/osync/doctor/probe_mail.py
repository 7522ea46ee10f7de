"""The mails that the doctor sends to the user, one for each way to carry a message, and what the way made of them. Pure.

The message in them is encrypted to a key that nobody has: a sync that meets one left behind finds that it is not for us.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from osync.doctor.findings import Finding, bad, good, notice
from osync.errors import NoMessageError
from osync.message.identity import new_identity
from osync.message.mail import Letter, Purpose, compose, find_blobs, new_message_id
from osync.message.seal import seal
from osync.model import Carrier

_RECEIVED = re.compile(
    rb"^Received:(?:[^\r\n]|\r?\n[ \t])*;([^;\r\n]*(?:\r?\n[ \t][^;\r\n]*)*)", re.IGNORECASE | re.MULTILINE
)
_HEADER = 50_000
_SKEW = 300
_SIZE = 6_000
WORDS = {Carrier.ATTACH: "a file", Carrier.TEXT: "a text file", Carrier.INLINE: "text in the mail"}
"""How people call each way."""


@dataclass(frozen=True, slots=True)
class ProbeMail:
    """One mail on its way: how it carries its message, the message, a word that finds it, and its content."""

    carrier: Carrier
    blob: bytes
    word: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Arrival:
    """What arrived of a probe, and how many seconds after it was sent."""

    probe: ProbeMail
    content: bytes
    seconds: float


def probe_mails(name: str, address: str, now: int, random_bytes: Callable[[int], bytes]) -> Iterator[ProbeMail]:
    """Write one mail for each carrier, from the user to the user."""
    for carrier in Carrier:
        word = f"probe-{random_bytes(12).hex()}"
        blob = seal(random_bytes(_SIZE), new_identity(random_bytes), [new_identity(random_bytes).public], random_bytes)
        text = f"The OSync doctor tries the way of mails: {word}\n\nYou may delete this mail.\n"
        letter = Letter(
            name, address, (address,), Purpose.PROBE, "doctor", text, blob,
            new_message_id(address, random_bytes), now, carrier,
        )  # fmt: skip
        yield ProbeMail(carrier, blob, word, compose(letter))


def is_arrival_of(probe: ProbeMail, content: bytes) -> bool:
    """Tell whether a mail is this probe, even if it was changed on the way."""
    return probe.word.encode() in content or _is_whole(probe, content)


def judge_mails(sent: list[ProbeMail], arrived: list[Arrival], waited: float) -> Iterator[Finding]:
    """Say what became of each probe, `waited` seconds after the last one was sent."""
    for probe in sent:
        found = next((each for each in arrived if each.probe is probe), None)
        yield _judge(probe, found, waited)
    intact = [each.probe.carrier for each in arrived if _is_whole(each.probe, each.content)]
    if intact and Carrier.ATTACH not in intact:
        yield notice(
            "mail",
            "OSync's usual way, a file, does not work here, but another one does.",
            f"Make your shares with: osync share new … --carrier {intact[0].value}",
        )


def judge_clock(arrived: list[Arrival], sent_at: int) -> Iterator[Finding]:
    """Compare our clock with that of the mail server that stamped a probe (RFC 5321 section 4.4)."""
    for arrival in arrived:
        stamped = _stamped_at(arrival.content)
        if stamped is None:
            continue
        skew = sent_at - stamped
        if abs(skew) > _SKEW:
            yield notice(
                "clock",
                f"This computer's clock is {abs(skew) / 60:.0f} minutes {'ahead of' if skew > 0 else 'behind'} that of the mail server.",
                "Let the system set the time by itself.",
            )
        else:
            yield good("clock", "This computer and the mail server agree about the time.")
        return
    missing = "no mail that came back bears the time of a server" if arrived else "no mail came back"
    yield notice("clock", f"The clock of this computer was not checked, because {missing}.")


def _judge(probe: ProbeMail, found: Arrival | None, waited: float) -> Finding:
    words = f"A message as {WORDS[probe.carrier]}"
    if found is None:
        return bad(
            "mail",
            f"{words} did not come back within {waited:.0f} s.",
            "Look into the spam folder, and whether a rule moves mails; the folders that OSync reads stand in the settings.",
        )
    if not _is_whole(probe, found.content):
        return bad(
            "mail",
            f"{words} came back after {found.seconds:.1f} s, but what it carried was changed or taken out on the way.",
            "Do not use this way for your shares (osync share new --help, --carrier).",
        )
    return good("mail", f"{words} came back whole after {found.seconds:.1f} s.")


def _is_whole(probe: ProbeMail, content: bytes) -> bool:
    try:
        return probe.blob in find_blobs(content)
    except NoMessageError:
        return False


def _stamped_at(content: bytes) -> int | None:
    found = _RECEIVED.search(content[:_HEADER])
    if found is None:
        return None
    try:
        stamp = parsedate_to_datetime(found[1].decode("ascii", "replace").strip())
    except ValueError:
        return None
    moment = stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
