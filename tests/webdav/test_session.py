"""The way to a server: TLS, patience, signing in, connections that have died."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from beds.authority import Authority
from beds.dav_client import NETWORK
from beds.front import Asked, Forward, Front, Said, running_front
from beds.proxy import dribbling

from osync.credentials import Login
from osync.errors import CalendarUnavailableError, CalendarUnusableError, OSyncError, SignInRefusedError
from osync.network import Network
from osync.webdav.addresses import Origin
from osync.webdav.messages import LOST, Request
from osync.webdav.session import Session

ALICE = Login("alice", lambda: "alice-pw")
GET = Request("GET", "/x")


@pytest.fixture
def front() -> Iterator[Front]:
    """Give a server that answers 200 to everything."""
    with running_front(0) as front:
        front.rule = lambda asked, forward: Said(200, b"ok")
        yield front


def session(
    front: Front, login: Login = ALICE, network: Network = NETWORK, pauses: list[float] | None = None
) -> Session:
    """Give a session that notes its pauses instead of making them."""
    origin = Origin("http", "localhost", front.port)
    return Session(origin, login, network, pause=(pauses if pauses is not None else []).append)


def test_a_server_that_asks_for_patience_gets_it_if_it_is_short(front: Front) -> None:
    answers = iter([Said(503, headers={"Retry-After": "2"}), Said(429, headers={"Retry-After": "1"}), Said(200)])
    front.rule = lambda asked, forward: next(answers)
    pauses: list[float] = []
    assert session(front, pauses=pauses).ask(Request("PUT", "/x", b"text")).status == 200
    assert pauses == [2, 1]


@pytest.mark.parametrize("asked_for", ["3600", "", "-1", "9" * 5000, "Fri, 01 Jan 2027 12:00:00 GMT", "²"])
def test_a_server_that_asks_for_long_patience_is_asked_again_by_the_next_run(front: Front, asked_for: str) -> None:
    front.rule = lambda asked, forward: Said(503, headers={"Retry-After": asked_for.encode("utf-8").decode("latin-1")})
    pauses: list[float] = []
    assert session(front, pauses=pauses).ask(GET).status == 503
    assert pauses == []


def test_a_server_that_never_asks_is_told_who_we_are_all_the_same(front: Front) -> None:
    way = session(front)
    way.ask(GET)
    way.ask(GET)
    assert ["authorization" in asked.headers for asked in front.asked] == [False, True, True]
    assert way.scheme == "basic"


def test_who_has_no_user_signs_in_nowhere(front: Front) -> None:
    session(front, Login("", lambda: "")).ask(GET)
    assert "authorization" not in front.asked[0].headers
    front.rule = lambda asked, forward: Said(401, headers={"WWW-Authenticate": 'Basic realm="x"'})
    with pytest.raises(SignInRefusedError, match="user ="):
        session(front, Login("", lambda: "")).ask(GET)


def test_a_refused_password_is_tried_once_and_told_to_the_account(front: Front) -> None:
    front.rule = lambda asked, forward: Said(401, headers={"WWW-Authenticate": 'Basic realm="x"'})
    refused: list[bool] = []
    with pytest.raises(SignInRefusedError):
        session(front, replace(ALICE, refused=lambda: refused.append(True))).ask(GET)
    assert len(front.asked) == 2
    assert refused == [True]


def test_redirections_in_a_circle_end(front: Front) -> None:
    front.rule = lambda asked, forward: Said(302, headers={"Location": "/b" if asked.path == "/a" else "/a"})
    with pytest.raises(OSyncError):
        Session(Origin("http", "localhost", front.port), ALICE, NETWORK, follows=True).ask(GET)
    assert len(front.asked) < 12


def test_a_connection_that_was_closed_in_between_is_replaced(front: Front) -> None:
    way = session(front)
    way.ask(GET)
    hung_up: list[Asked] = []

    def rule(asked: Asked, forward: Forward) -> Said | None:
        if not hung_up:
            hung_up.append(asked)
            return None
        return Said(200, b"again")

    front.rule = rule
    assert way.ask(GET).body == b"again"
    hung_up.clear()
    assert way.ask(Request("PUT", "/x", b"text")).status == LOST


def test_a_name_that_leads_nowhere_and_a_closed_port_are_told_in_one_sentence() -> None:
    for origin in (Origin("https", "nowhere.invalid", 443), Origin("http", "localhost", 1)):
        with pytest.raises(CalendarUnavailableError) as caught:
            Session(origin, ALICE, NETWORK).ask(GET)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "spoken",
    [b"garbage\r\n\r\n", b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort", b"\x16\x03\x01" * 100]
    + [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + size + b"\r\nabc"
        for size in (b"-5", b"zz", b"9" * 70_000)
    ],
)
def test_what_is_no_http_is_no_answer(spoken: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        speaker = threading.Thread(target=_speak, args=(server, spoken))
        speaker.start()
        with pytest.raises(CalendarUnavailableError):
            Session(Origin("http", "127.0.0.1", server.getsockname()[1]), ALICE, NETWORK).ask(GET)
        speaker.join()


def _speak(server: socket.socket, spoken: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(spoken)


def test_a_server_that_is_silent_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        way = Session(Origin("http", "127.0.0.1", server.getsockname()[1]), ALICE, replace(NETWORK, timeout=0.2))
        with pytest.raises(CalendarUnavailableError, match="too long"):
            way.ask(GET)


@pytest.mark.parametrize(
    ("spoken", "endless"),
    [
        (b"", b"H"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"X"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    ],
)
def test_a_server_that_never_comes_to_an_end_is_given_up(spoken: bytes, endless: bytes) -> None:
    with dribbling(spoken, endless, 0.01) as port:
        way = Session(Origin("http", "127.0.0.1", port), ALICE, replace(NETWORK, timeout=0.05))
        with pytest.raises(CalendarUnavailableError, match="too long"):
            way.ask(GET)


class TestTls:
    """Who is not whom the certificate says is sent no password."""

    @pytest.fixture
    def authority(self, tmp_path: Path) -> Authority:
        """Give an authority that signs certificates."""
        return Authority(tmp_path)

    def ask(self, front: Front, host: str = "localhost", network: Network = NETWORK) -> bytes:
        """Ask over TLS."""
        front.rule = lambda asked, forward: Said(200, b"ok")
        return Session(Origin("https", host, front.port), ALICE, network).ask(GET).body

    def test_an_authority_that_the_user_trusts_vouches_for_a_server(self, authority: Authority) -> None:
        with running_front(0, authority.issue("server", "localhost")) as front:
            assert self.ask(front, network=replace(NETWORK, ca_file=str(authority.ca_file))) == b"ok"

    @pytest.mark.parametrize(
        ("names", "expired", "trusted", "reason"),
        [
            (("localhost",), True, True, "has expired"),
            (("other.example.org",), False, True, "belongs to another server"),
            (("localhost",), False, False, "nobody whom this computer trusts"),
        ],
        ids=["expired", "another name", "unknown authority"],
    )
    def test_a_certificate_that_proves_nothing_is_told_and_no_password_is_sent(
        self, authority: Authority, names: tuple[str, ...], expired: bool, trusted: bool, reason: str
    ) -> None:
        network = replace(NETWORK, ca_file=str(authority.ca_file)) if trusted else NETWORK
        with running_front(0, authority.issue("server", *names, expired=expired)) as front:
            with pytest.raises(CalendarUnusableError, match=reason):
                self.ask(front, network=network)
            assert front.asked == []

    def test_a_server_without_tls_is_no_answer(self) -> None:
        with running_front(0) as front, pytest.raises(CalendarUnavailableError, match="TLS"):
            self.ask(front)
