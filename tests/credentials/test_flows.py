"""Signing in with a browser and on another device, at a sign-in server in the same process."""

import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from credentials.authorisation import CLIENT_ID, CLIENT_SECRET, AuthorisationServer, authorisation_server
from credentials.credential_store import MemoryStore

from osync.credentials.flows import SignIn, ask_in_browser, finish, in_browser, on_device
from osync.credentials.services import SERVICES
from osync.credentials.tokens import load_grant
from osync.errors import ConfigurationError, SignInRefusedError
from osync.network import Network
from osync.setup.conversation import Conversation
from osync.setup.signing_in import BROWSER, DEVICE, PASTE, Way, sign_in

PAT = "pat@example.org"


@pytest.fixture
def server(credential_store: MemoryStore) -> Iterator[AuthorisationServer]:
    with authorisation_server() as found:
        yield found


@pytest.fixture
def signing(server: AuthorisationServer) -> SignIn:
    counter = iter(range(1, 250))
    return SignIn(
        server.service(), server.client(), PAT, Network(timeout=5), lambda size: bytes([next(counter)]) * size
    )


def browser(server: AuthorisationServer, *, agrees: bool = True) -> Callable[[str], bool]:
    """Give what opens a browser: it visits the service and goes where that sends it, while OSync waits."""

    def visit(url: str) -> bool:
        target = server.visit(url, agrees=agrees)

        def go() -> None:
            with urllib.request.urlopen(target, timeout=5) as page:  # noqa: S310 # our own listener
                page.read()

        threading.Thread(target=go, daemon=True).start()
        return True

    return visit


def knock(url: str, request: bytes) -> None:
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1_000)


def test_a_browser_signs_in(signing: SignIn, server: AuthorisationServer) -> None:
    grant = in_browser(signing, browser(server))
    assert grant.refresh_token == "refresh-0"


def test_only_the_answer_of_this_sign_in_counts(signing: SignIn, server: AuthorisationServer) -> None:
    def show(url: str) -> None:
        redirect = server.visit(url).split("?")[0]

        def others() -> None:
            knock(redirect, b"GET /?code=evil&state=guessed HTTP/1.1\r\n\r\n")
            knock(redirect, b"POST / HTTP/1.1\r\n\r\n")
            knock(redirect, b"\x16\x03\x01")
            knock(redirect, b"GET //[ HTTP/1.1\r\n\r\n")
            knock(redirect, b"GET http://[evil/?state=guessed HTTP/1.1\r\n\r\n")
            knock(redirect, b"")
            browser(server)(url)

        threading.Thread(target=others, daemon=True).start()

    assert in_browser(signing, show).refresh_token == "refresh-0"
    assert [each["code"] for each in server.requests] == ["code-1"]


def test_a_refusal_in_the_browser_is_told(signing: SignIn, server: AuthorisationServer) -> None:
    with pytest.raises(SignInRefusedError, match=r"said no \(access_denied\)"):
        in_browser(signing, browser(server, agrees=False))


def test_nobody_in_the_browser_is_told(signing: SignIn) -> None:
    with pytest.raises(SignInRefusedError, match="in time"):
        in_browser(signing, lambda url: None, patience=0.1)


def test_the_listener_is_on_this_computer_only(signing: SignIn) -> None:
    seen: list[str] = []
    with pytest.raises(SignInRefusedError):
        in_browser(signing, seen.append, patience=0.1)
    assert "redirect_uri=http%3A%2F%2F127.0.0.1%3A" in seen[0]


def test_no_secret_is_in_the_address_that_a_browser_gets(signing: SignIn) -> None:
    question = ask_in_browser(signing, "http://127.0.0.1:1/")
    assert question.verifier not in question.url
    assert CLIENT_SECRET.replace(" ", "+") not in question.url


@pytest.mark.parametrize(
    "answer", ["", "http://127.0.0.1:1/?code=code-0&state=other", "http://127.0.0.1:1/?code=code-0", "http://[", "x"]
)
def test_an_address_from_elsewhere_is_refused(signing: SignIn, server: AuthorisationServer, answer: str) -> None:
    question = ask_in_browser(signing, "http://127.0.0.1:1/")
    server.visit(question.url)
    with pytest.raises(SignInRefusedError, match="does not belong"):
        finish(signing, question, answer)
    assert server.requests == []


def test_a_stolen_code_is_worth_nothing_without_the_verifier(signing: SignIn, server: AuthorisationServer) -> None:
    question = ask_in_browser(signing, "http://127.0.0.1:1/")
    answer = server.visit(question.url)
    with pytest.raises(SignInRefusedError, match="invalid_grant"):
        finish(signing, replace(question, verifier="guessed"), answer)


def test_another_device_signs_in_with_a_code(signing: SignIn, server: AuthorisationServer) -> None:
    server.pending = 2
    shown: list[str] = []
    slept: list[float] = []
    grant = on_device(signing, lambda url, code: shown.extend((url, code)), slept.append)
    assert grant.refresh_token == "refresh-0"
    assert shown == ["https://example.org/device", "ABCD-EFGH"]
    assert slept == [5, 5, 5]


def test_a_server_that_wants_us_slower_gets_it(signing: SignIn, server: AuthorisationServer) -> None:
    server.answers = [server.answer("/device", {}), (400, b'{"error": "slow_down"}')]
    slept: list[float] = []
    on_device(signing, lambda url, code: None, slept.append)
    assert slept == [5, 10]


def test_a_code_that_nobody_types_ends(signing: SignIn, server: AuthorisationServer) -> None:
    server.pending = 10_000
    with pytest.raises(SignInRefusedError, match="nobody typed"):
        on_device(signing, lambda url, code: None, lambda seconds: None)


@pytest.mark.parametrize("content", [b'{"error": "expired_token"}', b'{"error": "access_denied"}'])
def test_a_refused_code_is_told(signing: SignIn, server: AuthorisationServer, content: bytes) -> None:
    server.answers = [server.answer("/device", {}), (400, content)]
    with pytest.raises(SignInRefusedError, match=r"expired_token|access_denied"):
        on_device(signing, lambda url, code: None, lambda seconds: None)


def test_a_sign_in_without_a_refresh_token_is_refused(signing: SignIn, server: AuthorisationServer) -> None:
    server.answers = [server.answer("/device", {}), (200, b'{"access_token": "a", "expires_in": 3599}')]
    with pytest.raises(SignInRefusedError, match="only once"):
        on_device(signing, lambda url, code: None, lambda seconds: None)


class Scripted:
    """Somebody who types answers in order."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.said: list[str] = []
        self.talk = Conversation(self._read, self._read, self.said.append)

    def _read(self, prompt: str) -> str:
        self.said.append(prompt)
        return self.answers.pop(0)


def way(server: AuthorisationServer, kind: str, client_id: str = "") -> Way:
    return Way(kind, client_id, Network(timeout=5), lambda size: b"x" * size, lambda seconds: None, browser(server))


def test_a_sign_in_asks_for_the_client_and_is_kept(server: AuthorisationServer, credential_store: MemoryStore) -> None:
    pat = Scripted(CLIENT_ID, CLIENT_SECRET)
    sign_in(pat.talk, server.service(), PAT, way(server, BROWSER))
    grant = load_grant(PAT)
    assert grant is not None
    assert grant.client == server.client()
    assert pat.said[-1] == "Signed in at Example as pat@example.org. The credential store of the system keeps it."
    assert not any(CLIENT_SECRET in line or "refresh-0" in line for line in pat.said)


def test_a_second_sign_in_knows_the_client(server: AuthorisationServer) -> None:
    server.grant(PAT, "revoked")
    sign_in(Scripted("").talk, server.service(), PAT, way(server, DEVICE))
    grant = load_grant(PAT)
    assert grant is not None
    assert grant.refresh_token == "refresh-0"


def test_an_address_can_be_pasted(server: AuthorisationServer) -> None:
    server.grant(PAT)
    pat = Scripted("")

    def read(prompt: str) -> str:
        url = next(line for line in pat.said if line.startswith(server.url))
        return server.visit(url)

    sign_in(replace(pat.talk, read_secret=read), server.service(), PAT, way(server, PASTE, CLIENT_ID))
    grant = load_grant(PAT)
    assert grant is not None


def test_a_service_whose_device_flow_has_no_mail_says_so(server: AuthorisationServer) -> None:
    server.grant(PAT)
    with pytest.raises(ConfigurationError, match="--paste"):
        sign_in(Scripted("").talk, server.service(device=False), PAT, way(server, DEVICE))


def test_a_failed_sign_in_leaves_the_former_one(server: AuthorisationServer) -> None:
    server.grant(PAT, "former")
    server.answers = [(400, b'{"error": "invalid_client"}')]
    with pytest.raises(SignInRefusedError):
        sign_in(Scripted("").talk, server.service(), PAT, way(server, DEVICE))
    grant = load_grant(PAT)
    assert grant is not None
    assert grant.refresh_token == "former"


def test_the_real_services_are_reached_in_tls_only() -> None:
    for service in SERVICES.values():
        for url in (service.authorize_url, service.token_url, service.device_url):
            assert url.startswith("https://") or not url
