"""How a system is told to run OSync by itself: the text of a systemd user unit, a Windows log-on command, a LaunchAgent. Pure.

None of them holds a secret: passwords come from the credential store or a command, as for every other command.
"""

import hashlib
import plistlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_LOG_ON_COMMAND = 260
"""Characters; Windows runs no longer one ("Run and RunOnce Registry Keys")."""
_POWERSHELL_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")
"""PowerShell takes typographic quotes for plain ones, and two of them for one."""
_TWICE = r"\g<0>\g<0>"


@dataclass(frozen=True, slots=True)
class Program:
    """What is to be run: the words of `osync --home HOME run`, each a whole argument, and the home for people to read."""

    words: tuple[str, ...]
    home: str


def service_name(home: str, usual: str) -> str:
    """Give a name of its own to each home; that of the usual one is plainly osync."""
    return "osync" if home == usual else f"osync-{hashlib.sha256(home.encode()).hexdigest()[:8]}"


def systemd_unit(program: Program) -> str:
    """Write a user unit (systemd.service(5), systemd.exec(5)). It waits 30 s before it starts a failed one again.

    Only what a user's own systemd may forbid is forbidden; OSync needs its home, the calendars' folders and the network.
    """
    command = " ".join(_systemd_quoted(word) for word in program.words)
    return f"""\
[Unit]
Description=OSync shares calendars by mail ({program.home.replace("%", "%%")})
Documentation=man:systemd.service(5)
StartLimitIntervalSec=0

[Service]
ExecStart={command}
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=30
# OSync ends with 2 when somebody has to do something: starting it again would not help.
RestartPreventExitStatus=2
TimeoutStopSec=120
Nice=5
UMask=0077
NoNewPrivileges=true
LockPersonality=true
RestrictRealtime=true

[Install]
WantedBy=default.target
"""


def _systemd_quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def log_on_command(program: Program) -> str:
    """Write the command that Windows runs at log-on. PowerShell hides the window that a console program would have."""
    words = " ".join(f"'{_POWERSHELL_QUOTES.sub(_TWICE, word)}'" for word in program.words)
    return f'powershell.exe -NoProfile -WindowStyle Hidden -Command "& {words}"'


def launch_agent(name: str, program: Program) -> bytes:
    """Write a LaunchAgent (launchd.plist(5)); it is started again when it fails."""
    return plistlib.dumps(
        {
            "Label": f"org.osync.{name}",
            "ProgramArguments": list(program.words),
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ThrottleInterval": 30,
            "ProcessType": "Background",
        }
    )


def own_words(executable: str, *, is_one_file: bool) -> Sequence[str]:
    """Give the words that start OSync: its own program, or Python with the module."""
    return (executable,) if is_one_file else (executable, "-m", "osync")
