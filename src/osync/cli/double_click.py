"""Windows users start a program by a double click: no words, and a window that closes with the program."""

import sys
from collections.abc import Callable, Sequence

_OWN_WINDOW = 2
"""A program in one file is two processes: one unpacks the other. A shell in the same window would be a third."""


def was_double_clicked() -> bool:
    """Tell whether this is the Windows program and its window belongs to nobody else."""
    return bool(getattr(sys, "frozen", False)) and 0 < programs_of_window() <= _OWN_WINDOW


def programs_of_window() -> int:
    """Count the programs that use the window (console) of this one; 0 where it has none, or is not on Windows."""
    if sys.platform != "win32":
        return 0
    import ctypes
    from ctypes import wintypes

    count = ctypes.WinDLL("kernel32").GetConsoleProcessList
    count.argtypes, count.restype = (ctypes.POINTER(wintypes.DWORD), wintypes.DWORD), wintypes.DWORD
    return int(count((wintypes.DWORD * 8)(), 8))


def start_without_words(run: Callable[[Sequence[str]], int], wait: Callable[[str], str], *, is_new: bool) -> int:
    """Begin with the conversation of `osync init`, or tell how everything is; keep the window open until it was read."""
    code = run(["init"] if is_new else ["status"])
    if not is_new:
        print("\nTo type commands, open a terminal in the folder of osync.exe and type: .\\osync --help")
    wait("\nPress Enter to close this window. ")
    return code
