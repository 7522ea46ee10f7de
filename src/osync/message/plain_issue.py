"""One issue of a share for its readers without OSync: what the mail says, and the files that go with it (protocol 6.5).

The same for all readers; `plain_mail` makes each one's mail of it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from osync.ical.texts import clean_line, cut_text
from osync.ical.zones import ZoneText
from osync.message.columns import isolated
from osync.message.news import Kind, News, Telling, news_of
from osync.message.news_page import Page
from osync.message.news_text import page_text
from osync.message.news_words import UNTITLED, Setting, home_of, in_order, sections_of
from osync.message.occurrences import coming, read_told, sort_key
from osync.message.published import (
    WHOLE_FILE,
    Organizer,
    Published,
    PublishedFile,
    calendar_file,
    event_file,
    file_name,
)
from osync.message.when_words import day_words
from osync.model import LARGEST_MESSAGE

MOST_FILES = 10
_NOTES_ONLY_BELOW = 40
_SUBJECT_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Offer:
    """What is shared and by whom; `zones` are the definitions that the share knows, `now` is aware.

    `together` means that the same mail goes to people with and without OSync. Its files have at most `most_bytes`.
    """

    share_name: str
    organizer: Organizer
    zones: tuple[ZoneText, ...]
    now: datetime
    together: bool = False
    most_bytes: int = LARGEST_MESSAGE


@dataclass(frozen=True, slots=True)
class Issue:
    """A subject, a page without the way to leave, and the attachments. `text` is the page for mails that only carry text."""

    subject: str
    page: Page
    files: tuple[PublishedFile, ...]

    @property
    def text(self) -> str:
        """Give the page as plain text."""
        return page_text(self.page)


def first_issue(offer: Offer, live: Iterable[Telling]) -> Issue:
    """Make the first mail of a reader: everything there is, in one file. EventRefusedError as from `news_of`."""
    everything = (Telling(each.event_key, "", each.after, each.count, each.changed_at) for each in live)
    news = in_order(news_of(everything, offer.zones), offer.now)
    file, held = _whole_file(offer, [Published(each.telling, each.event) for each in news])
    events = _counted(len(news), "event") if news else "no events yet"
    share, owner = _share(offer), _owner(offer)
    opening = [
        (
            f"Here is the calendar {share} of {owner}: {events}. From now on you get a mail like this one whenever"
            " something in it is new, changes or is cancelled."
        )
    ]
    advice = (
        (
            f"{WHOLE_FILE} holds {_held(held, len(news))}. Import it into a new calendar of its own, not into the one that"
            " you use every day: then you can delete that calendar later and import a newer file in its place."
        ),
        "What you import does not change by itself. Later changes come as mails, and you enter them in your calendar.",
    )
    title = f"Calendar {_quoted(offer)} of {_short(offer.organizer.name)}: {events}"
    page = _page(offer, title, opening, news, _Files(None, advice if news else (), "The attached file", first=True))
    return Issue(title, page, (file,) if news else ())


def news_issue(offer: Offer, tellings: Iterable[Telling], live: Iterable[Telling]) -> Issue | None:
    """Make a mail about what changed, None if nothing did. `live` are all events of the share.

    With many changes there is one file with everything in place of one file for each. EventRefusedError as from `news_of`.
    """
    news = in_order(news_of(tellings, offer.zones), offer.now)
    if not news:
        return None
    counts = Counter(each.kind for each in news)
    summary = ", ".join(f"{counts[kind]:,} {kind.value}" for kind in Kind if counts[kind])
    owner = _owner(offer)
    opening = [f"News of the calendar {_share(offer)} of {owner}: {summary}."]
    subject = f"Calendar {_quoted(offer)}: {_single_subject(news[0], offer.now) if len(news) == 1 else summary}"
    files = _single_files(news, offer.organizer) if len(news) <= MOST_FILES else ()
    if not files or sum(len(file.content) for file in files) > offer.most_bytes:
        everything = [Published(each, read_told(each.after, offer.zones)) for each in live]
        whole, held = _whole_file(offer, everything)
        files = (whole,)
        attached = _Files(advice=_advice_for_all(held, len(everything)), heading="The attached file")
    else:
        names = {each.telling.event_key: file.name for each, file in zip(news, files, strict=True)}
        attached = _Files(names, _advice_for_each(counts), "The attached files" if len(files) > 1 else "The file")
    return Issue(subject, _page(offer, subject, opening, news, attached), files)


@dataclass(frozen=True, slots=True)
class _Files:
    """What a page says about its attachments."""

    names: dict[str, str] | None = None
    advice: tuple[str, ...] = ()
    heading: str = ""
    first: bool = False


def _page(offer: Offer, title: str, opening: list[str], news: Sequence[News], files: _Files) -> Page:
    home = home_of(news)
    setting = Setting(offer.now, home, len(news) < _NOTES_ONLY_BELOW, files.names or {})
    if home:
        opening.append(f"Times are in the time zone {home.replace('_', ' ')}, unless another one stands beside them.")
    sections = sections_of(news, setting, first=files.first)
    return Page(title, tuple(opening), sections, files.heading, files.advice, (_closing(offer),))


def _closing(offer: Offer) -> str:
    owner = _short(offer.organizer.name) or offer.organizer.address
    if offer.together:
        return (
            f"{_owner(offer)} shares this calendar by OSync, the program that sends this mail. Who has OSync need not do"
            " anything: it reads the attached .osync file with its next sync."
        )
    return (
        f"{_owner(offer)} shares this calendar with you by OSync, the program that sends this mail. You get it because"
        f" you or {owner} asked for mails that can be read without OSync. A reply goes to {owner}."
    )


def _single_files(news: Sequence[News], organizer: Organizer) -> tuple[PublishedFile, ...]:
    files: list[PublishedFile] = []
    for each in news:
        name = file_name(each.event, each.kind, [file.name for file in files])
        files.append(event_file(each.telling, each.event, each.kind, organizer, name))
    return tuple(files)


@dataclass(frozen=True, slots=True, order=True)
class _Rank:
    """The place of an event in a file that may not hold all: what comes next stands first, what is over last."""

    over: bool
    at: datetime
    number: int


def _whole_file(offer: Offer, events: Sequence[Published]) -> tuple[PublishedFile, int]:
    """Put all events into one file, or as many of the next ones as one mail carries; tell how many it holds."""
    file = calendar_file(events, offer.share_name, offer.organizer)
    if len(file.content) <= offer.most_bytes:
        return file, len(events)
    ranks = sorted(
        _Rank(not coming(each.told, offer.now, 1), sort_key(each.told, offer.now), number)
        for number, each in enumerate(events)
    )
    held = len(events)
    while len(file.content) > offer.most_bytes and held:
        held = held * offer.most_bytes // len(file.content) * 19 // 20
        file = calendar_file([events[rank.number] for rank in ranks[:held]], offer.share_name, offer.organizer)
    return file, held


def _advice_for_each(counts: Counter[Kind]) -> tuple[str, ...]:
    advice = []
    if counts[Kind.NEW]:
        advice.append(
            "New: open the file, and your calendar program offers to add the event. Opened twice, it may be there twice."
        )
    if counts[Kind.CHANGED]:
        advice.append(
            "Changed: change the event in your calendar by hand. Or delete it there first and then open the file;"
            " without that, many programs add it a second time."
        )
    if counts[Kind.CANCELLED]:
        advice.append(
            "Cancelled: delete the event in your calendar by hand. Opening the file does that in a few programs only."
        )
    return (*advice, "Nothing in your calendar changes by itself.")


def _advice_for_all(held: int, total: int) -> tuple[str, ...]:
    return (
        f"These are too many or too large changes for single files, so {WHOLE_FILE} holds {_held(held, total)}, as they are now.",
        "If you keep this calendar apart from your own one: delete all that is in it and import the file.",
        "Otherwise enter the changes by hand; importing the file beside older events adds most of them a second time.",
        "Nothing in your calendar changes by itself.",
    )


def _held(held: int, total: int) -> str:
    if held == total:
        return f"all {total:,} events" if total > 1 else "the event"
    return f"the next {held:,} of {total:,} events, as many as one mail carries"


def _single_subject(news: News, now: datetime) -> str:
    following = coming(news.event, now, 1)
    day = (following[0].start if following else news.event.body.start).day
    title = isolated(cut_text(clean_line(news.event.body.title) or UNTITLED, _SUBJECT_CHARACTERS))
    return f"{title}, {day_words(day)} ({news.kind.value})"


def _quoted(offer: Offer) -> str:
    return f'"{_short(offer.share_name)}"'


def _share(offer: Offer) -> str:
    return f'"{isolated(clean_line(offer.share_name))}"'


def _owner(offer: Offer) -> str:
    name = clean_line(offer.organizer.name)
    return f"{isolated(name)} <{offer.organizer.address}>" if name else offer.organizer.address


def _short(text: str) -> str:
    return isolated(cut_text(clean_line(text), _SUBJECT_CHARACTERS))


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
