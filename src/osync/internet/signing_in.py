"""Sign in to a mail server, whichever protocol it speaks: which ways are tried, and what a refusal means."""

import base64
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from osync.credentials import Login
from osync.errors import MailboxUnavailableError, MailboxUnusableError, SignInRefusedError
from osync.internet.explained import spoken
from osync.internet.folder_names import in_quotes
from osync.internet.sasl import Mechanism, bearer_mechanisms, password_mechanisms
from osync.internet.servers import ServerPlace

_UNHARMED = "Nothing was sent or changed; mails wait."
_TELLS_PASSWORD = ("PLAIN", "LOGIN")
_SHOWS = 8
"""So many characters of a secret in a row are too many to be shown."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a server said to an attempt: whether it `accepted`, its words, and whether it may do so `later`."""

    accepted: bool
    words: str = ""
    later: bool = False


@dataclass(frozen=True, slots=True)
class SignIn:
    """What signing in to `place` takes: who, the mechanisms it offers in capitals, and how to make one attempt."""

    place: ServerPlace
    login: Login
    offered: Collection[str]
    attempt: Callable[[Mechanism], Verdict]
    entropy: Callable[[int], bytes]


def sign_in(signing: SignIn) -> None:
    """Sign in. SignInRefusedError, MailboxUnusableError if no way is known, MailboxUnavailableError if it may work later."""
    if not signing.login.user:
        raise MailboxUnusableError(
            f"The mail server {signing.place.name} wants to know who signs in.",
            unharmed=_UNHARMED,
            advice="Write user, and how to sign in, into [mailbox] of the settings.",
        )
    if signing.login.bearer:
        _by_token(signing)
    else:
        _by_password(signing)


def _by_token(signing: SignIn) -> None:
    """Try the token, and once more a new one, since a server may have revoked the first."""
    token = signing.login.secret()
    verdict = _first_offered(signing, _tokens(signing, token))
    if not verdict.accepted and not verdict.later:
        signing.login.refused()
        token = signing.login.secret()
        verdict = _first_offered(signing, _tokens(signing, token))
    _accept(signing, verdict, _forms(token, _tokens(signing, token)))


def _tokens(signing: SignIn, token: str) -> list[Mechanism]:
    return bearer_mechanisms(signing.login.user, token, signing.place.host, signing.place.port)


def _by_password(signing: SignIn) -> None:
    """Try the best way that is offered; where a server cannot do SCRAM for this user though it offers it, tell the password."""
    password = signing.login.secret()
    mechanisms = password_mechanisms(signing.login.user, password, signing.entropy)
    verdict = _first_offered(signing, mechanisms)
    telling = [each for each in mechanisms if each.name in _TELLS_PASSWORD]
    if not verdict.accepted and not verdict.later and _offers_both(signing, mechanisms):
        verdict = _first_offered(signing, telling)
    if not verdict.accepted and not verdict.later:
        signing.login.refused()
    _accept(signing, verdict, _forms(password, mechanisms))


def _offers_both(signing: SignIn, mechanisms: list[Mechanism]) -> bool:
    offered = [each.name for each in mechanisms if each.name in signing.offered]
    return offered[0] not in _TELLS_PASSWORD and offered[-1] in _TELLS_PASSWORD


def _first_offered(signing: SignIn, mechanisms: list[Mechanism]) -> Verdict:
    mechanism = next((each for each in mechanisms if each.name in signing.offered), None)
    if mechanism is None:
        kind = "tokens" if signing.login.bearer else "passwords"
        raise MailboxUnusableError(
            f"The mail server {signing.place.name} takes no {kind}.",
            unharmed=_UNHARMED,
            advice=f"It offers {spoken(', '.join(sorted(signing.offered))) or 'nothing'}."
            " Check auth in [mailbox] of the settings.",
        )
    return signing.attempt(mechanism)


def _accept(signing: SignIn, verdict: Verdict, forms: Collection[str]) -> None:
    """Raise what a verdict means; its words are not shown if they hold a part of the secret in one of its `forms`."""
    # Some servers repeat what they do not understand.
    is_shown = verdict.words and not any(_share_a_part(verdict.words, form) for form in forms)
    said = f": {spoken(verdict.words)}" if is_shown else ""
    if verdict.later:
        raise MailboxUnavailableError(
            f"The mail server {signing.place.name} lets nobody sign in now{said}.", unharmed=_UNHARMED
        )
    if not verdict.accepted:
        what = "token" if signing.login.bearer else "password"
        raise SignInRefusedError(
            f"The mail server {signing.place.name} refuses the {what} of {signing.login.user}{said}.",
            unharmed=_UNHARMED,
            advice=f"Sign in anew with: osync sign-in {signing.login.user}"
            if signing.login.bearer
            else "Give OSync the right one: osync password set, or what password_command prints. Some providers want an"
            " app password.",
        )


def _forms(secret: str, mechanisms: Iterable[Mechanism]) -> list[str]:
    """Give a secret as it is, and as it may have been told to a server."""
    told = [secret.encode(), *(each.first() or b"" for each in mechanisms)]
    return [secret, in_quotes(secret), *(base64.b64encode(each).decode() for each in told)]


def _share_a_part(words: str, form: str) -> bool:
    size = min(_SHOWS, len(form))
    return size > 0 and any(words[start : start + size] in form for start in range(len(words) - size + 1))
