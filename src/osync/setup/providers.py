"""The servers of the largest mail providers. Where each line comes from: docs/decisions/0053-setting-up.md."""

from dataclasses import dataclass
from urllib.parse import quote

from osync.setup.servers import Candidate

GOOGLE, MICROSOFT = "google", "microsoft"
_APP_PASSWORD = "needs an app password: the usual password is refused. Make one at"


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider: its mail domains, the hosts that receive mail for domains of its customers, its servers, and its rules.

    `caldav` is "" where there is none; USER in it stands for the address. `oauth` is "google", "microsoft" or "";
    without `passwords` nothing else is accepted. `advice` is a sentence for the user.
    """

    name: str
    domains: tuple[str, ...]
    imap: str
    smtp: str
    caldav: str = ""
    mail_hosts: tuple[str, ...] = ()
    oauth: str = ""
    passwords: bool = True
    advice: str = ""


PROVIDERS = (
    Provider(
        "Gmail",
        ("gmail.com", "googlemail.com"),
        "imaps://imap.gmail.com",
        "smtps://smtp.gmail.com",
        mail_hosts=("google.com", "googlemail.com"),
        oauth=GOOGLE,
        advice=f"Gmail {_APP_PASSWORD} https://myaccount.google.com/apppasswords (two-step verification has to be on).",
    ),
    Provider(
        "Outlook.com",
        ("outlook.com", "hotmail.com", "live.com", "msn.com", "windowslive.com", "outlook.de", "hotmail.de", "live.de"),
        "imaps://outlook.office365.com",
        "smtp://smtp-mail.outlook.com:587",
        mail_hosts=("olc.protection.outlook.com",),
        oauth=MICROSOFT,
        passwords=False,
        advice="Outlook.com takes no passwords from programs: sign in with OAuth, after switching on IMAP in the settings of"
        " its web site (Mail, Forwarding and IMAP); or let OSync use Outlook on Windows.",
    ),
    Provider(
        "Microsoft 365",
        (),
        "imaps://outlook.office365.com",
        "smtp://smtp.office365.com:587",
        mail_hosts=("mail.protection.outlook.com",),
        oauth=MICROSOFT,
        passwords=False,
        advice="Microsoft 365 takes no passwords from programs: sign in with OAuth; your administrator may have to allow it.",
    ),
    Provider(
        "Yahoo",
        ("yahoo.com", "yahoo.de", "yahoo.co.uk", "yahoo.fr", "yahoo.it", "yahoo.es", "ymail.com", "rocketmail.com"),
        "imaps://imap.mail.yahoo.com",
        "smtps://smtp.mail.yahoo.com",
        "https://caldav.calendar.yahoo.com",
        mail_hosts=("am0.yahoodns.net",),
        advice=f"Yahoo {_APP_PASSWORD} https://login.yahoo.com/account/security.",
    ),
    Provider(
        "iCloud",
        ("icloud.com", "me.com", "mac.com"),
        "imaps://imap.mail.me.com",
        "smtp://smtp.mail.me.com:587",
        "https://caldav.icloud.com",
        mail_hosts=("mail.icloud.com",),
        advice=f"iCloud {_APP_PASSWORD} https://account.apple.com (App-Specific Passwords). If"
        " the address is refused as user name, take the part before the @.",
    ),
    Provider(
        "GMX",
        ("gmx.de", "gmx.net", "gmx.at", "gmx.ch", "gmx.eu", "gmx.biz", "gmx.org", "gmx.info", "mail.gmx", "mein.gmx"),
        "imaps://imap.gmx.net",
        "smtps://mail.gmx.net",
        "https://caldav.gmx.net",
        mail_hosts=("gmx.net",),
        advice="GMX lets programs in only after POP3/IMAP was switched on in the settings of its web site.",
    ),
    Provider(
        "GMX",
        ("gmx.com", "gmx.us", "gmx.co.uk", "gmx.fr", "gmx.es", "gmx.it", "gmx.ie", "gmx.li", "gmx.pt", "gmx.se"),
        "imaps://imap.gmx.com",
        "smtps://mail.gmx.com",
        "https://caldav.gmx.com",
        mail_hosts=("gmx.com",),
        advice="GMX lets programs in only after POP3/IMAP was switched on in the settings of its web site.",
    ),
    Provider(
        "WEB.DE",
        ("web.de",),
        "imaps://imap.web.de",
        "smtps://smtp.web.de",
        "https://caldav.web.de",
        mail_hosts=("web.de",),
        advice="WEB.DE lets programs in only after POP3/IMAP was switched on in the settings of its web site.",
    ),
    Provider(
        "T-Online",
        ("t-online.de", "magenta.de"),
        "imaps://secureimap.t-online.de",
        "smtps://securesmtp.t-online.de",
        mail_hosts=("t-online.de",),
        advice="T-Online has a password of its own for mail programs: make it in the customer centre of Telekom.",
    ),
    Provider(
        "Fastmail",
        ("fastmail.com", "fastmail.fm", "fastmail.de", "fastmail.net", "messagingengine.com"),
        "imaps://imap.fastmail.com",
        "smtps://smtp.fastmail.com",
        "https://caldav.fastmail.com",
        mail_hosts=("messagingengine.com",),
        advice=f"Fastmail {_APP_PASSWORD} Settings, Privacy & Security, App passwords; let it reach mail and calendars.",
    ),
    Provider(
        "mailbox.org",
        ("mailbox.org",),
        "imaps://imap.mailbox.org",
        "smtps://smtp.mailbox.org",
        "https://dav.mailbox.org",
        mail_hosts=("mailbox.org",),
        advice="With two-factor sign-in, mailbox.org needs an application password (Settings, Security).",
    ),
    Provider(
        "Posteo",
        ("posteo.de", "posteo.net", "posteo.org", "posteo.eu", "posteo.at", "posteo.ch", "posteo.me"),
        "imaps://posteo.de",
        "smtps://posteo.de",
        "https://posteo.de:8443",
        mail_hosts=("posteo.de",),
    ),
    Provider(
        "AOL",
        ("aol.com", "aol.de", "aol.it", "aol.fr", "aol.es", "aol.co.uk", "aim.com", "netscape.net", "compuserve.com"),
        "imaps://imap.aol.com",
        "smtps://smtp.aol.com",
        mail_hosts=("gm0.yahoodns.net",),
        advice=f"AOL {_APP_PASSWORD} https://login.aol.com/account/security.",
    ),
    Provider(
        "Zoho",
        ("zoho.com", "zohomail.com"),
        "imaps://imap.zoho.com",
        "smtps://smtp.zoho.com",
        "https://calendar.zoho.com",
        advice="Zoho lets programs in only after IMAP was switched on; with two-factor sign-in it needs an app password.",
    ),
    Provider(
        "Zoho",
        ("zoho.eu", "zohomail.eu"),
        "imaps://imap.zoho.eu",
        "smtps://smtp.zoho.eu",
        "https://calendar.zoho.eu",
        advice="Zoho lets programs in only after IMAP was switched on; with two-factor sign-in it needs an app password.",
    ),
)


def provider_of(domain: str, mail_hosts: tuple[str, ...] = ()) -> Provider | None:
    """Find the provider of a mail domain, by its name or by the hosts that receive its mail."""
    wanted = domain.lower()
    for provider in PROVIDERS:
        if wanted in provider.domains:
            return provider
    for host in mail_hosts[:1]:
        folded = host.lower().rstrip(".")
        for provider in PROVIDERS:
            if any(folded == each or folded.endswith(f".{each}") for each in provider.mail_hosts):
                return provider
    return None


def google_calendar(address: str) -> Candidate:
    """Give the CalDAV address of a Google account, which takes tokens only (developers.google.com/calendar/caldav/v2/guide)."""
    url = f"https://apidata.googleusercontent.com/caldav/v2/{quote(address)}/user"
    return Candidate(url, address, "Google, as OSync knows it", trusted=True)
