"""Sign a user in at Google or Microsoft, with the client id that they made there, and keep the sign-in."""

import contextlib
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass, replace

from osync.credentials import forget_secrets
from osync.credentials.flows import SignIn, ask_in_browser, finish, in_browser, on_device
from osync.credentials.services import Service
from osync.credentials.tokens import Client, Grant, load_grant, save_grant
from osync.errors import ConfigurationError
from osync.network import Network
from osync.setup.conversation import Conversation

BROWSER, PASTE, DEVICE = "browser", "paste", "device"
_NOWHERE = "http://{}:1/"
"""An address of this computer where nobody listens: the browser shows the answer in its address line."""


@dataclass(frozen=True, slots=True)
class Way:
    """How to sign in: a way ("browser", "paste", "device"), the user's `client_id` ("" to ask for it), and what it takes."""

    kind: str
    client_id: str
    network: Network
    entropy: Callable[[int], bytes]
    sleep: Callable[[float], None]
    open_browser: Callable[[str], bool] = webbrowser.open


def sign_in(talk: Conversation, service: Service, user: str, way: Way) -> None:
    """Sign in and keep what was given in the credential store, in the place of an older sign-in.

    SignInRefusedError, RetryLaterError, ConfigurationError.
    """
    client = _client(talk, service, user, way.client_id)
    signing = SignIn(service, client, user, way.network, way.entropy)
    save_grant(user, _granted(talk, signing, way))
    forget_secrets()
    talk.say(f"Signed in at {service.title} as {user}. The credential store of the system keeps it.")


def choose_way(talk: Conversation, service: Service) -> str:
    """Let the user choose where the browser is."""
    ways = ["in a browser on this computer", "in a browser elsewhere; I copy an address from it"]
    if service.device_url:
        ways.append("on another device, with a code")
    return (BROWSER, PASTE, DEVICE)[talk.choose(f"Where do you want to sign in at {service.title}?", ways)]


def _client(talk: Conversation, service: Service, user: str, client_id: str) -> Client:
    """Give the user's client; the one of an earlier sign-in is proposed."""
    former = load_grant(user)
    known = former.client if former and former.client.service == service.name else None
    if not client_id:
        client_id = talk.ask(
            "Client id",
            f"{service.title} lets programs in by a client id. docs/accounts.md tells step by step how to get your own.",
            known.client_id if known else "",
            _one_word,
        )
    if known and known.client_id == client_id:
        return replace(known, token_url=service.token_url)
    secret = ""
    if service.wants_secret:
        secret = talk.ask_secret(
            "Client secret", f"{service.title} shows it beside the client id. It is not shown here."
        )
    return Client(service.name, service.token_url, client_id, secret.strip())


def _granted(talk: Conversation, signing: SignIn, way: Way) -> Grant:
    if way.kind == DEVICE:
        if not signing.service.device_url:
            raise ConfigurationError(
                f"{signing.service.title} lets nobody read mail that signed in with a code on another device.",
                unharmed="Nothing was changed.",
                advice="Sign in without --device, or with --paste where there is no browser.",
            )
        return on_device(signing, lambda url, code: _show_code(talk, url, code), way.sleep)
    if way.kind == PASTE:
        question = ask_in_browser(signing, _NOWHERE.format(signing.service.redirect_host))
        talk.say("Open this address in any browser:")
        talk.say(question.url)
        address = talk.ask_secret(
            "Address",
            "Sign in there. The browser then finds no page: copy the whole address from its address line to here.",
        )
        return finish(signing, question, address)
    return in_browser(signing, lambda url: _open(talk, url, way.open_browser))


def _open(talk: Conversation, url: str, open_browser: Callable[[str], bool]) -> None:
    talk.say("Sign in with the browser, in the window that opens now. If none opens, open this address:")
    talk.say(url)
    with contextlib.suppress(webbrowser.Error, OSError):
        open_browser(url)


def _show_code(talk: Conversation, url: str, code: str) -> None:
    talk.say(f"Open {url} on any device and type the code {code}.")


def _one_word(text: str) -> str:
    if not text.isprintable() or " " in text:
        raise ConfigurationError("A client id is one word.")
    return text
