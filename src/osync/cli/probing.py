"""The command `probe`: ask Outlook on this computer what its documentation leaves open."""

from osync.errors import CalendarUnavailableError, CalendarUnusableError

_HEAD = """\
This is what your Outlook answers. It holds no names, addresses or events of yours; please send it to the project.
"""


def probe_outlook() -> int:
    """Print a report that can be sent to us. Errors of calendars, and UserMustActError where there is no Windows."""
    from osync.microsoft.outlook import Words, shared_outlook
    from osync.microsoft.probe import probe

    words = Words(
        CalendarUnavailableError, CalendarUnusableError, "The calendar folder “OSync probe” may be left over."
    )
    answers = shared_outlook().write(words, lambda application: list(probe(application)))
    print(_HEAD)
    for each in answers:
        print(f"{each.number:4} {each.question}\n     {each.answer}")
    return 0
