"""What goes wrong with a calendar on a server, in words for its user. Never a word of the server's own."""

import http.client
import ssl

from osync.errors import (
    CalendarUnavailableError,
    CalendarUnusableError,
    DiskFullError,
    OSyncError,
    SignInRefusedError,
)
from osync.webdav.addresses import Address, Origin
from osync.webdav.messages import Answer

UNHARMED = "Its events do not count as deleted."
_LATER = "OSync tries again at the next sync."
_CERTIFICATE_EXPIRED, _NOT_YET_VALID, _WRONG_HOST = 10, 9, 62


def no_answer(origin: Origin, error: Exception | None) -> OSyncError:
    """Say why a server does not answer."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _untrusted(origin, error)
    if isinstance(error, TimeoutError):
        reason = "it takes too long"
    elif isinstance(error, http.client.HTTPException):
        reason = "its answer is cut off or no HTTP"
    elif isinstance(error, ssl.SSLError):
        reason = "it speaks no TLS that OSync can use"
    elif isinstance(error, OSError) and (error.strerror or str(error)):
        reason = error.strerror or str(error)
    else:
        reason = "the connection was cut"
    return CalendarUnavailableError(
        f"The calendar server {origin} does not answer: {reason}.", unharmed=UNHARMED, advice=_LATER
    )


def _untrusted(origin: Origin, error: ssl.SSLCertVerificationError) -> OSyncError:
    reason = {
        _CERTIFICATE_EXPIRED: "its certificate has expired",
        _NOT_YET_VALID: "its certificate is not valid yet; check the clock of this computer",
        _WRONG_HOST: "its certificate belongs to another server",
    }.get(error.verify_code, "nobody whom this computer trusts vouches for its certificate")
    return CalendarUnusableError(
        f"OSync does not trust the calendar server {origin}: {reason}.",
        unharmed="No password was sent, and nothing was changed.",
        advice="Tell whoever runs it. A certificate of your own goes into ca_file under [network] of the settings.",
    )


def moved_away(here: Address, target: Address | None) -> OSyncError:
    """Say that a server sends us elsewhere; the password must not go to another server without its user's will."""
    is_near = target is not None and target.origin == here.origin
    return CalendarUnusableError(
        f"The calendar server {here.origin} says that {here.path} lies elsewhere{f': {target}' if target else ''}.",
        unharmed=UNHARMED if is_near else f"No password was sent there. {UNHARMED}",
        advice="If that is right, write the new address into the settings.",
    )


def sign_in_refused(origin: Origin, *, signed: bool) -> OSyncError:
    """Say that a server does not know who asks."""
    if not signed:
        return SignInRefusedError(
            f"The calendar server {origin} wants OSync to sign in, in no way that OSync knows or without a user name.",
            unharmed=UNHARMED,
            advice='Add user = "…" to the calendar in the settings.',
        )
    return SignInRefusedError(
        f"The calendar server {origin} refuses your user name or password.",
        unharmed=UNHARMED,
        advice="Give OSync the right one: osync password set NAME (of the calendar in the settings), or what password_command"
        " prints.",
    )


def refused(answer: Answer, address: Address) -> OSyncError:
    """Say what an answer means that is not what was asked for."""
    origin, status = address.origin, answer.status
    if status == 403:
        return CalendarUnusableError(
            f"The calendar server {origin} does not allow this to your account.",
            unharmed="Nothing was changed.",
            advice="Ask its owner for the permission, or choose another calendar.",
        )
    if status in (404, 410):
        return CalendarUnusableError(
            f"There is no calendar at {address}.",
            unharmed=UNHARMED,
            advice="Correct its address in the settings, or make it again on the server.",
        )
    if status in (413, 507):
        return DiskFullError(
            f"The calendar server {origin} has no room left for this account.",
            unharmed="No event was damaged.",
            advice="Make room there; OSync goes on at the next sync.",
        )
    if status in (408, 423, 425, 429) or status >= 500:
        return _not_now(answer, origin)
    if 200 <= status < 300:
        return CalendarUnavailableError(
            f"{origin} answers, but not as a calendar server does (is this network asking you to sign in first?).",
            unharmed=UNHARMED,
            advice=_LATER,
        )
    return CalendarUnusableError(
        f"{address} is no calendar that OSync can use (the server says {status}).",
        unharmed=UNHARMED,
        advice="Correct its address in the settings.",
    )


def incomplete(address: Address, what: str) -> OSyncError:
    """Say that an answer cannot be the whole truth; `what` is a sentence."""
    return CalendarUnavailableError(
        f"The calendar server {address.origin} gives no complete answer: {what}", unharmed=UNHARMED, advice=_LATER
    )


def _not_now(answer: Answer, origin: Origin) -> OSyncError:
    reasons = {
        408: "it takes too long",
        423: "the calendar is locked",
        429: "it is asked too often",
        503: "it is overloaded or being serviced",
    }
    reason = reasons.get(answer.status, f"something went wrong there ({answer.status})")
    return CalendarUnavailableError(
        f"The calendar server {origin} cannot do this now: {reason}.", unharmed=UNHARMED, advice=_LATER
    )
