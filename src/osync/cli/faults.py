"""What happens to a fault of ours: the traceback goes into a file of the home, a sentence to the user."""

import traceback

from osync.home import Home


def report_fault(home: Home, error: BaseException) -> str:
    """Write the traceback down and give the sentence. The file holds code lines and the kind of error, no event text."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    where = f"Its details are in {home.crash_report}; please send them to us."
    try:
        home.crash_report.write_text(f"{type(error).__name__}\n{frames}", "utf-8")
    except OSError:
        where = "Its details could not be written down."
    return f"A fault of OSync ended this run ({type(error).__name__}). The next run finishes what was begun. {where}"
