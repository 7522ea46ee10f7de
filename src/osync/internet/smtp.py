"""One signed-in connection to a mail server that sends (RFC 5321, RFC 6409), by `smtplib` over a stream of ours."""

import base64
import contextlib
import re
import smtplib
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

from osync.credentials import Login
from osync.errors import MailboxUnavailableError, MailboxUnusableError, MailDeferredError
from osync.internet.addresses import Address
from osync.internet.explained import explained, spoken
from osync.internet.sasl import Mechanism
from osync.internet.servers import ServerPlace, no_encryption, open_stream, secure
from osync.internet.signing_in import SignIn, Verdict, sign_in
from osync.mailboxes.base import Refusal
from osync.network import Network

_MOST_ANSWER = 1_000_000
_MOST_CHALLENGES = 10
_SLOWER_AT_THE_END = 10
"""How much longer than others the last answer may take: servers look through a mail before it (RFC 5321, 4.5.3.2.6)."""

_WAITS = "Nobody got the mail; it waits."
_NUMBER = re.compile(r"[0-9]{1,20}")
_DOT = re.compile(rb"(?m)^\.")
_READY, _CONTINUE, _GO_ON, _CLOSING, _TOO_MANY, _TOO_LARGE = 220, 334, 354, 421, 452, 552


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered: its code and its words."""

    code: int
    words: bytes

    @property
    def is_yes(self) -> bool:
        """Whether it is done."""
        return 200 <= self.code < 300

    @property
    def is_later(self) -> bool:
        """Whether it may work another time, as with what is no answer at all."""
        return not self.is_yes and not 500 <= self.code < 600

    def __str__(self) -> str:
        return spoken(f"{self.code} {self.words.decode('utf-8', 'replace')}")


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of recipients: those who were `accepted`, `refused`, may be `deferred`, or are `left` for another time."""

    accepted: list[Address] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    deferred: list[tuple[Address, Reply]] = field(default_factory=list)
    left: list[Address] = field(default_factory=list)


class SmtpConnection:
    """A connection that may send as `login`. Methods raise MailboxUnavailableError and MailboxUnusableError."""

    def __init__(
        self, place: ServerPlace, login: Login | None, network: Network, entropy: Callable[[int], bytes]
    ) -> None:
        """Connect and sign in, unless there is no login. SignInRefusedError, ConfigurationError too."""
        self._place = place
        self._patience = network.timeout * _SLOWER_AT_THE_END
        with explained(place.name):
            self._stream = open_stream(place, network)
            try:
                self._greet(login, network, entropy)
            except BaseException:
                self._stream.close()
                raise

    @property
    def most_bytes(self) -> int:
        """How large a mail may be (RFC 1870), 0 if the server does not say."""
        told = self._dialogue.esmtp_features.get("size", "")
        return int(told) if _NUMBER.fullmatch(told) else 0

    @property
    def takes_utf8(self) -> bool:
        """Whether addresses may have characters beyond ASCII before the @ (RFC 6531)."""
        return self._dialogue.has_extn("smtputf8")

    def is_alive(self) -> bool:
        """Ask whether the connection still works; it is ready for a new mail then."""
        try:
            return self._say("RSET").is_yes
        except (OSError, smtplib.SMTPException, ValueError):
            return False

    def post(self, sender: Address, recipients: Sequence[Address], content: bytes) -> list[Refusal]:
        """Hand over a mail; give those who are refused. MailboxUnavailableError if nobody gets it now."""
        refusals: list[Refusal] = []
        left, reached = list(recipients), False
        while left:
            try:
                with explained(self._place.name):
                    outcome = self._transaction(sender, left, content)
            except MailboxUnavailableError as error:
                if not reached:
                    raise
                # The others have it: they shall not get it twice.
                self.hang_up()
                return refusals + [Refusal(each.given, str(error)) for each in left]
            refusals += outcome.refused
            reached = reached or bool(outcome.accepted)
            left = outcome.left
        return refusals

    def hang_up(self) -> None:
        """End the connection without a word, because it is of no use any more."""
        self._stream.close()

    def close(self) -> None:
        """Say goodbye, if the server listens, and hang up. A second time does nothing."""
        with contextlib.suppress(OSError, smtplib.SMTPException, ValueError):
            self._say("QUIT")
        self._stream.close()

    def _transaction(self, sender: Address, recipients: list[Address], content: bytes) -> _Outcome:
        """Hand over a mail once, to as many as the server takes at a time."""
        reply = self._say(self._mail_command(sender, recipients, content))
        if reply.code == _TOO_LARGE:
            return _Outcome(refused=_refused(recipients, reply))
        self._check_sender(sender, reply)
        outcome = self._name_recipients(recipients)
        if outcome.accepted:
            outcome = self._hand_over(outcome, content)
        elif outcome.deferred:
            self._say("RSET")
            raise self._deferred(outcome.deferred[0][1])
        else:
            self._say("RSET")
        deferred = [refusal for address, reply in outcome.deferred for refusal in _refused([address], reply)]
        return _Outcome(outcome.accepted, outcome.refused + deferred, left=outcome.left)

    def _mail_command(self, sender: Address, recipients: list[Address], content: bytes) -> str:
        options = ""
        if self.most_bytes:
            options += f" SIZE={len(content)}"
        if not content.isascii() and self._dialogue.has_extn("8bitmime"):
            options += " BODY=8BITMIME"
        if any(each.needs_utf8 for each in (sender, *recipients)):
            self._dialogue.command_encoding = "utf-8"
            options += " SMTPUTF8"
        return f"MAIL FROM:<{sender.wire}>{options}"

    def _check_sender(self, sender: Address, reply: Reply) -> None:
        if reply.is_later:
            raise self._later(reply)
        if not reply.is_yes:
            raise MailboxUnusableError(
                f"The mail server {self._place.name} does not let {sender.given} send: {reply}.",
                unharmed=_WAITS,
                advice="Check your address, and user and smtp in [mailbox] of the settings.",
            )

    def _name_recipients(self, recipients: list[Address]) -> _Outcome:
        outcome = _Outcome()
        for number, address in enumerate(recipients):
            reply = self._say(f"RCPT TO:<{address.wire}>")
            if reply.is_yes:
                outcome.accepted.append(address)
            elif reply.code == _CLOSING:
                raise self._later(reply)
            elif reply.code == _TOO_MANY and outcome.accepted:
                outcome.left.extend(recipients[number:])
                break
            elif reply.is_later:
                outcome.deferred.append((address, reply))
            else:
                outcome.refused.extend(_refused([address], reply))
        return outcome

    def _hand_over(self, outcome: _Outcome, content: bytes) -> _Outcome:
        reply = self._say("DATA")
        if reply.code == _GO_ON:
            dotted = _DOT.sub(b"..", content)
            self._stream.sendall(dotted + (b"" if dotted.endswith(b"\r\n") else b"\r\n") + b".\r\n")
            self._stream.begin(_MOST_ANSWER, self._patience)
            reply = Reply(*self._dialogue.getreply())
        if reply.is_yes:
            return outcome
        if reply.is_later:
            raise self._later(reply) if reply.code == _CLOSING else self._deferred(reply)
        refused = outcome.refused + _refused(outcome.accepted, reply)
        return _Outcome([], refused, outcome.deferred, outcome.left)

    def _later(self, reply: Reply) -> MailboxUnavailableError:
        return MailboxUnavailableError(
            f"The mail server {self._place.name} takes no mail now: {reply}.", unharmed=_WAITS
        )

    def _deferred(self, reply: Reply) -> MailDeferredError:
        return MailDeferredError(
            f"The mail server {self._place.name} does not take a mail now: {reply}.", unharmed=_WAITS
        )

    def _say(self, command: str) -> Reply:
        self._stream.begin(_MOST_ANSWER)
        return Reply(*self._dialogue.docmd(command))

    def _greet(self, login: Login | None, network: Network, entropy: Callable[[int], bytes]) -> None:
        self._stream.begin(_MOST_ANSWER)
        # The name that a computer has at home is nobody's business (RFC 5321, 4.1.3 allows an address).
        self._dialogue = smtplib.SMTP(local_hostname="[127.0.0.1]", timeout=network.timeout)
        # It is content with whatever sends and has lines; so our limits on time and size hold.
        self._dialogue.sock = cast("socket.socket", self._stream)
        reply = Reply(*self._dialogue.getreply())
        if reply.code != _READY:
            raise self._later(reply)
        self._say_hello()
        if not self._place.tls_first:
            self._start_tls(network)
        if login:
            offered = self._dialogue.esmtp_features.get("auth", "").upper().split()
            sign_in(SignIn(self._place, login, offered, self._attempt, entropy))

    def _say_hello(self) -> None:
        self._stream.begin(_MOST_ANSWER)
        self._dialogue.ehlo_or_helo_if_needed()

    def _start_tls(self, network: Network) -> None:
        if self._dialogue.has_extn("starttls"):
            reply = self._say("STARTTLS")
            if reply.code != _READY:
                raise self._later(reply)
            secure(self._stream, self._place, network)
            # What was said before the encryption counts for nothing (RFC 3207, 4.2).
            self._dialogue.ehlo_resp = self._dialogue.helo_resp = None
            self._dialogue.esmtp_features = {}
            self._say_hello()
        elif not self._place.plain_text:
            raise no_encryption(self._place)

    def _attempt(self, mechanism: Mechanism) -> Verdict:
        first = mechanism.first()
        reply = self._say(f"AUTH {mechanism.name}" + (f" {_written(first) or '='}" if first is not None else ""))
        for _ in range(_MOST_CHALLENGES):
            if reply.code != _CONTINUE:
                break
            reply = self._say(_written(mechanism.answer(base64.b64decode(reply.words))))
        return Verdict(reply.is_yes, str(reply), reply.is_later)


def _written(response: bytes) -> str:
    return base64.b64encode(response).decode()


def _refused(recipients: Sequence[Address], reply: Reply) -> list[Refusal]:
    return [
        Refusal(each.given, f"The mail server does not take mail for {each.given}: {reply}.") for each in recipients
    ]
