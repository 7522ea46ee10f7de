"""The fake as a COM server of its own process: what `Dispatch("Outlook.Application")` reaches in Windows Python.

    python com_server.py --register | --unregister

One generic gateway serves every object of the fake, so that both uses have one object model. Objects answer by name, as
Outlook's do when nobody asks for their type library; only Application and Items tell theirs, since pywin32 needs it for
events. `Application.Fake` leads to the fake itself, for tests: they run in another process.
"""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pythoncom
import pywintypes
import winerror
from outlook.application import Application, FakeOutlook
from outlook.lists import Items
from win32com.client import VARIANT
from win32com.server import policy, register, util
from win32com.server.exception import COMException

HERE = Path(__file__).resolve().parent
TYPE_LIBRARY = HERE.parents[1] / ".wine" / "build" / "outlook.tlb"
CLSID = "{0006F03A-0000-0000-C000-000000000046}"
_EVENT_NUMBERS = {"ItemAdd": 0xF001, "ItemChange": 0xF002, "ItemRemove": 0xF003, "NewMailEx": 0xFAB5, "Quit": 0xF007}
_PLAIN = (bool, int, float, str, bytes, datetime)

_NUMBERED = {0x110: "GetNamespace", 0x51: "Item", 2: "FindConnectionPoint"}  # as in the type library
_STRONG = 0  # ACTIVEOBJECT_STRONG

_fake = FakeOutlook()
_running: list[int] = []


def outward(value: Any) -> Any:
    """Give what COM can carry: a plain value, a tuple of them, or a gateway to an object."""
    if value is None or isinstance(value, _PLAIN):
        return value
    if isinstance(value, tuple | list):
        # A bare tuple would mean: the result, and what goes back through arguments.
        return VARIANT(pythoncom.VT_ARRAY | pythoncom.VT_VARIANT, bare(value))
    return util.wrap(Gateway(value), usePolicy=Policy)


def bare(values: Any) -> Any:
    """Give tuples of what COM can carry."""
    return tuple(bare(each) if isinstance(each, tuple | list) else outward(each) for each in values)


def inward(value: Any) -> Any:
    """Give the object behind a gateway, or the plain value."""
    if hasattr(value, "QueryInterface"):
        gateway = util.unwrap(value)
        return gateway.target if isinstance(gateway, Gateway) else value
    return value


class Gateway:
    """One object of the fake, seen from outside."""

    def __init__(self, target: Any) -> None:
        self.target = target

    def knows(self, name: str) -> bool:
        """Tell whether there is anything of that name, without touching it."""
        target = self.target
        return (
            isinstance(target, dict)
            or name in ("Fake", "FindConnectionPoint", "EnumConnectionPoints")
            or hasattr(type(target), name)
            or name in vars(target)
        )

    def answer(self, name: str, flags: int, arguments: tuple[Any, ...]) -> Any:
        """Carry out one call by name, as IDispatch says what kind of call it is."""
        given = tuple(inward(each) for each in arguments)
        if name == "Fake" and isinstance(self.target, Application):
            return _fake
        if isinstance(self.target, dict):
            return self._of_mapping(name, given)
        if flags & (pythoncom.DISPATCH_PROPERTYPUT | pythoncom.DISPATCH_PROPERTYPUTREF):
            return setattr(self.target, name, given[0])
        found = getattr(self.target, name)
        if not flags & pythoncom.DISPATCH_METHOD:
            if callable(found):
                raise COMException(scode=winerror.DISP_E_MEMBERNOTFOUND)
            return found
        return found(*given) if callable(found) else found

    def _of_mapping(self, name: str, given: tuple[Any, ...]) -> Any:
        """Answer for a dictionary inside of the fake: square brackets read (by `Item`) and write (without a name)."""
        if not name:
            self.target[given[0]] = given[1]
            return None
        return self.target[given[0]]


class OpenApplication(Gateway):
    """Application, of whatever Outlook is there now: who asks the table of running objects gets this one all the time."""

    def __init__(self) -> None:
        super().__init__(None)

    @property
    def target(self) -> Any:
        return _fake.application()

    @target.setter
    def target(self, value: Any) -> None:
        return


class ConnectionPoint:
    """Where one client listens to the events of one object (IConnectionPoint)."""

    _public_methods_ = (
        "EnumConnections",
        "Unadvise",
        "Advise",
        "GetConnectionPointContainer",
        "GetConnectionInterface",
    )
    _com_interfaces_ = (pythoncom.IID_IConnectionPoint,)

    def __init__(self, target: Any, interface: Any) -> None:
        self._target = target
        self._interface = interface
        self._listening: list[Any] = []

    def GetConnectionInterface(self) -> Any:
        return self._interface

    def GetConnectionPointContainer(self) -> None:
        raise COMException(scode=winerror.E_NOTIMPL)

    def EnumConnections(self) -> None:
        raise COMException(scode=winerror.E_NOTIMPL)

    def Advise(self, sink: Any) -> int:
        client = sink.QueryInterface(pythoncom.IID_IDispatch)

        def handler(number: int) -> Any:
            return lambda *arguments: client.Invoke(
                number, 0, pythoncom.DISPATCH_METHOD, 0, *(outward(each) for each in arguments)
            )

        handlers = {name: handler(number) for name, number in _EVENT_NUMBERS.items()}
        self._listening.append(_fake.listen(self._target, handlers))
        return len(self._listening)

    def Unadvise(self, cookie: int) -> None:
        self._listening[cookie - 1].handlers.clear()


class Policy(policy.BasicWrapPolicy):  # type: ignore[misc] # pywin32 is not typed
    """How pywin32 asks a gateway: any name is a number of its own."""

    _com_interfaces_: list[Any]

    def _wrap_(self, gateway: Any) -> None:
        super()._wrap_(gateway)
        self._names: dict[int, str] = dict(_NUMBERED)
        self._numbers = {name: number for number, name in _NUMBERED.items()}
        self._name_to_dispid_ = {"findconnectionpoint": 2}  # how pywin32 asks for what is in no dispatch interface
        self._type = _type_of(gateway.target)
        if self._type is not None:
            self._com_interfaces_ = [*self._com_interfaces_, pythoncom.IID_IConnectionPointContainer]

    def _CreateInstance_(self, clsid: Any, interface: Any) -> Any:
        self._wrap_(OpenApplication())
        if not _running:
            # Others ask the table of running objects whether Outlook runs.
            shown = util.wrap(OpenApplication(), usePolicy=Policy)
            _running.append(pythoncom.RegisterActiveObject(shown, pywintypes.IID(CLSID), _STRONG))
        return pythoncom.WrapObject(self, interface)

    def _GetTypeInfoCount_(self) -> int:
        return 0 if self._type is None else 1

    def _GetTypeInfo_(self, index: int, lcid: int) -> tuple[int, Any]:
        if index or self._type is None:
            raise COMException(scode=winerror.DISP_E_BADINDEX)
        return 0, self._type

    def _getdispid_(self, name: str, fdex: int) -> int:
        if not self._obj_.knows(name):
            raise COMException(scode=winerror.DISP_E_UNKNOWNNAME)
        if name not in self._numbers:
            self._numbers[name] = 1000 + len(self._numbers)
            self._names[self._numbers[name]] = name
        return self._numbers[name]

    def _invokeex_(self, number: int, lcid: int, flags: int, arguments: Any, result: Any, caller: Any) -> Any:
        name = "" if number == pythoncom.DISPID_VALUE else self._names[number]
        if name == "FindConnectionPoint":
            point = ConnectionPoint(self._obj_.target, arguments[0])
            return util.wrap(point, pythoncom.IID_IConnectionPoint)
        try:
            found = outward(self._obj_.answer(name, flags, tuple(arguments)))
        except (KeyError, IndexError) as error:
            raise COMException(description=repr(error), scode=winerror.DISP_E_BADINDEX) from None
        except AttributeError as error:
            raise COMException(description=str(error), scode=winerror.DISP_E_UNKNOWNNAME) from None
        except COMException:
            raise
        except Exception as error:  # noqa: BLE001 # the other process gets each of them as a COM error
            raise _com_exception(error) from None
        # Here it is the client that pumps messages, while it waits for an answer or by itself.
        _fake.pump()
        return found


def _type_of(target: Any) -> Any:
    """Give the type information of what has events; None where nobody asks for it, or before it was compiled."""
    wanted = {Application: "_Application", Items: "_Items"}.get(type(target), "")
    if not wanted or not TYPE_LIBRARY.exists():
        return None
    library = pythoncom.LoadTypeLib(str(TYPE_LIBRARY))
    for index in range(library.GetTypeInfoCount()):
        if library.GetDocumentation(index)[0] == wanted:
            return library.GetTypeInfo(index)
    raise LookupError(wanted)


def _com_exception(error: Exception) -> Any:
    """Give the error of the fake (facts C1: hresult, text, excepinfo, argerr) as pywin32's server side raises it."""
    if not (error.args and isinstance(error.args[0], int)):
        return COMException(description=repr(error), scode=winerror.E_UNEXPECTED)
    details = error.args[2] if len(error.args) > 2 else None
    if details is None:
        return COMException(scode=error.args[0])
    return COMException(description=details[2], source=details[1], scode=details[5])


class OutlookServer:
    """What the registry leads to; `Policy` makes the gateway to Application in its place."""

    _reg_clsid_ = CLSID
    _reg_desc_ = "OSync's fake of Outlook"
    _reg_progid_ = "Outlook.Application"
    _reg_verprogid_ = None
    _reg_clsctx_ = pythoncom.CLSCTX_LOCAL_SERVER
    _reg_class_spec_ = "outlook.com_server.OutlookServer"
    _reg_policy_spec_ = "outlook.com_server.Policy"


def renew(zone: str, list_separator: str) -> None:
    """Begin with an empty Outlook."""
    global _fake  # noqa: PLW0603 # the process is this one Outlook
    _fake = FakeOutlook(zone, list_separator)


FakeOutlook.renew = staticmethod(renew)  # type: ignore[attr-defined] # reached as Application.Fake.renew


def register_server() -> None:
    """Let `Dispatch("Outlook.Application")` start this, on this computer."""
    OutlookServer._reg_options_ = {"PythonCOMPath": str(HERE.parent)}  # type: ignore[attr-defined]
    register.RegisterClasses(OutlookServer, quiet=1)
    pythoncom.RegisterTypeLib(pythoncom.LoadTypeLib(str(TYPE_LIBRARY)), str(TYPE_LIBRARY), None)


def unregister_server() -> None:
    """Let there be no Outlook again."""
    register.UnregisterClasses(OutlookServer, quiet=1)


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    unregister_server() if "--unregister" in sys.argv else register_server()
