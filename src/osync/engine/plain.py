"""Tell people without OSync, in mails that anybody can read, what is new in a share (protocol 6.5, 7.1).

Everything here happens inside the transaction that recorded the revisions, and says only what leaves through the share.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from osync.engine.installation import Installation, Run
from osync.engine.outbox import Readable
from osync.engine.pacing import may_answer_today
from osync.engine.report import Direction, Report, ReportedMail
from osync.errors import EventRefusedError, RecipientRefusedError
from osync.ical.zones import ZoneText
from osync.ledger.mails import WaitingMail
from osync.ledger.shares import ToldText
from osync.message.mail import new_message_id
from osync.message.mime_writing import Attachment
from osync.message.news import Telling
from osync.message.occurrences import ends_before, read_told
from osync.message.plain_issue import Issue, Offer, first_issue, news_issue
from osync.message.plain_mail import Envelope, end_notice, leave_confirmation, plain_mail
from osync.message.published import Organizer
from osync.model import PublishedEvent, Share, Subscriber, SubscriberState

_NEWS, _FIRST, _LAST = "news", "first", "last"
# What somebody was told when no note was taken of it; only the result of a change is known then.
_UNKNOWN = "unknown"


def plain_subscribers(installation: Installation, share: Share) -> list[Subscriber]:
    """Give the people who read the share without OSync. Who has it by now reads it there, and is none of them any more."""
    everybody = installation.ledger.shares.subscribers(share.share_id)
    with_osync = {each.address.casefold() for each in everybody if each.state is SubscriberState.ACTIVE}
    readers = [each for each in everybody if each.state is SubscriberState.PLAIN]
    for each in readers:
        if each.address.casefold() in with_osync:
            installation.ledger.shares.drop_subscriber(each)
    return [each for each in readers if each.address.casefold() not in with_osync]


def tell_plain_subscribers(
    installation: Installation, run: Run, report: Report, share: Share, *, has_news: bool
) -> Issue | None:
    """Put into the outbox the first mail of everybody who has not got it, and, with `has_news`, what changed for the others.

    Whoever gets the first mail lets the others know what is new too, so that all of them know the same from then on. Gives
    the news for the updates of a share that is not encrypted, which are read with and without OSync.
    """
    readers = plain_subscribers(installation, share)
    fresh = [each for each in readers if not each.told and _may_have_it_today(installation, each)]
    told = [each for each in readers if each.told]
    for_all = has_news and not share.encrypted
    if not (fresh or for_all or (has_news and told)):
        return None
    edition = _Edition(installation, share, complete=bool(told))
    # The next update of a share that is not encrypted tells everybody; it must find what they have not been told.
    brings_news = has_news or share.encrypted
    try:
        tellings = edition.tellings(installation, share) if brings_news else ()
        news = news_issue(_for(told, edition.offer), tellings, edition.live) if told else None
        first = first_issue(_for(fresh, edition.offer), edition.live) if fresh else None
        together = news_issue(replace(edition.offer, together=True), tellings, edition.live) if for_all else None
    except EventRefusedError as error:
        report.add_problem(f"share {share.name}", error)
        return None
    if news:
        for reader in told:
            _put_issue(installation, run, report, share, reader, news)
    if first:
        for reader in fresh:
            _put_issue(installation, run, report, share, reader, first)
            installation.ledger.shares.put_subscriber(replace(reader, told=True, snapshot_at=installation.now))
    if brings_news:
        edition.record(installation, share)
    return together


def readable_of(issue: Issue | None) -> Readable | None:
    """Give an issue for mails that carry a message as well."""
    if issue is None:
        return None
    files = tuple(Attachment(file.content_type, file.name, file.content) for file in issue.files)
    return Readable(issue.subject, issue.text, files)


def _for(readers: list[Subscriber], offer: Offer) -> Offer:
    """Let the mail for some readers be no larger than the smallest that came back to one of them."""
    return replace(offer, most_bytes=min(each.max_bytes for each in readers))


def _may_have_it_today(installation: Installation, reader: Subscriber) -> bool:
    return not _asked_by_mail(reader) or may_answer_today(installation, reader.address, reader.share_id)


def _asked_by_mail(reader: Subscriber) -> bool:
    """Tell whether a mail of theirs made them a reader; whom the owner added has a token without an end."""
    return reader.token_until > 0


class _Edition:
    """What there is to tell about one share now, and what was told before; not `complete` if nobody kept note of all of it."""

    def __init__(self, installation: Installation, share: Share, *, complete: bool) -> None:
        shares = installation.ledger.shares
        published = list(shares.live_texts(share.share_id, share.floor))
        self._told = shares.told(share.share_id)
        self._revisions = {each.event.event_key: each.event.revision for each in published}
        self._unnoted = not complete and not self._told
        self.live = [
            Telling(each.event.event_key, "", each.text, each.event.count, each.event.changed_at) for each in published
        ]
        self.offer = Offer(
            share_name=share.name,
            organizer=Organizer(installation.name, installation.address),
            zones=tuple(_zones(installation, share)),
            now=installation.world.now(),
        )

    def tellings(self, installation: Installation, share: Share) -> tuple[Telling, ...]:
        """Give what differs from what was told. What ended before the floor left the share without being cancelled."""
        return (*self._new_and_changed(share), *self._gone(installation, share))

    def _new_and_changed(self, share: Share) -> Iterator[Telling]:
        for each in self.live:
            known = self._told.get(each.event_key)
            if known is not None and known.text != each.after:
                yield replace(each, before=known.text)
            elif known is None and not (self._unnoted and self._revisions[each.event_key] <= share.sent):
                yield replace(each, before=_UNKNOWN if self._unnoted and each.count > 1 else "")

    def _gone(self, installation: Installation, share: Share) -> Iterator[Telling]:
        gone = [each for key, each in self._told.items() if key not in self._revisions]
        tombstones = _tombstones(installation, share) if gone else {}
        for told in gone:
            tombstone = tombstones.get(told.event_key)
            if tombstone:
                yield Telling(told.event_key, told.text, "", tombstone.count, tombstone.changed_at)
            elif not ends_before(read_told(told.text, self.offer.zones), share.floor):
                yield Telling(told.event_key, told.text, "", told.count + 1, installation.now)

    def record(self, installation: Installation, share: Share) -> None:
        """Note that what there is now was told."""
        now = (ToldText(each.event_key, each.after, each.count) for each in self.live)
        texts = (each for each in now if self._told.get(each.event_key) != each)
        installation.ledger.shares.put_told(share.share_id, texts, self._told.keys() - self._revisions.keys())


def _tombstones(installation: Installation, share: Share) -> Mapping[str, PublishedEvent]:
    published = installation.ledger.shares.texts_between(share.share_id, 0, share.head)
    return {each.event.event_key: each.event for each in published if not each.event.live}


def _zones(installation: Installation, share: Share) -> Iterator[ZoneText]:
    for name, text in installation.ledger.subscriptions.zones(share.share_id).items():
        yield ZoneText(name, text)


def _put_issue(
    installation: Installation, run: Run, report: Report, share: Share, reader: Subscriber, issue: Issue
) -> None:
    kind = _NEWS if reader.told else _FIRST
    answers = not reader.told and _asked_by_mail(reader)
    letter = _Letter(kind, share, reader, answers=answers)
    _put(installation, run, report, letter, lambda envelope: plain_mail(issue, envelope))


def put_leave_confirmation(
    installation: Installation, run: Run, report: Report, share: Share, reader: Subscriber
) -> None:
    """Tell somebody who wanted to leave that no more mails come."""
    letter = _Letter(_LAST, share, reader, answers=True)
    _put(installation, run, report, letter, lambda envelope: leave_confirmation(envelope, share.name))


def put_end_notice(installation: Installation, run: Run, report: Report, share: Share, reader: Subscriber) -> None:
    """Tell somebody without OSync that the owner sends no more."""
    letter = _Letter(_LAST, share, reader, answers=False)
    _put(installation, run, report, letter, lambda envelope: end_notice(envelope, share.name))


@dataclass(frozen=True, slots=True)
class _Letter:
    """One mail: its kind for the log, whom it is for, and whether a mail of theirs caused it."""

    kind: str
    share: Share
    reader: Subscriber
    answers: bool


def _put(
    installation: Installation, run: Run, report: Report, letter: _Letter, write: Callable[[Envelope], bytes]
) -> None:
    """Put one mail into the outbox, to the address that the owner knows, whoever a wish said it was from."""
    reader, share = letter.reader, letter.share
    message_id = new_message_id(installation.address, installation.world.random_bytes)
    envelope = Envelope(
        sender_name=installation.name,
        sender_address=installation.address,
        reader=reader.address,
        token=reader.token,
        thread=share.share_id,
        message_id=message_id,
        sent_at=installation.now,
        answers=letter.answers,
    )
    try:
        content = write(envelope)
    except RecipientRefusedError as error:
        report.add_problem("mail", error)
        return
    waiting = WaitingMail(0, letter.kind, share.share_id, (reader.address,), message_id, content, letter.answers)
    installation.ledger.mails.put_out(waiting, run.number, installation.now)
    report.mails.append(ReportedMail(Direction.OUT, letter.kind, share.name, reader.address))
