"""The sign-in servers of Google and Microsoft, and what OSync asks them for. Their users bring a client id of their own."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """A sign-in server. `device_url` is "" where the device flow does not give access to mail.

    `redirect_host` is how the service wants this computer to be called in the loopback flow (RFC 8252, 7.3).
    With `wants_secret` it gives every client a secret, which is none (RFC 8252, 8.5), and wants to see it.
    """

    name: str
    title: str
    authorize_url: str
    device_url: str
    token_url: str
    scope: str
    redirect_host: str
    wants_secret: bool


SERVICES = {
    # https://developers.google.com/identity/protocols/oauth2/native-app; the device flow does not allow mail:
    # https://developers.google.com/identity/protocols/oauth2/limited-input-device#allowedscopes
    "google": Service(
        "google",
        "Google",
        "https://accounts.google.com/o/oauth2/v2/auth",
        "",
        "https://oauth2.googleapis.com/token",
        "https://mail.google.com/ https://www.googleapis.com/auth/calendar",
        "127.0.0.1",
        wants_secret=True,
    ),
    # https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
    "microsoft": Service(
        "microsoft",
        "Microsoft",
        "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        "https://login.microsoftonline.com/common/oauth2/v2.0/devicecode",
        "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access",
        "localhost",
        wants_secret=False,
    ),
}
