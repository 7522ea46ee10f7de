"""The words of the manual about accounts: profiles, passwords and signing in."""

from osync.cli.manual import Page

_ACCOUNT = """\
ACCOUNT is mailbox (the default), or the name of a calendar in the settings. Calendars
and mailboxes at one host with one user share a password."""

PASSWORD = Page(
    "give OSync the password of an account, or take it away",
    """\
Passwords are kept in the credential store of the system: Credential Manager, Keychain,
Secret Service. They never stand in settings, logs or the list of processes. Where there is
no such store, the line password_command in the settings names a command that prints it.""",
    ("osync password set", "osync password set work"),
)
PASSWORD_SET = Page(
    "keep the password of an account in the credential store",
    "Ask for the password, or read it from the first line of the standard input.\n" + _ACCOUNT,
    ("osync password set", "osync password set calendars.work"),
)
PASSWORD_FORGET = Page(
    "take the password of an account out of the credential store",
    "Take it out; a password that is not there is no error.\n" + _ACCOUNT,
    ("osync password forget",),
)
SIGN_IN = Page(
    "sign in at Google or Microsoft with OAuth",
    """\
Sign in with a browser, for accounts with auth = "oauth". OSync has no client id of its
own: bring yours, docs/accounts.md tells how to get it. What Google or Microsoft give is
kept in the credential store of the system, and can be revoked there at any time.

Without a browser on this computer, --paste shows an address to open elsewhere and asks
for the one at which that browser ends; --device, for Microsoft, shows a code to type.""",
    ("osync sign-in", "osync sign-in pat@example.org --provider microsoft --device"),
)
PROFILES = Page(
    "list your installations",
    """\
List the usual installation and every profile, with its person, calendars and folder. One
user may have several, with accounts and shares of their own: osync --profile NAME init
makes one in the folder profiles/NAME below the usual one, and every command takes
--profile NAME. Nothing is opened; no secret is shown.""",
    ("osync profiles", "osync --profile choir init", "osync --profile choir sync"),
)
