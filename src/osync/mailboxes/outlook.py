"""The mailbox of classic Outlook on Windows, over COM."""

from osync.mailboxes.base import Mailbox
from osync.notebook import Notebook
from osync.options import Options


def open_outlook_mailbox(location: str, address: str, options: Options, notebook: Notebook) -> Mailbox:
    """Give the mailbox of the Outlook account that sends as `address`."""
    raise NotImplementedError
