"""Values sent with ENCODING=BASE64 or QUOTED-PRINTABLE where RFC 5545 wants plain text.

Who: exporters built on old versions of DDay.iCal and ical.net (`UID;ENCODING=BASE64:…`), and programs that grew out of
vCalendar 1.0 (`SUMMARY;ENCODING=QUOTED-PRINTABLE:…`). RFC 5545 section 3.2.7 allows 8BIT, and BASE64 for binary values only.
The fix: decode once before the value is compared or shown, else one event lives on under two UIDs.
Sample: `UID;ENCODING=BASE64:dXVpZDExNTMxNzA0MzA0MDY=`.
"""

import base64
import binascii
import quopri

from osync.ical.lines import Property


def decoded_value(found: Property) -> str:
    """Give the value of a property without its transfer encoding; as written if it has none or it does not decode."""
    encoding = (found.parameter("ENCODING") or "").strip().upper()
    try:
        if encoding in ("BASE64", "B"):
            return base64.b64decode(found.value, validate=True).decode()
        if encoding == "QUOTED-PRINTABLE":
            return quopri.decodestring(found.value.encode()).decode()
    except (binascii.Error, UnicodeDecodeError):
        pass
    return found.value
