"""Tell the system to run OSync by itself, or not to any more. What is told is in `service`."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from osync.daemon.service import Program, launch_agent, log_on_command, service_name, systemd_unit
from osync.errors import UserMustActError
from osync.home import Home

_RUN_KEY = "Software\\Microsoft\\Windows\\CurrentVersion\\Run"
_SECONDS = 30


@dataclass(frozen=True, slots=True)
class System:
    """The system that is told: its platform (as sys.platform), and the variables and the folder of the user.

    `run` runs one of its programs and gives the exit code, or -1 if there is no such program.
    """

    platform: str
    environment: Mapping[str, str]
    user_home: Path
    run: Callable[[Sequence[str]], int]


def this_system() -> System:
    """Give the system that OSync runs on."""
    return System(sys.platform, os.environ, Path.home(), _run)


def install(system: System, program: Program, home: Home, usual: Home) -> list[str]:
    """Let the system run OSync whenever the user logs on, from now on; a second time renews it. Gives sentences. UserMustActError."""
    name = service_name(str(home.path), str(usual.path))
    if system.platform == "win32":
        _set_run_value(name, log_on_command(program))
        return ["OSync starts by itself when you log on to Windows. To start it now: osync run"]
    if system.platform == "darwin":
        agent = _agent_path(system, name)
        _write(agent, launch_agent(name, program))
        started = system.run(["launchctl", "bootstrap", f"gui/{os.getuid()}", str(agent)]) == 0
        return [_said(agent, started=started, otherwise=f"launchctl bootstrap gui/{os.getuid()} {agent}")]
    unit = _unit_path(system, name)
    _write(unit, systemd_unit(program).encode())
    steps = (["systemctl", "--user", "daemon-reload"], ["systemctl", "--user", "enable", "--now", unit.name])
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


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise UserMustActError(
            f"{path} cannot be written ({error.strerror}).",
            unharmed="Nothing was changed.",
            advice="Check its folder, or start osync run in your own way.",
        ) from error


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
