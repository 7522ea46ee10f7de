"""The mails to people without OSync: whatever an event says, they are readable, harmless, and hold files that can be read."""

from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser

from fuzz.mutations import mutate_lines
from fuzz.target import Target
from fuzz.texts import LINES, LUNAR_ZONE, TEXTS
from message.samples import TOKEN

from osync.errors import EventRefusedError
from osync.ical.canonical import canonical_text, rebuild
from osync.ical.event import read_events
from osync.message.news import Telling
from osync.message.plain_issue import Issue, Offer, first_issue, news_issue
from osync.message.plain_mail import Envelope, plain_mail
from osync.message.published import Organizer

_BETWEEN = "\x1e"
_OFFER = Offer("club", Organizer("Pat", "pat@example.org"), (LUNAR_ZONE,), datetime(2026, 11, 23, 9, tzinfo=UTC))
_ENVELOPE = Envelope(
    "Pat",
    "pat@example.org",
    "carol@example.org",
    TOKEN,
    "a" * 26,
    "<11111111-2222-4333-8444-555555555555@example.org>",
    0,
)
_HARMLESS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "h3",
        "p",
        "div",
        "span",
        "table",
        "tbody",
        "tr",
        "td",
    ),
    *("th", "ul", "ol", "li", "a", "b", "i", "s", "br", "hr", "strong", "em", "small", "del", "ins", "bdi"),
}
_HIDDEN = set("\u202a\u202b\u202c\u202d\u202e\u200e\u200f\u061c\ufeff\x07\x1b\x00")


class _Tags(HTMLParser):
    """Collects what a mail program would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [
            value or "" for name, value in attrs if name in ("href", "src", "action") or name.startswith("on")
        ]


def _check(data: bytes) -> None:
    before, _, after = data.decode(errors="replace").partition(_BETWEEN)
    texts = [_canonical(before), _canonical(after)]
    if not any(texts):
        return
    tellings = [Telling("a" * 26, texts[0], texts[1], 3, 1_784_700_000)]
    live = [Telling("a" * 26, "", texts[1] or texts[0], 1, 1_784_700_000)]
    for issue in (first_issue(_OFFER, live), news_issue(_OFFER, tellings, live)):
        if issue is not None:
            _check_issue(issue)


def _canonical(text: str) -> str:
    """Give the text as an owner's ledger would hold it, "" if it never could."""
    try:
        return canonical_text(rebuild(text, (LUNAR_ZONE,)))
    except EventRefusedError:
        return ""


def _check_issue(issue: Issue) -> None:
    mail = plain_mail(issue, _ENVELOPE)
    assert all(len(line) <= 998 for line in mail.split(b"\r\n"))
    assert issue.subject.isprintable() or "\u2068" in issue.subject
    assert not _HIDDEN & set(issue.text + issue.subject)
    for file in issue.files:
        reading = read_events(file.content)
        assert reading.problems == ()
        assert reading.events
        assert b"ATTENDEE" not in file.content.replace(b"\r\n ", b"").split(b"SUMMARY")[0]
    _check_page(issue)


def _check_page(issue: Issue) -> None:
    from osync.message.news_html import page_html

    tags = _Tags()
    tags.feed(page_html(issue.page))
    assert tags.tags <= _HARMLESS, tags.tags - _HARMLESS
    assert all(link.startswith(("http://", "https://", "mailto:")) for link in tags.links), tags.links


def _seeds() -> Iterator[bytes]:
    for before, after in (
        ("", TEXTS[0]),
        (TEXTS[0], ""),
        (TEXTS[0], TEXTS[1]),
        (TEXTS[1], TEXTS[1].replace("T09", "T11")),
    ):
        yield f"{before}{_BETWEEN}{after}".encode()
    for text in TEXTS:
        yield f"{text}{_BETWEEN}{text.replace('SUMMARY:', 'SUMMARY:New ')}".encode()


TARGETS = (Target("news", _check, _seeds, LINES, mutate_lines(LINES), largest=1 << 14),)
