"""A calendar in a folder of .ics files, and mail in a folder that both sides reach."""

from pathlib import Path

from osync.config import PlaceSettings, is_line
from osync.errors import ConfigurationError
from osync.setup.conversation import Conversation
from osync.setup.sources import ChosenAccounts


class FolderSource:
    """Mail through a folder that everybody reaches; for trying OSync, and for offices with a shared drive."""

    description = "a folder that both sides reach, like one on a shared drive (no mail provider needed)"

    def is_there(self) -> bool:
        """Every computer has folders."""
        return True

    def ask(self, talk: Conversation, address: str) -> ChosenAccounts:
        """Ask for both folders."""
        post = talk.ask("Folder", "Which folder carries the mails? All who share reach the same one.", check=whole_path)
        calendar, create = ask_calendar_folder(talk)
        return ChosenAccounts(PlaceSettings("folder", post), {"default": calendar}, create=create)


def ask_calendar_folder(talk: Conversation) -> tuple[PlaceSettings, bool]:
    """Ask for the folder of a calendar; gives it, and whether it may be made."""
    while True:
        folder = talk.ask(
            "Folder",
            "Which folder holds your calendar, one .ics file for each event, as khal and vdirsyncer keep it?",
            "~/calendar",
            whole_path,
        )
        if Path(folder).is_dir():
            return PlaceSettings("vdir", folder), False
        if talk.agree(f"There is no folder {folder}. Shall OSync make it?", default=True):
            return PlaceSettings("vdir", folder), True


def whole_path(text: str) -> str:
    """Give the whole path of a folder that a user wrote. ConfigurationError."""
    if not is_line(text):
        raise ConfigurationError("A folder has to be one line of text.")
    try:
        return str(Path(text.strip()).expanduser().absolute())
    except RuntimeError as error:
        raise ConfigurationError(f"Nobody knows whose folder {text} is.", unharmed="Nothing was changed.") from error
