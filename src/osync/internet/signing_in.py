"""Sign in to a mail server, whichever protocol it speaks: which ways are tried, and what a refusal means."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from osync.credentials import Login
from osync.errors import MailboxUnavailableError, MailboxUnusableError, SignInRefusedError
from osync.internet.explained import spoken
from osync.internet.sasl import Mechanism, bearer_mechanisms, password_mechanisms
from osync.internet.servers import ServerPlace

_UNHARMED = "Nothing was sent or changed; mails wait."
_TELLS_PASSWORD = ("PLAIN", "LOGIN")


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
    verdict = _first_offered(signing, _tokens(signing))
    if not verdict.accepted and not verdict.later:
        signing.login.refused()
        verdict = _first_offered(signing, _tokens(signing))
    _accept(signing, verdict)


def _tokens(signing: SignIn) -> list[Mechanism]:
    login, place = signing.login, signing.place
    return bearer_mechanisms(login.user, login.secret(), place.host, place.port)


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
    # Some servers repeat what they do not understand.
    _accept(signing, verdict if password not in verdict.words else replace(verdict, words=""))


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


def _accept(signing: SignIn, verdict: Verdict) -> None:
    said = f": {spoken(verdict.words)}" if verdict.words else ""
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
