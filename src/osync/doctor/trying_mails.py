"""Send probes to the user, wait for them, and say what became of each, also when something fails in between."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from osync.doctor.findings import Finding, bad
from osync.doctor.probe_mail import (
    WORDS,
    Arrival,
    ProbeMail,
    is_arrival_of,
    judge_clock,
    judge_mails,
    probe_mails,
)
from osync.engine.installation import Installation
from osync.errors import OSyncError, RetryLaterError
from osync.mailboxes.base import OutgoingMail, WaitsForMail

_LOOK_AGAIN = 5.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for mails, in seconds; `now` is a clock that only goes forward, `pause` waits so many seconds."""

    seconds: float
    now: Callable[[], float]
    pause: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class _Journey:
    """What was sent, and when; what arrived; and what could not be sent."""

    sent: list[ProbeMail] = field(default_factory=list)
    begun: dict[str, float] = field(default_factory=dict)
    arrived: list[Arrival] = field(default_factory=list)
    failures: list[Finding] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Tell whether all that was sent is there."""
        return len(self.arrived) >= len(self.sent)


def try_mails(installation: Installation, patience: Patience) -> Iterator[Finding]:
    """Send one mail for each way to carry a message, and judge what comes back, and the clock."""
    journey, sent_at = _Journey(), installation.now
    _send(installation, patience, journey)
    if journey.sent:
        unread = _wait_for_all(installation, patience, journey)
        # Of what could not be looked for there is no telling whether it came back.
        judged = [each.probe for each in journey.arrived] if unread else journey.sent
        yield from judge_mails(judged, journey.arrived, patience.seconds)
        yield from unread
    yield from journey.failures
    yield from judge_clock(journey.arrived, sent_at)


def _send(installation: Installation, patience: Patience, journey: _Journey) -> None:
    """Send the probes; after an error no more of them, because each may cost another wait."""
    for probe in probe_mails(
        installation.name, installation.address, installation.now, installation.world.random_bytes
    ):
        words = f"A message as {WORDS[probe.carrier]}"
        try:
            refusals = installation.mailbox.send(
                OutgoingMail(installation.address, (installation.address,), probe.content)
            )
        except OSyncError as error:
            journey.failures.append(bad("mail", f"{words} could not be sent. {error.what}", error.advice))
            return
        for refusal in refusals:
            sentence = f"{words} could not be sent: the mail server does not take it for yourself ({refusal.reason})."
            journey.failures.append(bad("mail", sentence, "Ask your mail provider why."))
        if not refusals:
            journey.sent.append(probe)
            journey.begun[probe.word] = patience.now()


def _wait_for_all(installation: Installation, patience: Patience, journey: _Journey) -> list[Finding]:
    """Look for what was sent until all of it is there or patience ends; a server that is away for a moment is asked again.

    Gives a finding if it could not be looked for to the end.
    """
    last = patience.now()
    failure: OSyncError | None = None
    while not journey.is_over and patience.now() - last < patience.seconds:
        try:
            failure = None
            _look(installation, patience, journey)
            if not journey.is_over:
                _wait(installation, patience)
        except RetryLaterError as error:
            failure = error
            patience.pause(_LOOK_AGAIN)
        except OSyncError as error:
            failure = error
            break
    if failure is None:
        return []
    return [bad("mail", f"It could not be looked for all mails that were sent. {failure.what}", failure.advice)]


def _look(installation: Installation, patience: Patience, journey: _Journey) -> None:
    """Note the probes that lie in the mailbox now, and settle them: no sync shall look at them."""
    for mail in installation.mailbox.pending():
        content = mail.content
        probe = next((each for each in journey.sent if content and is_arrival_of(each, content)), None)
        if probe is None or content is None:
            continue
        if all(each.probe is not probe for each in journey.arrived):
            journey.arrived.append(Arrival(probe, content, patience.now() - journey.begun[probe.word]))
        installation.mailbox.settle(mail.handle)


def _wait(installation: Installation, patience: Patience) -> None:
    if isinstance(installation.mailbox, WaitsForMail):
        installation.mailbox.wait(_LOOK_AGAIN)
    else:
        patience.pause(_LOOK_AGAIN / 10)
