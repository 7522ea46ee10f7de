"""Tell the system to run OSync by itself, or not to any more. What is told is in `service`."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from osync.daemon.background import Outcome, Pause, Start, ask_to_end, start_anew, start_detached
from osync.daemon.service import (
    LONGEST_LOG_ON_COMMAND,
    Program,
    launch_agent,
    log_on_command,
    service_name,
    systemd_unit,
)
from osync.errors import UserMustActError
from osync.home import Home

_RUN_KEY = "Software\\Microsoft\\Windows\\CurrentVersion\\Run"
_SECONDS = 30


@dataclass(frozen=True, slots=True)
class System:
    """The system that is told: its platform (as sys.platform), and the variables and the folder of the user.

    `run` runs one of its programs and gives the exit code, or -1 if there is no such program. `start` starts a program that
    outlives this one, `pause` waits so many seconds.
    """

    platform: str
    environment: Mapping[str, str]
    user_home: Path
    run: Callable[[Sequence[str]], int]
    start: Start = start_detached
    pause: Pause = time.sleep


def this_system() -> System:
    """Give the system that OSync runs on."""
    return System(sys.platform, os.environ, Path.home(), _run)


def install(system: System, program: Program, home: Home, usual: Home) -> list[str]:
    """Let the system run OSync whenever the user logs on, from now on; a second time renews it. Gives sentences. UserMustActError."""
    name = service_name(str(home.path), str(usual.path))
    if system.platform == "win32":
        _set_run_value(name, _log_on_command(program))
        return [_begun(system, program, home)]
    if system.platform == "darwin":
        agent = _agent_path(system, name)
        _write(agent, launch_agent(name, program))
        system.run(["launchctl", "bootout", f"gui/{os.getuid()}/org.osync.{name}"])
        started = system.run(["launchctl", "bootstrap", f"gui/{os.getuid()}", str(agent)]) == 0
        return [_said(agent, started=started, otherwise=f"launchctl bootstrap gui/{os.getuid()} {agent}")]
    unit = _unit_path(system, name)
    steps = [["systemctl", "--user", *words] for words in (["daemon-reload"], ["enable", "--now", unit.name])]
    was_there = _write(unit, systemd_unit(program).encode())
    # One that runs already goes on with the unit of before, unless it is started again.
    steps += [["systemctl", "--user", "restart", unit.name]] if was_there else []
    started = all(system.run(step) == 0 for step in steps)
    said = _said(unit, started=started, otherwise=" && ".join(" ".join(step) for step in steps))
    return [
        said,
        "On a computer where you do not log on: loginctl enable-linger. Its log: journalctl --user -u " + unit.stem,
    ]


def remove(system: System, home: Home, usual: Home) -> list[str]:
    """Take it back; a second time says that there is nothing. UserMustActError."""
    name = service_name(str(home.path), str(usual.path))
    if system.platform == "win32":
        was_there = _delete_run_value(name)
        if was_there and not ask_to_end(home, system.pause):
            return ["OSync does not start by itself any more. The one that runs now ends when its sync is done."]
    elif system.platform == "darwin":
        system.run(["launchctl", "bootout", f"gui/{os.getuid()}/org.osync.{name}"])
        was_there = _delete(_agent_path(system, name))
    else:
        unit = _unit_path(system, name)
        if unit.exists():
            system.run(["systemctl", "--user", "disable", "--now", unit.name])
        was_there = _delete(unit)
        system.run(["systemctl", "--user", "daemon-reload"])
    return ["OSync does not start by itself any more." if was_there else "OSync did not start by itself."]


def _log_on_command(program: Program) -> str:
    command = log_on_command(program)
    if len(command) > LONGEST_LOG_ON_COMMAND:
        raise UserMustActError(
            f"The command that starts OSync has {len(command)} characters; Windows starts none with more than"
            f" {LONGEST_LOG_ON_COMMAND} at log-on.",
            unharmed="Nothing was changed.",
            advice="Put the program, or OSync's folder (--home), where the path is shorter.",
        )
    return command


def _begun(system: System, program: Program, home: Home) -> str:
    """Start OSync now, as Windows will at the next log-on."""
    match start_anew(home, program.words, system.start, system.pause):
        case Outcome.RUNS:
            return f"OSync runs now, and whenever you log on to Windows. Its log: {home.run_log}"
        case Outcome.BUSY:
            return (
                "OSync starts by itself when you log on to Windows. The one that runs now is in the middle of a sync and ends"
                " after it. To start the new one before the next log-on, type osync install-service once more then."
            )
        case Outcome.FAILED:
            return "OSync starts by itself when you log on to Windows, but it did not start now. To see why: osync run"


def _said(path: Path, *, started: bool, otherwise: str) -> str:
    if started:
        return f"OSync runs now, and whenever you log on ({path})."
    return f"{path} is written, but the system did not take it now. To start OSync, type: {otherwise}"


def _unit_path(system: System, name: str) -> Path:
    wished = Path(system.environment.get("XDG_CONFIG_HOME", ""))
    folder = wished if wished.is_absolute() else system.user_home / ".config"
    return folder / "systemd" / "user" / f"{name}.service"


def _agent_path(system: System, name: str) -> Path:
    return system.user_home / "Library" / "LaunchAgents" / f"org.osync.{name}.plist"


def _write(path: Path, content: bytes) -> bool:
    """Write a file; tells whether there was one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        was_there = path.exists()
        path.write_bytes(content)
    except OSError as error:
        raise UserMustActError(
            f"{path} cannot be written ({error.strerror}).",
            unharmed="Nothing was changed.",
            advice="Check its folder, or start osync run in your own way.",
        ) from error
    return was_there


def _delete(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise UserMustActError(f"{path} cannot be deleted ({error.strerror}).") from error
    return True


def _run(words: Sequence[str]) -> int:
    program = shutil.which(words[0])
    if program is None:
        return -1
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(  # noqa: S603 # the words are ours
            [program, *words[1:]], capture_output=True, stdin=subprocess.DEVNULL, timeout=_SECONDS, check=False
        )
        return done.returncode
    return -1


if sys.platform == "win32":
    import winreg

    def _set_run_value(name: str, command: str) -> None:
        try:
            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN_KEY) as key:
                winreg.SetValueEx(key, name, 0, winreg.REG_SZ, command)
        except OSError as error:
            raise UserMustActError(
                f"Windows does not let OSync start at log-on ({error.strerror}).", unharmed="Nothing was changed."
            ) from error

    def _delete_run_value(name: str) -> bool:
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN_KEY, 0, winreg.KEY_SET_VALUE) as key:
                winreg.DeleteValue(key, name)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise UserMustActError(
                f"Windows does not let OSync change what starts at log-on ({error.strerror})."
            ) from error
        return True

else:

    def _set_run_value(name: str, command: str) -> None:
        raise AssertionError(name, command)

    def _delete_run_value(name: str) -> bool:
        raise AssertionError(name)
