"""What the flags of `osync init` mean, without a server: which ones are found, believed or missing."""

import pytest
from cli.conversations import Domain

from osync.cli.arguments import make_parser
from osync.cli.places import accounts_by_flags
from osync.errors import ConfigurationError
from osync.network import Network
from osync.setup.provider import Means
from osync.setup.servers import ServiceRecord
from osync.setup.sources import ChosenAccounts

FOLDER = ("--calendar", "vdir:/nowhere")


def chosen(*flags: str, address: str = "pat@example.org", domain: Domain | None = None) -> ChosenAccounts:
    arguments = make_parser().parse_args(["init", "--no-check", *flags])
    means = Means(domain or Domain(), Network(), lambda size: b"", lambda: True, lambda talk, service, user: None)
    return accounts_by_flags(arguments, address, means)


def at(host: str) -> Domain:
    def record(port: int) -> tuple[ServiceRecord, ...]:
        return (ServiceRecord(0, 0, port, host),)

    return Domain({"_imaps._tcp": record(993), "_submissions._tcp": record(465)})


def test_a_known_provider_needs_no_server() -> None:
    found = chosen(*FOLDER, "--password-command", "pass show x", address="pat@gmx.de")
    assert found.mailbox.location == "imaps://imap.gmx.net"
    assert found.mailbox.options == {
        "user": "pat@gmx.de",
        "smtp": "smtps://mail.gmx.net",
        "password_command": "pass show x",
    }


def test_tokens_are_named_in_the_settings() -> None:
    assert chosen(*FOLDER, "--auth", "oauth", address="pat@gmail.com").mailbox.options["auth"] == "oauth"


def test_servers_of_the_domain_itself_are_believed() -> None:
    assert chosen(*FOLDER, domain=at("mail.example.org")).mailbox.location == "imaps://mail.example.org:993"


@pytest.mark.parametrize("host", ["mail.example.net", "example.org.evil.example", "evil-example.org"])
def test_servers_elsewhere_have_to_be_named_before_they_get_the_password(host: str) -> None:
    with pytest.raises(ConfigurationError, match=f"--imap imaps://{host}:993"):
        chosen(*FOLDER, domain=at(host))
    servers = ("--imap", f"imaps://{host}:993", "--smtp", f"smtps://{host}:465")
    assert chosen(*FOLDER, *servers, domain=at(host)).mailbox.location == f"imaps://{host}:993"


def test_an_internet_mailbox_is_the_server_that_receives() -> None:
    found = chosen(*FOLDER, "--mailbox", "internet:imaps://mail.example.org", "--smtp", "smtps://mail.example.org")
    assert (found.mailbox.kind, found.mailbox.location) == ("internet", "imaps://mail.example.org")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ((*FOLDER,), "receives mail for pat@example.org cannot be found"),
        ((*FOLDER, "--mailbox", "internet:imaps://mail.example.org"), "sends mail for pat@example.org cannot be found"),
        (("--imap", "imaps://x", "--smtp", "smtps://x"), "No calendar is named"),
        (("--mailbox", "folder:x"), "No calendar is named"),
    ],
)
def test_what_is_missing_is_named(flags: tuple[str, ...], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        chosen(*flags)


def test_only_folders_are_made_whole() -> None:
    found = chosen(
        "--calendar", "vdir:x", "--calendar", "w=caldav:https://dav.example.org/a/", "--mailbox", "outlook:default"
    )
    assert found.calendars["w"].location == "https://dav.example.org/a/"
    assert found.calendars["default"].location.endswith("x")
    assert found.calendars["default"].location != "x"
    assert found.mailbox.location == "default"
