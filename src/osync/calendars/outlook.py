"""A calendar of classic Outlook on Windows, over COM."""

from osync.calendars.base import Calendar
from osync.notebook import Notebook


def open_outlook_calendar(location: str, notebook: Notebook) -> Calendar:
    """Give the calendar at `location`: "default", or the ids of a folder and its store."""
    raise NotImplementedError
