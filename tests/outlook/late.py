"""What a test holds of the COM server: objects asked by name only, whether makepy has run on this machine or not."""

from typing import Any

import pythoncom
import winerror


class Late:
    """One object; attributes, calls and square brackets go through IDispatch. A naive time would be shifted by pywin32."""

    def __init__(self, dispatch: Any) -> None:
        object.__setattr__(self, "_oleobj_", getattr(dispatch, "_oleobj_", dispatch))

    def __getattr__(self, name: str) -> Any:
        number = self._oleobj_.GetIDsOfNames(0, name)
        try:
            return _seen(self._oleobj_.Invoke(number, 0, pythoncom.DISPATCH_PROPERTYGET, 1))
        except pythoncom.com_error as error:
            if error.hresult != winerror.DISP_E_MEMBERNOTFOUND and _scode(error) != winerror.DISP_E_MEMBERNOTFOUND:
                raise
        both = pythoncom.DISPATCH_METHOD | pythoncom.DISPATCH_PROPERTYGET
        return lambda *given: _seen(self._oleobj_.Invoke(number, 0, both, 1, *map(_bare, given)))

    def __setattr__(self, name: str, value: Any) -> None:
        number = self._oleobj_.GetIDsOfNames(0, name)
        self._oleobj_.Invoke(number, 0, pythoncom.DISPATCH_PROPERTYPUT, 0, _bare(value))

    def __getitem__(self, key: Any) -> Any:
        both = pythoncom.DISPATCH_METHOD | pythoncom.DISPATCH_PROPERTYGET
        return _seen(self._oleobj_.Invoke(self._oleobj_.GetIDsOfNames(0, "Item"), 0, both, 1, key))

    def __setitem__(self, key: Any, value: Any) -> None:
        self._oleobj_.Invoke(pythoncom.DISPID_VALUE, 0, pythoncom.DISPATCH_PROPERTYPUT, 0, key, _bare(value))


def _scode(error: Any) -> int:
    return int(error.excepinfo[5]) if error.excepinfo else 0


def _seen(value: Any) -> Any:
    return Late(value) if hasattr(value, "GetIDsOfNames") else value


def _bare(value: Any) -> Any:
    return getattr(value, "_oleobj_", value)
