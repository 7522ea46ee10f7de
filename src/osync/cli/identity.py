"""The commands about keys and computers: `identity`, `device`, `share take-over`."""

import os
from datetime import UTC, datetime
from pathlib import Path

from osync.assembly import key_keeper
from osync.cli.commands import Context
from osync.cli.passwords import ask_password
from osync.cli.plans import show_report
from osync.cli.text import counted, safe, shown_time
from osync.engine.devices import allow_device, device_code, join
from osync.engine.exporting import Imported, export_identity, import_identity
from osync.engine.identities import change_identity, former_keys
from osync.engine.takeover import take_over
from osync.errors import ConfigurationError
from osync.message.device import read_device_answer
from osync.message.identity import safety_code
from osync.message.identity_file import read_identity_file, write_identity_file
from osync.message.text_block import MAX_BLOCK_BYTES

_UNHARMED = "Nothing was changed."


def show_identity(context: Context) -> int:
    """Show the safety code, and where the keys are."""
    settings, installation = context.settings, context.installation
    identity = installation.identity()
    context.say(f"{safe(settings.name)} <{safe(settings.address)}>")
    context.say(f"your safety code: {safety_code(identity.public)}")
    where = "the key store of the system" if settings.key_store == "system" else str(context.home.key)
    context.say(f"your private key: in {safe(where)}")
    kept = [key.public.public_key.hex() for key in identity.former]
    for public, until in former_keys(installation.ledger):
        if public in kept:
            day = datetime.fromtimestamp(until, UTC).date().isoformat()
            context.say(f"a former key:     opens what others still encrypt to it until {day}")
    if behind := installation.ledger.successions.count_unconfirmed():
        context.say(
            f"your new key:     {behind:,} of your owners and subscribers did not write to it yet; they are told again"
        )
    return 0


def export(context: Context) -> int:
    """Write the identity into a file."""
    path = Path(context.arguments.file)
    if os.path.lexists(path):
        raise ConfigurationError(
            f"There is a file {path} already.", unharmed="It stays as it is.", advice="Choose another name."
        )
    exported = export_identity(context.installation)
    password = ask_password(context.arguments, new=True)
    _write(path, write_identity_file(exported, password, os.urandom))
    shares, followed = counted(len(exported.shares), "share"), counted(len(exported.subscriptions), "subscription")
    context.say(f"{safe(str(path))} holds your keys, {shares} and {followed}.")
    context.say("Keep it where this computer is not, and the password where the file is not.")
    return 0


def import_(context: Context) -> int:
    """Take an identity over from a file."""
    text = _read(context.arguments.file)
    exported = read_identity_file(text, ask_password(context.arguments, new=False))
    calendars = context.settings.calendars
    default = next(iter(calendars))
    keep = key_keeper(context.home, context.settings)
    imported = import_identity(
        context.installation, exported, keep, lambda name: name if name in calendars else default
    )
    made = shown_time(exported.made_at, context.settings.time_zone)
    context.say(f"Taken over from a file of {made}; your safety code is {safety_code(exported.identity.public)}.")
    _say_imported(context, imported)
    return 0


def _say_imported(context: Context, imported: Imported) -> None:
    for name in imported.shares:
        context.say(f"share {safe(name)}: passive here. To write it from here: osync share take-over {safe(name)}")
    for name in imported.written_here:
        context.say(f"share {safe(name)}: left alone, because this computer writes it, or stopped it")
    for name in imported.subscriptions:
        context.say(f"you follow {safe(name)}: its events come with the next syncs")


def change(context: Context) -> int:
    """Replace the key."""
    keep = key_keeper(context.home, context.settings)
    identity, report = change_identity(context.installation, keep)
    show_report(context, report)
    context.say(f"Your key is a new one. Your safety code is now: {safety_code(identity.public)}")
    context.say("Write a new backup: osync identity export FILE")
    return report.exit_code


def show_device_code(context: Context) -> int:
    """Print the line that names this device."""
    context.say(device_code(context.installation, context.arguments.name))
    return 0


def allow(context: Context) -> int:
    """Vouch for another device."""
    allowed = allow_device(context.installation, context.arguments.line)
    name = f"{safe(allowed.device.name)} " if allowed.device.name else ""
    if not context.arguments.file:
        context.say(allowed.text)
        return 0
    path = Path(context.arguments.file)
    _write(path, allowed.text)
    context.say(f"The device {name}with the safety code {safety_code(allowed.device.public)} may follow:")
    for share in allowed.shares:
        context.say(f"  {safe(share)}")
    context.say(f"On the new device: osync device join {safe(path.name)}")
    return 0


def join_device(context: Context) -> int:
    """Follow what the first device follows."""
    answer = read_device_answer(_read(context.arguments.file), context.installation.identity())
    context.installation.calendar(context.calendar)
    context.say(f"From {safe(answer.name)} <{safe(answer.address)}>, safety code {safety_code(answer.signer)}:")
    context.say("it has to be the one that osync identity show tells on your first device.")
    joined = join(context.installation, answer, lambda subscription: context.calendar)
    show_report(context, joined.report)
    for name in joined.shares:
        context.say(f"you follow {safe(name)}: its events come with the next syncs")
    for name in joined.known:
        context.say(f"{safe(name)} is known here already and stays as it is")
    return joined.report.exit_code


def take_share_over(context: Context) -> int:
    """Write a share from here on."""
    name = context.arguments.name
    report = take_over(context.installation, name, approve=context.arguments.yes)
    show_report(context, report)
    context.say(f"{safe(name)} is written by this computer.")
    return report.exit_code


def _read(name: str) -> str:
    try:
        with Path(name).open("rb") as file:
            content = file.read(MAX_BLOCK_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{name} cannot be read ({error.strerror}).", unharmed=_UNHARMED) from error
    return content.decode("utf-8", "replace")


def _write(path: Path, text: str) -> None:
    """Write a new file that only this user can read, whole or not at all."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            path.unlink()
            raise
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written ({error.strerror}).", unharmed=_UNHARMED, advice="Choose another place."
        ) from error
