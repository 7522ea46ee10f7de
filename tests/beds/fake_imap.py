"""A mail server that receives, played by hand: it has the folders that a test gives it, and says what Dovecot never says."""

import contextlib
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

from beds.listening import Listening

CAPABILITY = "CAPABILITY IMAP4rev1 UIDPLUS"


@dataclass
class Folder:
    """Mails by their numbers, and what is told of the numbers."""

    mails: dict[int, bytes]
    validity: int = 1
    next_uid: int = 0

    @property
    def next(self) -> int:
        """The number of the next mail."""
        return self.next_uid or max(self.mails, default=0) + 1


@dataclass
class FakeImap:
    """Lets everybody in and answers as a plain server would, unless `answers` has other lines for a command.

    The key there is what a command begins with, after its tag; TAG in the answer stands for that. `heard` is each command.
    """

    folders: dict[str, Folder]
    answers: dict[str, str] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        self._listening = Listening(self._serve)
        self.port = self._listening.port

    def close(self) -> None:
        """End the server."""
        self._listening.close()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines, contextlib.suppress(OSError):
            connection.sendall(f"* OK [{CAPABILITY}] fake\r\n".encode())
            here = Folder({})
            for line in lines:
                tag, _, command = line.decode().strip().partition(" ")
                self.heard.append(command)
                if named := re.match(r'(?:SELECT|EXAMINE) "?([^"]*)"?$', command):
                    here = self.folders.get(named[1], Folder({}))
                connection.sendall(self._answer(tag, command, here))
                if command == "LOGOUT":
                    return

    def _answer(self, tag: str, command: str, here: Folder) -> bytes:
        for beginning, answer in self.answers.items():
            if command.upper().startswith(beginning.upper()):
                return answer.replace("TAG", tag).replace("\n", "\r\n").encode("utf-8", "surrogateescape")
        return b"".join(_lines(command, here)) + f"{tag} OK done\r\n".encode()


def _lines(command: str, here: Folder) -> Iterator[bytes]:
    words = command.upper().split(" ")
    if words[0] == "CAPABILITY":
        yield f"* {CAPABILITY}\r\n".encode()
    elif words[0] in ("SELECT", "EXAMINE"):
        yield f"* {len(here.mails)} EXISTS\r\n* OK [UIDVALIDITY {here.validity}] valid\r\n".encode()
        yield f"* OK [UIDNEXT {here.next}] next\r\n".encode()
    elif words[:2] == ["UID", "SEARCH"]:
        found = _among(here, words[3]) if words[2] == "UID" else sorted(here.mails)
        yield f"* SEARCH {' '.join(map(str, found))}".strip().encode() + b"\r\n"
    elif words[:2] == ["UID", "FETCH"]:
        for uid in _among(here, words[2]):
            yield _fetched(sorted(here.mails).index(uid) + 1, uid, here.mails[uid], whole="BODY.PEEK[]" in command)
    elif words[:2] == ["UID", "EXPUNGE"]:
        for uid in _among(here, words[2]):
            yield f"* {sorted(here.mails).index(uid) + 1} EXPUNGE\r\n".encode()
            del here.mails[uid]


def _among(here: Folder, written: str) -> list[int]:
    wanted: set[int] = set()
    for part in written.split(","):
        low, _, high = part.partition(":")
        last = max(here.mails, default=0) if high == "*" else int(high or low)
        wanted |= {uid for uid in here.mails if min(int(low), last) <= uid <= max(int(low), last)}
    return sorted(wanted)


def _fetched(number: int, uid: int, content: bytes, *, whole: bool) -> bytes:
    part = content if whole else content.split(b"\r\n\r\n")[0] + b"\r\n\r\n"
    name = "BODY[]" if whole else "BODY[HEADER.FIELDS (FROM)]"
    begin = f"* {number} FETCH (UID {uid} RFC822.SIZE {len(content)} {name} {{{len(part)}}}\r\n"
    return begin.encode() + part + b")\r\n"


@contextlib.contextmanager
def fake_imap(folders: dict[str, Folder], answers: dict[str, str] | None = None) -> Iterator[FakeImap]:
    """Start a server, and end it."""
    server = FakeImap(folders, answers or {})
    try:
        yield server
    finally:
        server.close()
