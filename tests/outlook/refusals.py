"""Errors with the arguments of pywin32's com_error: (number, text, details, argument), numbers signed (facts A1)."""

BUSY = 0x8001010A
REJECTED = 0x80010001
GONE = 0x800706BA
WRONG_THREAD = 0x8001010E
NOT_FOUND = 0x8004010F
CHANGED = 0x80040109
FAILED = 0x80040201
ABORTED = 0x80004004
ACCESS_DENIED = 0x80070005
DISPATCHED = 0x80020009
MEMBER_NOT_FOUND = 0x80020003
NOT_CONNECTED = 0x80040115
NO_SUPPORT = 0x80040102


class ComError(Exception):
    """What pywin32 raises as `pywintypes.com_error`."""

    @property
    def hresult(self) -> int:
        return int(self.args[0])


def signed(number: int) -> int:
    return number - (1 << 32) if number & 0x80000000 else number


def transport_error(number: int) -> ComError:
    """An error of COM itself, without details."""
    return ComError(signed(number), "The call failed.", None, None)


def refused(number: int, words: str = "The operation failed.") -> ComError:
    """An error that Outlook raises: DISP_E_EXCEPTION, the true number in the details."""
    return ComError(
        signed(DISPATCHED), "Exception occurred.", (4096, "Microsoft Outlook", words, None, 0, signed(number)), None
    )
