"""The beginning of a talk with an IMAP server: its greeting, encryption, and signing in; `imaplib` over a stream of ours."""

import imaplib
from collections.abc import Callable
from typing import Any

from osync.credentials import Login
from osync.errors import MailboxUnavailableError
from osync.internet.explained import spoken
from osync.internet.folder_names import in_quotes
from osync.internet.sasl import Mechanism
from osync.internet.servers import ServerPlace, no_encryption, secure
from osync.internet.signing_in import SignIn, Verdict, sign_in
from osync.internet.stream import Stream
from osync.network import Network

SHORT = 1_000_000
"""How many bytes an answer may have that is usually short."""
LATER = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]", "[CONTACTADMIN]")
"""What refusals begin with that are not for ever (RFC 5530)."""


class Dialogue(imaplib.IMAP4):
    """What the standard library knows of IMAP, over our own connection."""

    def __init__(self, stream: Stream) -> None:
        self.most = SHORT
        self._stream = stream
        stream.begin(SHORT)
        super().__init__()

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        """Take the connection that is there."""

    def read(self, size: int) -> bytes:
        """Read a literal."""
        return self._stream.read(size)

    def readline(self) -> bytes:
        """Read a line."""
        return self._stream.readline()

    def send(self, data: Any) -> None:
        """Send a command, and expect a new answer."""
        self._stream.sendall(data)
        self._stream.begin(self.most)

    def shutdown(self) -> None:
        """Hang up."""
        self._stream.close()

    def capability(self) -> tuple[str, list[bytes]]:
        """Ask what the server can do. One that speaks only IMAP4rev2 understands all that is said here too."""
        kind, told = super().capability()
        if told[-1] and b"IMAP4REV2" in told[-1].upper():
            told = [told[-1] + b" IMAP4REV1"]
        return kind, told

    def abilities(self) -> frozenset[str]:
        """Ask what the server can do, as words in capitals."""
        _, told = self.capability()
        return frozenset((told[-1] or b"").decode("ascii", "replace").upper().split())


def begin_dialogue(
    stream: Stream, place: ServerPlace, login: Login, network: Network, entropy: Callable[[int], bytes]
) -> Dialogue:
    """Begin to talk over a connection, encrypted if the place demands or offers it, and sign in; raises what libraries raise too."""
    dialogue = _greeted(stream, place)
    if not place.tls_first:
        _start_tls(dialogue, stream, place, network)
    # Some servers know by the connection who it is.
    if dialogue.state == "NONAUTH":
        _sign_in(dialogue, place, login, entropy)
    return dialogue


def _greeted(stream: Stream, place: ServerPlace) -> Dialogue:
    """Hear a server's greeting. MailboxUnavailableError if it sends us away."""
    try:
        return Dialogue(stream)
    except imaplib.IMAP4.error as error:
        words = error.args[0] if error.args else b""
        if isinstance(words, bytes) and words.upper().startswith(b"* BYE"):
            raise MailboxUnavailableError(
                f"The mail server {place.name} lets nobody in now: {spoken(words[5:])}.",
                unharmed="Nothing was lost; mails wait.",
            ) from error
        raise


def _start_tls(dialogue: Dialogue, stream: Stream, place: ServerPlace, network: Network) -> None:
    if dialogue.state == "NONAUTH" and "STARTTLS" in dialogue.capabilities:
        kind, told = dialogue.xatom("STARTTLS")
        if kind != "OK":
            raise ConnectionError(f"it does not begin with encryption: {spoken(told[-1])}")
        stream.begin(SHORT)
        secure(stream, place, network)
    elif not place.plain_text:
        raise no_encryption(place)


def _sign_in(dialogue: Dialogue, place: ServerPlace, login: Login, entropy: Callable[[int], bytes]) -> None:
    abilities = dialogue.abilities()
    offered = {each.removeprefix("AUTH=") for each in abilities if each.startswith("AUTH=")}
    # The command is older than the mechanisms, and may be all that there is.
    by_command = not offered & {"LOGIN", "PLAIN"} and "LOGINDISABLED" not in abilities
    if by_command:
        offered.add("LOGIN")

    def attempt(mechanism: Mechanism) -> Verdict:
        try:
            if mechanism.name != "LOGIN" or not by_command:
                dialogue.authenticate(mechanism.name, mechanism.answer)
            elif not all(each.isascii() and each.isprintable() for each in (login.user, login.secret())):
                return Verdict(accepted=False, words="it takes only ASCII letters in its command to sign in")
            else:
                dialogue.login(in_quotes(login.user), login.secret())
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            words = spoken(error.args[0] if error.args else "")
            return Verdict(accepted=False, words=words, later=words.upper().startswith(LATER))
        return Verdict(accepted=True)

    sign_in(SignIn(place, login, offered, attempt, entropy))
