"""The commands `password` and `sign-in`: give OSync what it signs in with. They need no ledger."""

import argparse
import re
import time
from dataclasses import replace

from osync.assembly import real_world
from osync.cli.terminal import conversation, password_from_input
from osync.cli.text import safe
from osync.config import PlaceSettings, Settings, read_settings
from osync.credentials import forget_secrets, host_of, keep_password, password_name
from osync.credentials.services import SERVICES, Service
from osync.errors import ConfigurationError, NotFoundError
from osync.home import Home
from osync.network import Network
from osync.setup.candidates import domain_of
from osync.setup.conversation import Conversation
from osync.setup.providers import MICROSOFT, provider_of
from osync.setup.signing_in import BROWSER, DEVICE, PASTE, Way, choose_way, sign_in

MAILBOX = "mailbox"
_TENANT = re.compile(r"[A-Za-z0-9.-]{1,255}")
_WITH_PASSWORD = ("internet", "caldav")


def change_password(arguments: argparse.Namespace, home: Home) -> int:
    """Keep or forget the password of an account."""
    section, place = find_account(read_settings(home.settings), arguments.account)
    user, host = str(place.options.get("user", "")), host_of(place.location)
    if place.kind not in _WITH_PASSWORD or not user:
        raise ConfigurationError(
            f"The account {section} needs no password.",
            unharmed="Nothing was changed.",
            advice=f"It is of the kind {place.kind}.",
        )
    if arguments.password_verb == "forget":
        from osync.credentials.store import forget

        forget(password_name(user, host))
        forget_secrets()
        print(safe(f"OSync keeps no password of {user} at {host} any more."))
        return 0
    keep_password(user, host, password_from_input(f"Password of {user} at {host}"))
    print(safe(f"The password of {user} at {host} is in the credential store of the system."))
    if place.options.get("password_command") or place.options.get("auth", "password") != "password":
        print(f"It is used when password_command and auth are taken out of [{section}] in the settings.")
    return 0


def find_account(settings: Settings, name: str) -> tuple[str, PlaceSettings]:
    """Find the mailbox or a calendar by its name; gives its section of the settings too. NotFoundError."""
    if name == MAILBOX:
        return MAILBOX, settings.mailbox
    calendar = name.removeprefix("calendars.")
    if calendar not in settings.calendars:
        raise NotFoundError(
            f"There is no account {name} in the settings.",
            advice=f"Your accounts: {', '.join((MAILBOX, *settings.calendars))}.",
        )
    return f"calendars.{calendar}", settings.calendars[calendar]


def sign_in_account(arguments: argparse.Namespace, home: Home) -> int:
    """Sign in with OAuth for an account of the settings, or for a mail address before there are any."""
    user, network, server = arguments.account, Network(), ""
    if "@" not in user:
        settings = read_settings(home.settings)
        section, place = find_account(settings, user or MAILBOX)
        user, network, server = str(place.options.get("user", "")), settings.network, host_of(place.location)
        if place.options.get("auth") != "oauth":
            raise ConfigurationError(
                f"The account {section} does not sign in with OAuth.",
                unharmed="Nothing was changed.",
                advice=f'Write auth = "oauth" into [{section}] of the settings, or give a password: osync password set.',
            )
    service = _of_tenant(SERVICES[arguments.provider or _service_of(user, server)], arguments.tenant)
    kind = DEVICE if arguments.device else PASTE if arguments.paste else BROWSER
    way = Way(kind, arguments.client_id, network, real_world().random_bytes, time.sleep)
    sign_in(conversation(), service, user, way)
    return 0


def sign_in_by_talking(talk: Conversation, service: str, user: str, network: Network) -> None:
    """Sign in with OAuth in the midst of a conversation. SignInRefusedError, RetryLaterError."""
    chosen = SERVICES[service]
    way = Way(choose_way(talk, chosen), "", network, real_world().random_bytes, time.sleep)
    sign_in(talk, chosen, user, way)


def _of_tenant(service: Service, tenant: str) -> Service:
    """Give the service for the accounts of one organisation, as client ids of an organisation need it at Microsoft."""
    if not tenant:
        return service
    if service.name != MICROSOFT or not _TENANT.fullmatch(tenant):
        raise ConfigurationError(
            "--tenant is the name or id of an organisation at Microsoft.",
            unharmed="Nothing was changed.",
            advice="Write it like example.org or 11111111-2222-3333-4444-555555555555.",
        )

    def own(url: str) -> str:
        return url.replace("/common/", f"/{tenant}/")

    return replace(
        service,
        authorize_url=own(service.authorize_url),
        device_url=own(service.device_url),
        token_url=own(service.token_url),
    )


def _service_of(user: str, server: str) -> str:
    provider = provider_of(domain_of(user), (server,) if server else ())
    if provider and provider.oauth:
        return provider.oauth
    if server.endswith((".office365.com", ".outlook.com")):
        return MICROSOFT
    if server.endswith((".gmail.com", ".googleusercontent.com")):
        return "google"
    raise ConfigurationError(
        f"OSync cannot tell who lets {user} in.",
        unharmed="Nothing was changed.",
        advice="Add --provider google or --provider microsoft.",
    )
