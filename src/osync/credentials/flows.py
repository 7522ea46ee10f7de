"""Sign in with OAuth 2: in a browser on this computer (RFC 8252 with PKCE, RFC 7636), or on another device (RFC 8628)."""

import base64
import hashlib
import hmac
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from osync.credentials.services import Service
from osync.credentials.tokens import AccessToken, Client, Grant, identified, read_token, refusal
from osync.credentials.web import post_form
from osync.errors import SignInRefusedError
from osync.network import Network
from osync.network.timed import TimedSocket

PATIENCE = 600.0
"""Seconds that a user gets for the browser."""
_UNHARMED = "Nothing was changed."
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_MOST_REQUEST = 16_384
_KNOCK = 5.0
"""Seconds for somebody who knocks to say what they want; others may wait behind them."""
_PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in that is going on: where, as which client, of whom, and what it needs of the world."""

    service: Service
    client: Client
    user: str
    network: Network
    entropy: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked in a browser: its `url`, where the answer goes, and what proves that both belong together."""

    url: str
    redirect: str
    state: str
    verifier: str


def in_browser(signing: SignIn, show: Callable[[str], object], patience: float = PATIENCE) -> Grant:
    """Sign in with a browser on this computer; `show` gets the URL to open. SignInRefusedError, RetryLaterError."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        redirect = f"http://{signing.service.redirect_host}:{listener.getsockname()[1]}/"
        question = ask_in_browser(signing, redirect)
        show(question.url)
        return finish(signing, question, _wait_for_answer(listener, question.state, patience))


def ask_in_browser(signing: SignIn, redirect: str) -> Question:
    """Make the question that a browser carries to the service."""
    state, verifier = _word(signing.entropy(24)), _word(signing.entropy(48))
    challenge = _word(hashlib.sha256(verifier.encode()).digest())
    fields = {
        "response_type": "code",
        "client_id": signing.client.client_id,
        "redirect_uri": redirect,
        "scope": signing.service.scope,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "login_hint": signing.user,
        # Google gives a refresh token only with these two.
        "access_type": "offline",
        "prompt": "consent",
    }
    return Question(f"{signing.service.authorize_url}?{urlencode(fields)}", redirect, state, verifier)


def finish(signing: SignIn, question: Question, answer: str) -> Grant:
    """Turn the address that the browser was sent to into a sign-in. SignInRefusedError, RetryLaterError."""
    given = _given(answer)
    if not hmac.compare_digest(given.get("state", "").encode(), question.state.encode()):
        raise _refused(signing, "the answer does not belong to this sign-in")
    if "code" not in given:
        raise _refused(signing, f"you or the service said no{refusal(given)}")
    fields = {
        "grant_type": "authorization_code",
        "code": given["code"],
        "redirect_uri": question.redirect,
        "code_verifier": question.verifier,
        **identified(signing.client),
    }
    return _grant(signing, read_token(post_form(signing.client.token_url, fields, signing.network), signing.user))


def on_device(signing: SignIn, show: Callable[[str, str], None], sleep: Callable[[float], None]) -> Grant:
    """Sign in on any device; `show` gets the URL to open there and the code to type. SignInRefusedError, RetryLaterError."""
    asked = {"client_id": signing.client.client_id, "scope": signing.service.scope}
    answer = post_form(signing.service.device_url, asked, signing.network)
    device_code, user_code = answer.get("device_code"), answer.get("user_code")
    url = answer.get("verification_uri") or answer.get("verification_url")
    if not (isinstance(device_code, str) and isinstance(user_code, str) and isinstance(url, str)):
        raise _refused(signing, f"it gives no code{refusal(answer)}")
    show(url, user_code)
    pause, left = _seconds(answer.get("interval"), 5.0), _seconds(answer.get("expires_in"), PATIENCE)
    fields = {"grant_type": _DEVICE_GRANT, "device_code": device_code, **identified(signing.client)}
    while left > 0:
        sleep(pause)
        left -= pause
        answer = post_form(signing.client.token_url, fields, signing.network)
        if answer.get("error") == "slow_down":
            pause += 5  # RFC 8628, 3.5
        elif answer.get("error") != "authorization_pending":
            return _grant(signing, read_token(answer, signing.user))
    raise _refused(signing, "nobody typed the code in time")


def _grant(signing: SignIn, token: AccessToken) -> Grant:
    if not token.refresh_token:
        raise _refused(signing, "it lets OSync in only once, without a refresh token")
    return Grant(signing.client, token.refresh_token)


def _wait_for_answer(listener: socket.socket, state: str, patience: float) -> str:
    """Wait for the browser. Others may knock as well: only an answer that knows `state` counts."""
    until = time.monotonic() + patience
    while (left := until - time.monotonic()) > 0:
        listener.settimeout(left)
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            break
        with connection:
            target = _target(connection)
            known = hmac.compare_digest(_given(target).get("state", "").encode(), state.encode())
            words = "OSync has the answer. You can close this window." if known else "This is no answer to OSync."
            try:
                connection.sendall(_PAGE + words.encode())
            except OSError:
                words = ""
        if known:
            return target
    raise SignInRefusedError(
        "Nobody signed in with the browser in time.", unharmed=_UNHARMED, advice="Type: osync sign-in"
    )


def _given(address: str) -> dict[str, str]:
    """Give what stands behind the question mark of an address; nothing if it is none."""
    try:
        return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    except ValueError:
        return {}


def _target(connection: socket.socket) -> str:
    """Read what a browser asks for; "" if it asks for nothing."""
    timed = TimedSocket(connection, _KNOCK, _KNOCK)
    request = b""
    try:
        while b"\r\n\r\n" not in request and len(request) < _MOST_REQUEST:
            piece = timed.recv(4_096)
            if not piece:
                break
            request += piece
    except OSError:
        return ""
    words = request.split(b"\r\n", 1)[0].decode("ascii", "replace").split(" ")
    return words[1] if len(words) == 3 and words[0] == "GET" else ""


def _refused(signing: SignIn, why: str) -> SignInRefusedError:
    return SignInRefusedError(
        f"Signing in at {signing.service.title} did not work: {why}.",
        unharmed=_UNHARMED,
        advice="Type: osync sign-in",
    )


def _seconds(told: object, default: float) -> float:
    return float(told) if isinstance(told, int | float) and 0 < told < 7_200 else default


def _word(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
