"""What really leaves the machine: whole mails and the preview, made from every event of the corpus (protocol 8.1, P14)."""

import email
import email.policy
import re
from collections.abc import Iterator
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
_OURS = {"pat@example.org", "tester@example.org", _READER}


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
    story = Story()
    story.clock.now = datetime(2016, 6, 1, tzinfo=UTC)
    open_text, uids = set[str](), set[str]()
    for number, event in enumerate(_events()):
        story.pat.events.put(f"{number:05}", event)
        uids.add(event.uid)
        for component in event.components:
            for found in component.properties(*_OPEN[level]) if _OPEN[level] else ():
                open_text.add(unescape_text(found.value))
    allowed = " ".join(open_text)
    for told, least in ((_told(story, level), 100_000), (_told_in_words(story), 10_000)):
        assert len(told) > least
        leaked = {found for found in _ADDRESS.findall(told) if found not in _OURS and found not in allowed}
        leaked |= {found for found in _LINK.findall(told) if found not in allowed}
        leaked |= {uid for uid in uids if len(uid) > 11 and uid in told and uid not in allowed}
        assert leaked == set()


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


def _told_in_words(story: Story) -> str:
    """Tell somebody without OSync of everything too, and give every part of that mail, decoded."""
    story.office.mailbox(_READER)
    invite(story.pat.installation, "everything", [_READER], plain=True)
    story.pat.sync()
    (mail,) = (mail for mail in story.pat.mailbox.sent if mail.recipients == (_READER,))
    texts = []
    for part in email.message_from_bytes(mail.content, policy=email.policy.default).walk():
        content = part.get_payload(decode=True)
        texts.append(str(part.get("subject", "")))
        texts.append(content.decode() if isinstance(content, bytes) else "")
    return unescape_text("\n".join(texts).replace("\r\n ", "").replace("\\n", "\n"))
