"""A whole calendar text that is still quoted-printable, because a program cut it out of a mail without decoding it.

Who: KDE's and other mail programs of around 2014, in iTIP answers (`ATTENDEE;CN=3D"A";ROLE=3DREQ-PARTICIPANT:…`).
RFC 2045 section 6.7 is the encoding; iCalendar itself knows none. The fix: decode once, and only when parameters
themselves show it; a `=3D` inside a value may be part of a web address.
Sample: `LOCATION:Osnabr=C3=BCck` below `ATTENDEE;RSVP=3DTRUE:mailto:a@example.org`.
"""

import quopri
import re

_ENCODED_PARAMETER = re.compile(rb"^[A-Z-]+;(?:[A-Z-]+=3D[^:\r\n]*|[^:\r\n]*;[A-Z-]+=3D)", re.MULTILINE)


def without_quoted_printable(content: bytes) -> bytes:
    """Decode a calendar text that is quoted-printable as a whole; give any other text back as it is."""
    if b"=3D" in content and _ENCODED_PARAMETER.search(content):
        return quopri.decodestring(content)
    return content
