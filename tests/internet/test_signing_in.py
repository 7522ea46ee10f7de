"""Signing in: no word of a server brings a secret into an error, and no secret becomes a command."""

import base64

import pytest
from beds.fake_imap import FakeImap, Folder, fake_imap
from beds.fake_smtp import HELLO, fake_smtp

from osync.credentials import Login
from osync.errors import MailboxUnavailableError, OSyncError, SignInRefusedError
from osync.internet.imap import ImapConnection
from osync.internet.sasl import bearer_mechanisms
from osync.internet.servers import ServerPlace
from osync.internet.signing_in import SignIn, Verdict, sign_in
from osync.internet.smtp import SmtpConnection
from osync.network import Network

PASSWORD = 'correct "horse" battery staple'
TOKEN = "ya29.a0-the-token-of-pat"
PLACE = ServerPlace("mail.example.org", 993, tls_first=True, plain_text=False)
NETWORK = Network(proxy="none", timeout=10)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def refusal(words: str, *, bearer: bool = False, later: bool = False) -> str:
    """Give the error when a server refuses with these words."""
    login = Login("pat", lambda: TOKEN if bearer else PASSWORD, bearer=bearer)
    offered = {"OAUTHBEARER", "XOAUTH2"} if bearer else {"PLAIN", "LOGIN"}
    with pytest.raises((SignInRefusedError, MailboxUnavailableError)) as caught:
        sign_in(SignIn(PLACE, login, offered, lambda mechanism: Verdict(False, words, later), bytes))
    return str(caught.value)


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize(
    "told",
    [
        PASSWORD,
        PASSWORD.replace('"', '\\"'),
        PASSWORD[:12],
        PASSWORD[-9:],
        encoded(PASSWORD),
        encoded(f"\0pat\0{PASSWORD}"),
        encoded(f"\0pat\0{PASSWORD}")[:30],
    ],
)
def test_words_that_repeat_the_password_in_any_form_are_not_shown(told: str, later: bool) -> None:
    shown = refusal(f"535 unknown command {told}", later=later)
    assert "unknown command" not in shown
    assert "mail.example.org" in shown


@pytest.mark.parametrize(
    "told",
    [TOKEN, TOKEN[:15], encoded(TOKEN)]
    + [encoded((each.first() or b"").decode()) for each in bearer_mechanisms("pat", TOKEN, PLACE.host, PLACE.port)],
)
def test_words_that_repeat_the_token_in_any_form_are_not_shown(told: str) -> None:
    assert "unknown command" not in refusal(f"535 unknown command {told}", bearer=True)


def test_other_words_of_a_server_are_shown() -> None:
    assert "535 5.7.8 try an app password" in refusal("535 5.7.8 try an app password")
    assert "token expired" in refusal("token expired", bearer=True)


def signed_in(server: FakeImap, user: str, password: str) -> list[str]:
    place = ServerPlace("127.0.0.1", server.port, tls_first=False, plain_text=True)
    ImapConnection(place, Login(user, lambda: password), NETWORK, bytes).close()
    return [each for each in server.heard if each.startswith("LOGIN")]


def test_blanks_and_quotes_in_a_user_name_stay_in_it() -> None:
    with fake_imap({"INBOX": Folder({})}) as server:
        heard = signed_in(server, 'EXAMPLE\\pat "x" y', 'se"cret')
    assert heard == ['LOGIN "EXAMPLE\\\\pat \\"x\\" y" "se\\"cret"']


@pytest.mark.parametrize("secret", ["se\r\nB LOGOUT", "se\0cret", "s\u00e9cret"])
def test_a_password_that_is_no_line_of_ascii_is_told_in_no_command(secret: str) -> None:
    with fake_imap({"INBOX": Folder({})}) as server:
        with pytest.raises(SignInRefusedError, match="only ASCII letters") as caught:
            signed_in(server, "pat", secret)
        assert not any("se" in each or "s\u00e9" in each for each in server.heard)
    assert secret not in str(caught.value)


@pytest.mark.parametrize("size", ["\u00b2", "9" * 5_000, "-1", "x", "1 2"])
def test_a_size_that_is_no_number_limits_nothing(size: str) -> None:
    with fake_smtp(EHLO=HELLO.replace("SIZE 1000", f"SIZE {size}")) as server:
        place = ServerPlace("127.0.0.1", server.port, tls_first=False, plain_text=True)
        connection = SmtpConnection(place, None, NETWORK, bytes)
        try:
            assert connection.most_bytes == 0
        finally:
            connection.close()


def test_an_imap_server_that_repeats_what_it_was_told_is_not_quoted() -> None:
    answers = {"LOGIN": f'TAG NO what is LOGIN pat "{PASSWORD[:20]}\n'}
    with fake_imap({"INBOX": Folder({})}, answers) as server, pytest.raises(OSyncError) as caught:
        signed_in(server, "pat", PASSWORD)
    assert "correct" not in str(caught.value)
