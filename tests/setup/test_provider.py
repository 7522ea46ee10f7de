"""The questions about an account at a provider, with scripts; no server is asked."""

from pathlib import Path

import pytest
from cli.conversations import Domain, Script

from osync.errors import MailboxUnavailableError, SignInRefusedError
from osync.network import Network
from osync.setup.accounts import MailAccount, Secret
from osync.setup.conversation import Conversation
from osync.setup.lookups import Answer, Lookups
from osync.setup.provider import Means, ProviderSource
from osync.setup.servers import Records
from osync.setup.sources import ChosenAccounts


class Provider:
    """A provider that refuses as often as it is told, and remembers who tried and who signed in."""

    def __init__(self, *refusals: Exception) -> None:
        self.refusals = list(refusals)
        self.tried: list[MailAccount] = []
        self.signed_in: list[str] = []

    def ask(self, address: str, script: Script, lookups: Lookups | None = None) -> ChosenAccounts:
        means = Means(
            lookups or Domain(), Network(), lambda size: b"x" * size, lambda: True, self._sign_in, self._check
        )
        chosen = ProviderSource(means).ask(script.talk, address)
        assert script.pairs == []
        return chosen

    def _check(self, account: MailAccount, network: Network, entropy: object) -> None:
        self.tried.append(account)
        if self.refusals:
            raise self.refusals.pop(0)

    def _sign_in(self, talk: Conversation, service: str, user: str) -> None:
        self.signed_in.append(f"{service} {user}")


@pytest.fixture
def calendar(tmp_path: Path) -> tuple[tuple[str, str], ...]:
    return ((".ics files", "2"), ("holds your calendar", str(tmp_path)))


def test_gmail_says_that_it_wants_an_app_password(calendar: tuple[tuple[str, str], ...]) -> None:
    provider = Provider()
    script = Script(
        ("Are these the servers", ""), ("Gmail needs an app password", "1"), ("come from?", ""),
        ("Password", "abcd efgh ijkl mnop"), *calendar,
    )  # fmt: skip
    chosen = provider.ask("pat@gmail.com", script)
    assert chosen.mailbox.location == "imaps://imap.gmail.com"
    assert chosen.mailbox.options == {"user": "pat@gmail.com", "smtp": "smtps://smtp.gmail.com"}
    assert [each.host for each in chosen.passwords] == ["imap.gmail.com"]
    assert "abcd efgh" not in script.text + repr(chosen.mailbox)


def test_gmail_also_lets_in_with_oauth(calendar: tuple[tuple[str, str], ...]) -> None:
    provider = Provider()
    google = ("apidata.googleusercontent.com, by CalDAV (Google", "3")
    script = Script(("Are these the servers", ""), ("How do you want to sign in?", "2"), google, calendar[1])
    chosen = provider.ask("pat@gmail.com", script)
    assert provider.signed_in == ["google pat@gmail.com"]
    assert chosen.mailbox.options["auth"] == "oauth"
    assert chosen.passwords == ()


def test_outlook_com_offers_no_password(calendar: tuple[tuple[str, str], ...]) -> None:
    provider = Provider()
    script = Script(("Are these the servers", ""), *calendar)
    chosen = provider.ask("pat@outlook.com", script)
    assert provider.signed_in == ["microsoft pat@outlook.com"]
    assert "takes no passwords from programs" in script.text
    assert chosen.mailbox.options["auth"] == "oauth"


def test_after_a_refusal_another_user_name_can_be_tried(calendar: tuple[tuple[str, str], ...]) -> None:
    provider = Provider(SignInRefusedError("The server refuses the password of pat@icloud.com."))
    script = Script(
        ("Are these the servers", ""), ("come from?", ""), ("Password", "a"),
        ("refuses the password", "1"), ("User name", "pat"), ("come from?", ""), ("Password", "b"),
        ("Where is your calendar?", "3"), calendar[1],
    )  # fmt: skip
    provider.ask("pat@icloud.com", script)
    assert [(each.user, each.secret.typed) for each in provider.tried] == [("pat@icloud.com", "a"), ("pat", "b")]


def test_after_a_failure_other_servers_can_be_named(calendar: tuple[tuple[str, str], ...]) -> None:
    provider = Provider(MailboxUnavailableError("The server does not answer in time."))
    script = Script(
        ("cannot be found", "imap.example.net"), ("SMTP server", "smtp.example.net"), ("come from?", ""),
        ("Password", "a"), ("does not answer", "2"),
        ("IMAP server", "ftp://x"), ("ftp://x is no address of a mail server", "imap://mail.example.net:143"),
        ("SMTP server", "smtp://mail.example.net"), ("come from?", ""), ("Password", "a"), *calendar,
    )  # fmt: skip
    provider.ask("pat@example.org", script)
    assert provider.tried[0].imap == "imaps://imap.example.net"
    assert (provider.tried[1].imap, provider.tried[1].smtp) == (
        "imap://mail.example.net:143",
        "smtp://mail.example.net",
    )


class Distrusted:
    """A domain whose servers show certificates of somebody else."""

    def records(self, domain: str) -> Records:
        return Records({})

    def answer(self, url: str) -> Answer:
        return Answer.DISTRUSTED


def test_a_wrong_certificate_is_told_and_the_server_not_proposed(calendar: tuple[tuple[str, str], ...]) -> None:
    script = Script(
        ("certificate that cannot be trusted", "imap.example.net"), ("SMTP server", "smtp.example.net"),
        ("come from?", ""), ("Password", "a"), *calendar,
    )  # fmt: skip
    Provider().ask("pat@example.org", script, Distrusted())
    assert "Are these the servers" not in script.text


def test_a_command_is_tried_at_once_and_kept_instead_of_a_password(calendar: tuple[tuple[str, str], ...]) -> None:
    script = Script(
        ("Are these the servers", ""), ("come from?", "2"), ("without a shell", "no-such-program-of-osync"),
        ("cannot be started", "echo pat-pw"), ("Where is your calendar?", "3"), calendar[1],
    )  # fmt: skip
    chosen = Provider().ask("pat@posteo.de", script)
    assert chosen.mailbox.options["password_command"] == "echo pat-pw"
    assert chosen.passwords == ()


def test_the_options_of_a_secret_never_hold_it() -> None:
    typed = "hunter2"
    assert Secret(typed=typed).options() == {}
