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
start at log-on without a window, on macOS a LaunchAgent. It starts now, too, and holds no
password. Installing it a second time renews it; --remove takes it away and ends it, after the
sync of that moment.""",
    ("osync install-service", "osync install-service --remove"),
)

DOCTOR = Page(
    "check that everything works, and say what to do",
    """\
Check settings, ledger, key, calendars and mailbox. Each calendar gets one event, six years
ahead, that is read back, changed and removed; you get three mails from yourself, one for each way
to carry a message, and hear what the way made of them. Nothing of yours is touched. Exit code 2
means that something does not work: its line says what to do.""",
    ("osync doctor", "osync doctor --no-mail", "osync doctor --calendar default --wait 300"),
)
