"""`osync init` as a conversation: who you are, where your mail and calendar are, and what to do first."""

import argparse
import getpass
from collections.abc import Sequence
from dataclasses import dataclass

from osync.assembly import check_is_new
from osync.cli.starting import checked_address, checked_name, make_installation
from osync.config import is_address
from osync.errors import ConfigurationError, MailboxUnavailableError, MailboxUnusableError, UserMustActError
from osync.home import Home
from osync.setup.conversation import Conversation
from osync.setup.folders import FolderSource
from osync.setup.outlook import outlook_of_this_computer
from osync.setup.provider import Means, ProviderSource
from osync.setup.sources import AccountSource, ChosenAccounts

_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class _Person:
    """Who the installation is for."""

    name: str
    address: str


def converse(arguments: argparse.Namespace, home: Home, talk: Conversation, means: Means) -> int:
    """Ask for everything, make the installation, and offer the first steps. Until the last question nothing is made."""
    check_is_new(home)
    try:
        person = _ask_person(arguments, talk)
        accounts = ask_accounts(talk, person.address, account_sources(means))
        _show(talk, person, accounts, home)
        if not talk.agree("Make this OSync?", default=True):
            raise UserMustActError("OSync was not made.", unharmed="Nothing was changed.")
        make_installation(arguments, home, person.name, person.address, accounts)
    except KeyboardInterrupt:
        talk.say()
        made = "OSync was made; it goes on with osync sync" if home.settings.exists() else "Nothing was made"
        talk.say(f"Interrupted. {made}.")
        return _INTERRUPTED
    _first_steps(talk, home)
    return 0


def account_sources(means: Means) -> Sequence[AccountSource]:
    """Give the places where accounts can be, the one to suggest first."""
    return (outlook_of_this_computer(), ProviderSource(means), FolderSource())


def _ask_person(arguments: argparse.Namespace, talk: Conversation) -> _Person:
    talk.say("This makes a new OSync. Enter takes what stands in [brackets]; Ctrl-C ends it and leaves nothing behind.")
    name = arguments.name and checked_name(arguments.name)
    name = name or talk.ask("Name", "What is your name? Your subscribers see it.", _user_name(), checked_name)
    address = arguments.address and checked_address(arguments.address)
    return _Person(name, address or talk.ask("Address", "What is your mail address?", check=checked_address))


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def ask_accounts(talk: Conversation, address: str, sources: Sequence[AccountSource]) -> ChosenAccounts:
    """Let the user choose one of the sources that are there; one that does not work says why, and another can be chosen."""
    there = [source for source in sources if source.is_there()]
    while True:
        choice = talk.choose("What carries your mail?", [source.description for source in there])
        try:
            return there[choice].ask(talk, address)
        except (ConfigurationError, MailboxUnavailableError, MailboxUnusableError) as error:
            talk.say(str(error))


def _show(talk: Conversation, person: _Person, accounts: ChosenAccounts, home: Home) -> None:
    talk.say()
    talk.say(f"You:       {person.name} <{person.address}>")
    talk.say(f"Mail:      {accounts.mailbox.location}")
    for name, place in accounts.calendars.items():
        talk.say(f"Calendar:  {place.location}" + (f" ({name})" if len(accounts.calendars) > 1 else ""))
    talk.say(f"Settings:  {home.settings}")
    talk.say("Nothing is sent, and nothing in your calendar is changed.")


def _first_steps(talk: Conversation, home: Home) -> None:
    """Offer the first share, the first invitation and the service; a refusal of one of them ends nothing."""
    try:
        _offer_share(talk, home)
        _offer_service(talk, home)
    except (KeyboardInterrupt, UserMustActError):
        talk.say()
    talk.say()
    talk.say("Back your key up:   osync identity export FILE")
    talk.say("What comes next:    osync sync, osync status, osync --help")


def _offer_share(talk: Conversation, home: Home) -> None:
    talk.say()
    if not talk.agree("Do you want to share events of your calendar with somebody now?", default=False):
        return
    category = talk.ask(
        "Category", "Which category marks the events to share? Give it to them in your calendar program.", "Team"
    )
    name = talk.ask("Share", "What do you and your subscribers call it?", category.lower())
    if _osync(home, "share", "new", name, "--category", category):
        return
    _osync(home, "share", "preview", name)
    guest = talk.ask("Address", "Who gets the first invitation, by mail? Type - for nobody.", "-", _guest)
    if guest != "-" and _osync(home, "share", "invite", name, guest) == 0:
        _osync(home, "sync")


def _guest(text: str) -> str:
    if text != "-" and not is_address(text):
        raise ConfigurationError(f"{text} is no mail address.", advice="Write it like tester@example.org, or -.")
    return text


def _offer_service(talk: Conversation, home: Home) -> None:
    talk.say()
    if talk.agree("Shall OSync run by itself from now on, whenever you are logged on?", default=True):
        _osync(home, "install-service")


def _osync(home: Home, *words: str) -> int:
    """Run a command as if it had been typed; its errors are sentences already."""
    from osync.cli.main import main

    return main(["--home", str(home.path), *words])
