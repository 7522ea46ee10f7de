"""Windows users start a program by a double click: no words, and a window that closes with the program."""

import sys
from collections.abc import Callable, Sequence

_OWN_WINDOW = 2
"""A program in one file is two processes: one unpacks the other. A shell in the same window would be a third."""


def was_double_clicked() -> bool:
    """Tell whether this is the Windows program and its window belongs to nobody else."""
    if sys.platform != "win32" or not getattr(sys, "frozen", False):
        return False
    import ctypes

    return int(ctypes.windll.kernel32.GetConsoleProcessList((ctypes.c_uint * 8)(), 8)) <= _OWN_WINDOW


def start_without_words(run: Callable[[Sequence[str]], int], wait: Callable[[str], str], *, is_new: bool) -> int:
    """Begin with the conversation of `osync init`, or tell how everything is; keep the window open until it was read."""
    code = run(["init"] if is_new else ["status"])
    if not is_new:
        print("\nTo type commands, open a terminal in the folder of osync.exe: osync --help")
    wait("\nPress Enter to close this window. ")
    return code
