"""A mail server that sends, played by hand: it takes mails and answers what a test wants, for what Postfix never says."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

GREETING = "220 fake ESMTP"
HELLO = "250-fake\r\n250-SIZE 1000\r\n250 8BITMIME"


@dataclass
class FakeSmtp:
    """Answers each command with the line of `answers` that is longest among those that begin it, else with 250.

    An empty answer hangs up. An answer that is a list gives one after the other, the last one again and again. `mails` holds
    what was handed over, without the dots of the way; `heard` each command.
    """

    answers: dict[str, str | list[str]]
    heard: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        self.answers = {"(greeting)": GREETING, "EHLO": HELLO, "DATA": "354 go on", "QUIT": "221 bye", **self.answers}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        """End the server."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as lines, contextlib.suppress(OSError):
                self._talk(connection, lines)

    def _talk(self, connection: socket.socket, lines: "Iterator[bytes]") -> None:
        if not self._answer(connection, "(greeting)"):
            return
        for line in lines:
            command = line.decode("utf-8").strip()
            self.heard.append(command)
            if not self._answer(connection, command):
                return
            if command == "DATA" and self._last.startswith("354"):
                self._take(lines)
                if not self._answer(connection, "(mail)"):
                    return

    def _take(self, lines: "Iterator[bytes]") -> None:
        content = []
        for line in lines:
            if line == b".\r\n":
                break
            content.append(line.removeprefix(b"."))
        self.mails.append(b"".join(content))

    def _answer(self, connection: socket.socket, command: str) -> bool:
        fitting = max((each for each in self.answers if command.upper().startswith(each.upper())), key=len, default="")
        answer = self.answers.get(fitting, "250 done")
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        self._last = answer
        if answer:
            connection.sendall(f"{answer}\r\n".encode("latin-1"))
        return bool(answer)


@contextlib.contextmanager
def fake_smtp(**answers: str | list[str]) -> Iterator[FakeSmtp]:
    """Start a server; `answers` as keywords, with "_" for a blank."""
    server = FakeSmtp({name.replace("_", " "): answer for name, answer in answers.items()})
    try:
        yield server
    finally:
        server.close()
