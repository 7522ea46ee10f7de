"""The one module that knows pywin32: how Windows reaches Outlook.

Its libraries exist on Windows only and are loaded late.
"""

import contextlib
import sys
from collections.abc import Callable, Mapping

from osync.microsoft.com_thread import Apartment
from osync.microsoft.machine import Handler, Machine

_OUTLOOK = "Outlook.Application"
_INTERNATIONAL = "Control Panel\\International"


def windows_machine() -> Machine:
    """Give the Windows computer that OSync runs on."""
    return Machine(Apartment(_enter, _leave, _pump), _connect, _is_running, _has_outlook, _listen, _list_separator)


def _enter() -> None:
    import pythoncom

    pythoncom.CoInitialize()


def _leave() -> None:
    import pythoncom

    pythoncom.CoUninitialize()


def _pump() -> None:
    import pythoncom

    pythoncom.PumpWaitingMessages()


def _connect() -> object:
    from win32com.client import dynamic

    return dynamic.Dispatch(_OUTLOOK)


def _is_running() -> bool:
    import pythoncom

    try:
        pythoncom.GetActiveObject(_OUTLOOK)
    except pythoncom.com_error:
        return False
    return True


def _has_outlook() -> bool:
    """Tell whether classic Outlook is registered; the new Outlook is not."""
    if sys.platform != "win32":
        return False
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_CLASSES_ROOT, f"{_OUTLOOK}\\CLSID"):
            return True
    except OSError:
        return False


def _listen(found: object, handlers: Mapping[str, Handler]) -> Callable[[], None]:
    """Listen to an object's events; they need Outlook's type library, which pywin32 turns into Python once (`gen_py`)."""
    import pythoncom
    from win32com.client import WithEvents

    methods = {f"On{name}": _method(handler) for name, handler in handlers.items()}
    sink = WithEvents(_typed(found), type("Handlers", (), methods))

    def stop() -> None:
        # Outlook may be gone, and with it whoever would have told.
        with contextlib.suppress(pythoncom.com_error):
            sink.close()

    return stop


def _typed(found: object) -> object:
    import shutil

    import win32com
    from win32com.client import gencache

    dispatch = getattr(found, "_oleobj_", found)
    try:
        return gencache.EnsureDispatch(dispatch)
    except AttributeError:
        # A damaged cache gives "has no attribute 'CLSIDToClassMap'" (pywin32 #1694, #1784).
        shutil.rmtree(win32com.__gen_path__, ignore_errors=True)
        gencache.Rebuild()
        return gencache.EnsureDispatch(dispatch)


def _method(handler: Handler) -> Handler:
    def method(_self: object, *arguments: object) -> None:
        handler(*arguments)

    return method


def _list_separator() -> str:
    if sys.platform != "win32":
        return ","
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _INTERNATIONAL) as key:
            return str(winreg.QueryValueEx(key, "sList")[0]) or ","
    except OSError:
        return ","
