"""What really leaves the machine: whole mails and the preview, made from every event of the corpus (protocol 8.1, P14)."""

import email
import email.policy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from corpus_events import CATEGORY, distinct_files
from engine.world import Story

from osync.engine.sharing import invite, preview
from osync.errors import EventUnreadableError
from osync.ical.event import Event, read_events
from osync.ical.lines import Component, unescape_text
from osync.message.mail import find_blobs
from osync.message.seal import inflate, open_envelope
from osync.model import PrivacyLevel

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(r"https?://[^\s\"<>\\]+")
_OPEN = {PrivacyLevel.FULL: ("SUMMARY", "LOCATION"), PrivacyLevel.TITLES: ("SUMMARY",), PrivacyLevel.BUSY: ()}
_READER = "reader@example.net"
_OURS = {"pat@example.org", "tester@example.org"}


def _events() -> Iterator[Event]:
    for path in distinct_files():
        try:
            reading = read_events(path.read_bytes())
        except EventUnreadableError:
            continue
        for event in reading.events:
            yield Event(event.uid, tuple(map(_in_category, event.components)), event.zones)


def _in_category(component: Component) -> Component:
    return Component(component.name, (*component.contents, f"CATEGORIES:{CATEGORY}"))


@pytest.mark.parametrize("level", PrivacyLevel)
def test_no_address_link_or_uid_of_an_event_leaves_in_a_mail_or_a_preview(level: PrivacyLevel) -> None:
    told, kept = _story_of_everything(level, _told)
    assert len(told) > 100_000
    assert kept.leaked_into(told, _OURS) == set()


@pytest.mark.parametrize("level", PrivacyLevel)
def test_nor_does_any_in_a_mail_to_somebody_without_osync(level: PrivacyLevel) -> None:
    told, kept = _story_of_everything(level, _told_in_words)
    assert len(told) > 10_000
    assert kept.leaked_into(told, {"pat@example.org", _READER}) == set()


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the events hold: the text that a level shows, and their UIDs, which never leave."""

    shown: str
    uids: set[str]

    def leaked_into(self, told: str, ours: set[str]) -> set[str]:
        """Give the addresses, links and UIDs in what was told that no shown text holds."""
        leaked = {found for found in _ADDRESS.findall(told) if found not in ours and found not in self.shown}
        leaked |= {found for found in _LINK.findall(told) if found not in self.shown}
        return leaked | {uid for uid in self.uids if len(uid) > 11 and uid in told and uid not in self.shown}


def _story_of_everything(level: PrivacyLevel, tell: Callable[[Story, PrivacyLevel], str]) -> tuple[str, _Kept]:
    """Let pat have every event of the corpus; give what was told of them, and what there was to keep."""
    story = Story()
    story.clock.now = datetime(2016, 6, 1, tzinfo=UTC)
    open_text, uids = set[str](), set[str]()
    for number, event in enumerate(_events()):
        story.pat.events.put(f"{number:05}", event)
        uids.add(event.uid)
        for component in event.components:
            for found in component.properties(*_OPEN[level]) if _OPEN[level] else ():
                open_text.add(unescape_text(found.value))
    return tell(story, level), _Kept(" ".join(open_text), uids)


def _told_in_words(story: Story, level: PrivacyLevel) -> str:
    """Share everything with somebody without OSync, and give every part of every mail, decoded."""
    story.office.mailbox(_READER)
    story.pat.share("everything", CATEGORY, level)
    invite(story.pat.installation, "everything", [_READER], plain=True)
    story.pat.sync()
    texts = []
    for mail in story.pat.mailbox.sent:
        for part in email.message_from_bytes(mail.content, policy=email.policy.default).walk():
            content = part.get_payload(decode=True)
            texts.append(str(part.get("subject", "")))
            texts.append(content.decode() if isinstance(content, bytes) else "")
    return unescape_text("\n".join(texts).replace("\r\n ", "").replace("\\n", "\n"))


def _told(story: Story, level: PrivacyLevel) -> str:
    """Share everything, and give all that left: each mail as it is, each message in it, and the preview."""
    story.pat.share("everything", CATEGORY, level)
    story.pat.invite(story.tester, "everything")
    story.tester.sync()
    story.tester.accept()
    story.pat.sync()
    texts = []
    for mail in story.pat.mailbox.sent:
        headers = [line for line in mail.content.split(b"\r\n") if b"@" in line and b"ID:" not in line[:12]]
        texts.append(b"\n".join(headers).decode().replace("@osync.invalid", ""))
        opened = (open_envelope(blob, story.tester.identity) for blob in find_blobs(mail.content))
        texts.extend(inflate(each.body).decode() for each in opened)
    texts.extend(event.text for event in preview(story.pat.installation, "everything").events)
    return unescape_text("\n".join(texts).replace("\\n", "\n"))
