"""Access tokens are fresh when they are given, and what a sign-in server refuses becomes a sentence."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from beds.proxy import dribbling
from credentials.authorisation import AuthorisationServer, authorisation_server
from credentials.credential_store import MemoryStore

from osync.credentials import find_login
from osync.credentials.tokens import Grant, TokenKeeper, forget_grant, load_grant, save_grant
from osync.errors import RetryLaterError, SignInRefusedError
from osync.network import Network
from osync.options import Options

PAT = "pat@example.org"


class Watch:
    """Seconds that only pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def server(credential_store: MemoryStore) -> Iterator[AuthorisationServer]:
    with authorisation_server() as found:
        found.grant(PAT)
        yield found


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def keeper(server: AuthorisationServer, watch: Watch) -> TokenKeeper:
    return TokenKeeper(PAT, Network(timeout=5), watch)


def test_a_token_is_used_until_shortly_before_its_end(keeper: TokenKeeper, watch: Watch) -> None:
    assert [keeper.secret(), keeper.secret()] == ["access-1", "access-1"]
    watch.seconds += 3_400
    assert keeper.secret() == "access-1"
    watch.seconds += 100
    assert keeper.secret() == "access-2"


def test_a_refused_token_is_replaced(keeper: TokenKeeper) -> None:
    assert keeper.secret() == "access-1"
    keeper.forget()
    assert keeper.secret() == "access-2"


def test_the_account_of_the_settings_gets_tokens(server: AuthorisationServer) -> None:
    login = find_login(PAT, "imaps://imap.example.org", Options("mailbox", {"auth": "oauth"}), Network(timeout=5))
    assert (login.bearer, login.user, login.secret()) == (True, PAT, "access-1")
    login.refused()
    assert login.secret() == "access-2"


def test_the_client_says_who_it_is(keeper: TokenKeeper, server: AuthorisationServer) -> None:
    keeper.secret()
    assert server.requests == [
        {
            "path": "/token",
            "grant_type": "refresh_token",
            "refresh_token": "refresh-0",
            "client_id": "client-of-pat",
            "client_secret": "no real secret",
        }
    ]


def test_a_new_refresh_token_takes_the_place_of_the_old_one(keeper: TokenKeeper, server: AuthorisationServer) -> None:
    server.rotates = True
    keeper.secret()
    grant = load_grant(PAT)
    assert grant is not None
    assert grant.refresh_token == "refresh-1"
    server.refresh_tokens.discard("refresh-0")
    keeper.forget()
    assert keeper.secret() == "access-2"


def test_a_refresh_token_as_long_as_those_of_microsoft_fits_into_the_store(server: AuthorisationServer) -> None:
    long = "0.A" + "x" * 1_700
    server.refresh_tokens.add(long)
    server.grant(PAT, long)
    assert TokenKeeper(PAT, Network(timeout=5), Watch()).secret() == "access-1"


def test_a_token_that_another_program_has_replaced_meanwhile_is_no_end(
    keeper: TokenKeeper, server: AuthorisationServer
) -> None:
    server.refresh_tokens = {"refresh-new"}
    server.before = lambda: server.grant(PAT, "refresh-new")
    assert keeper.secret().startswith("access-")
    assert [each["refresh_token"] for each in server.requests] == ["refresh-0", "refresh-new"]


def test_a_revoked_sign_in_says_what_to_type(keeper: TokenKeeper, server: AuthorisationServer) -> None:
    server.refresh_tokens.clear()
    with pytest.raises(SignInRefusedError, match=r"was revoked.*Type: osync sign-in"):
        keeper.secret()


@pytest.mark.parametrize(
    ("status", "content", "error", "words"),
    [
        (503, b"{}", RetryLaterError, "does not work now"),
        (429, b"{}", RetryLaterError, "does not work now"),
        (200, b"<html>", RetryLaterError, "does not understand"),
        (200, b"[" * 10_000, RetryLaterError, "does not understand"),
        (200, b"[]", SignInRefusedError, "nothing that OSync understands"),
        (200, b"{}", SignInRefusedError, "is refused"),
        (401, b'{"error": "invalid_client", "error_description": "hunter2"}', SignInRefusedError, "invalid_client"),
        (400, b'{"error": "\\u001b[31mhunter2 "}', SignInRefusedError, "is refused"),
        (200, b'{"access_token": 7}', SignInRefusedError, "is refused"),
    ],
)
def test_other_refusals_are_told_in_our_words(
    keeper: TokenKeeper, server: AuthorisationServer, status: int, content: bytes, error: type[Exception], words: str
) -> None:
    server.answers = [(status, content)]
    with pytest.raises(error, match=words) as raised:
        keeper.secret()
    assert "hunter2" not in str(raised.value)
    assert keeper.secret() == "access-1"


def test_a_sign_in_server_that_cannot_be_reached_is_for_later(server: AuthorisationServer, watch: Watch) -> None:
    server.stop()
    with pytest.raises(RetryLaterError, match="cannot be reached"):
        TokenKeeper(PAT, Network(timeout=2), watch).secret()


def test_a_sign_in_server_that_never_comes_to_an_end_is_for_later(server: AuthorisationServer, watch: Watch) -> None:
    with dribbling(b"HTTP/1.1 200 OK\r\n\r\n", b" ") as port:
        save_grant(PAT, Grant(replace(server.client(), token_url=f"http://127.0.0.1:{port}/"), "refresh-0"))
        with pytest.raises(RetryLaterError, match="TimeoutError"):
            TokenKeeper(PAT, Network(timeout=0.2), watch).secret()


def test_nothing_is_told_without_encryption(server: AuthorisationServer, watch: Watch) -> None:
    far = "http://login.example.org/token"
    client = replace(server.client(), token_url=far)
    save_grant(PAT, Grant(client, "refresh-0"))
    with pytest.raises(RetryLaterError, match="cannot be reached"):
        TokenKeeper(PAT, Network(timeout=2), watch).secret()


def test_a_damaged_sign_in_counts_as_none(keeper: TokenKeeper, credential_store: MemoryStore) -> None:
    credential_store.kept[f"osync oauth {PAT}"] = '{"client": 7}'
    with pytest.raises(SignInRefusedError, match="osync sign-in"):
        keeper.secret()


def test_a_forgotten_sign_in_is_gone(server: AuthorisationServer, credential_store: MemoryStore) -> None:
    forget_grant(PAT)
    assert credential_store.kept == {}
