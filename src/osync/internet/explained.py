"""What goes wrong between OSync and a mail server, in one sentence and the right class of error."""

import contextlib
import imaplib
import smtplib
import socket
import ssl
from collections.abc import Iterator

from osync.errors import MailboxUnavailableError, MailboxUnusableError, OSyncError

_WAITS = "Nothing was lost; mails wait until it works again."
_NOT_TOLD = "It was not told your password, and nothing was sent."
_MOST_WORDS = 200


def spoken(answer: object) -> str:
    """Give what a server said as one short line that can be shown, without a full stop."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    words = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return words.rstrip(".") if len(words) <= _MOST_WORDS else words[:_MOST_WORDS] + "…"


@contextlib.contextmanager
def explained(server: str) -> Iterator[None]:
    """Turn what libraries raise into MailboxUnavailableError, or MailboxUnusableError where waiting will not help."""
    try:
        yield
    except OSyncError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise _distrusted(server, error) from error
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError, imaplib.IMAP4.abort) as error:
        raise MailboxUnavailableError(f"The mail server {server} broke off the connection.", unharmed=_WAITS) from error
    except ssl.SSLError as error:
        raise _no_tls(server, error) from error
    except smtplib.SMTPServerDisconnected as error:
        # It hides what happened to the connection.
        raise _unreachable(server, error.__context__ or ConnectionError("it hung up")) from error
    except (smtplib.SMTPException, imaplib.IMAP4.error, ValueError, LookupError) as error:
        raise MailboxUnavailableError(
            f"The mail server {server} gave an answer that OSync does not understand.", unharmed=_WAITS
        ) from error
    except OSError as error:
        raise _unreachable(server, error) from error


def _unreachable(server: str, error: BaseException) -> MailboxUnavailableError:
    return MailboxUnavailableError(
        f"The mail server {server} {_trouble(error)}.", unharmed=_WAITS, advice=_advice(error)
    )


def _trouble(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "does not answer in time"
    if isinstance(error, socket.gaierror):
        return "cannot be found: its name is not known here"
    if isinstance(error, ConnectionRefusedError):
        return "does not take connections"
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be reached: {spoken(error.strerror)}"
    return f"cannot be used now: {spoken(error)}"


def _advice(error: BaseException) -> str:
    if isinstance(error, socket.gaierror):
        return "Check the network, and the server's name in the settings."
    if isinstance(error, ConnectionRefusedError):
        return "If this lasts, check the server's name and port in the settings."
    return ""


def _distrusted(server: str, error: ssl.SSLCertVerificationError) -> MailboxUnusableError:
    return MailboxUnusableError(
        f"The mail server {server} shows a certificate that cannot be trusted: {spoken(error.verify_message)}.",
        unharmed=_NOT_TOLD,
        advice="Ask whoever runs it. If it is your own, name its certificate as ca_file in [network] of the settings.",
    )


def _no_tls(server: str, error: ssl.SSLError) -> OSyncError:
    if error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"):
        return MailboxUnusableError(
            f"The mail server {server} does not begin with TLS.",
            unharmed=_NOT_TOLD,
            advice="Check its port in the settings; imap:// and smtp:// stand for servers that begin TLS later.",
        )
    words = (error.reason or "").replace("_", " ").lower()
    return MailboxUnavailableError(
        f"The encryption with the mail server {server} failed{': ' + spoken(words) if words else ''}.", unharmed=_WAITS
    )
