"""The mails to people without OSync: readable text, HTML, and calendar files (protocol 6.5).

List-Unsubscribe-Post is never written: it needs a web address, which OSync has not (RFC 8058).
"""

from dataclasses import dataclass, replace

from osync.ical.texts import clean_line, cut_text
from osync.message.columns import isolated, wrapped
from osync.message.mime_writing import Heading, file_part, header, joined, multipart, text_part
from osync.message.news_html import page_html
from osync.message.news_text import page_text
from osync.message.plain_issue import Issue
from osync.message.plain_tokens import Wish, way_to_wish

_NAME_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Envelope:
    """Whom one mail is from and for. `answers` means that a mail of the reader caused it (RFC 3834).

    `token` is what the reader leaves with, `thread` the id of the share, `sent_at` in seconds since 1970 UTC.
    """

    sender_name: str
    sender_address: str
    reader: str
    token: bytes
    thread: str
    message_id: str
    sent_at: int
    answers: bool = False


def plain_mail(issue: Issue, envelope: Envelope) -> bytes:
    """Write the mail with one issue for one reader.

    ConfigurationError for a sender and RecipientRefusedError for a reader whose address cannot stand in a mail.
    """
    leave = way_to_wish(Wish.LEAVE, envelope.token, envelope.sender_address)
    closing = (*issue.page.closing, f"To get no more of these mails, send a mail with this subject to {leave.address}:")
    page = replace(issue.page, closing=closing, leave=leave)
    readable = multipart(
        "alternative", envelope.message_id, [text_part(page_text(page)), text_part(page_html(page), "html")]
    )
    files = [file_part(file.content_type, file.name, file.content) for file in issue.files]
    heading = _heading(envelope, issue.subject, (f"List-Unsubscribe: <{leave.link}>",))
    return joined(header(heading), multipart("mixed", envelope.message_id, [readable, *files]))


def leave_confirmation(envelope: Envelope, share_name: str) -> bytes:
    """Write the one mail that confirms that no more will come. Its subject holds no token, so no answer to it is a wish."""
    name = isolated(cut_text(clean_line(share_name), _NAME_CHARACTERS))
    owner = isolated(clean_line(envelope.sender_name)) or envelope.sender_address
    text = (
        f'You get no more mails about the calendar "{name}" of {owner}. The events that you put into your calendar'
        f" stay there.\n\nIf this is a mistake, write to {owner}, who can add you again."
    )
    return _text_mail(envelope, f'Calendar "{name}": no more mails', text)


def end_notice(envelope: Envelope, share_name: str) -> bytes:
    """Write the mail that tells a reader that the owner sends no more."""
    name = isolated(cut_text(clean_line(share_name), _NAME_CHARACTERS))
    owner = isolated(clean_line(envelope.sender_name)) or envelope.sender_address
    text = (
        f'{owner} does not share the calendar "{name}" with you any more, so this is the last mail about it. The'
        " events that you put into your calendar stay there, and you can delete them if you like."
    )
    return _text_mail(envelope, f'Calendar "{name}" has ended', text)


def _text_mail(envelope: Envelope, subject: str, text: str) -> bytes:
    lines = [line for paragraph in text.split("\n") for line in (wrapped(paragraph) if paragraph else [""])]
    return joined(header(_heading(envelope, subject, ())), text_part("\n".join(lines) + "\n"))


def _heading(envelope: Envelope, subject: str, more: tuple[str, ...]) -> Heading:
    return Heading(
        sender_name=envelope.sender_name,
        sender_address=envelope.sender_address,
        recipients=(envelope.reader,),
        subject=subject,
        automatic="auto-replied" if envelope.answers else "auto-generated",
        thread=envelope.thread,
        message_id=envelope.message_id,
        sent_at=envelope.sent_at,
        more=more,
    )
