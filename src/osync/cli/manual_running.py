"""The words of the manual about running by itself."""

from osync.cli.manual import Page

RUN = Page(
    "keep in sync by itself, until you stop it",
    """\
Watch calendars and mailbox, and sync what changes as soon as it does, until Ctrl-C or a
signal: folders by what the system tells, mail by IMAP IDLE or Outlook, other calendars by asking
every minute (run.poll_seconds in the settings). All other commands work meanwhile.

What cannot be reached is tried again, less and less often. osync status tells what is
stuck and why. SIGHUP, or a change of the settings, reads them again. osync install-service
starts it whenever you log on.""",
    ("osync run", "osync run --json-log"),
)

INSTALL_SERVICE = Page(
    "start osync run whenever you log on",
    """\
Let the system run OSync by itself for you: on Linux a user unit of systemd, on Windows a
start at log-on without a window, on macOS a LaunchAgent. It holds no password. Installing it a
second time renews it; --remove takes it away.""",
    ("osync install-service", "osync install-service --remove"),
)
