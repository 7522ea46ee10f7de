"""The numbers of Outlook's object model that OSync uses; late binding knows no names."""

from typing import Final

CALENDAR_FOLDER: Final = 9
DELETED_FOLDER: Final = 3
INBOX_FOLDER: Final = 6
OUTBOX_FOLDER: Final = 4
CALENDAR_MODULE: Final = 1

MAIL_ITEM: Final = 0
APPOINTMENT_ITEM: Final = 1

APPOINTMENT_CLASS: Final = 26
MAIL_CLASS: Final = 43
REPORT_CLASS: Final = 46

FREE, TENTATIVE, BUSY, OUT_OF_OFFICE, ELSEWHERE = range(5)
NORMAL, PERSONAL, PRIVATE, CONFIDENTIAL = range(4)
DAILY, YEARLY = 0, 5
NO_MEETING: Final = 0
MASTER: Final = 1
"""The recurrence state of a series itself, not of one of its instances."""
CANCELLED_MEETINGS: Final = (5, 7)

PLAIN_TEXT, HTML = 1, 2
BY_VALUE: Final = 1
TO, BLIND_COPY = 1, 3
TEXT_PROPERTY: Final = 1

STILL_LOADING: Final = (200, 400, 500, 600)
"""Exchange's connection modes in which a cached folder may not be whole."""
NOT_CONNECTED: Final = (100, 300)
"""Exchange's connection modes in which nothing but the cache answers, and there is none."""
NOT_EXCHANGE: Final = 3
"""The kind of a store that belongs to no Exchange account."""
MAY_CREATE: Final = 0x10
DISCARD: Final = 1
NO_COLOUR: Final = 0

_TAG = "http://schemas.microsoft.com/mapi/proptag/"
LAST_MODIFIED: Final = _TAG + "0x30080040"
CHANGE_KEY: Final = _TAG + "0x65E20102"
SIZE: Final = _TAG + "0x0E080003"
ACCESS: Final = _TAG + "0x0FF40003"
RECEIVED_AT: Final = _TAG + "0x0E060040"
TRANSPORT_HEADERS: Final = _TAG + "0x007D001F"
MESSAGE_ID: Final = _TAG + "0x1035001F"
ORIGINAL_MESSAGE_ID: Final = _TAG + "0x1046001F"
SMTP_ADDRESS: Final = _TAG + "0x39FE001E"
SUPPRESS_ANSWERS: Final = _TAG + "0x3FDF0003"
KEYWORDS: Final = "urn:schemas-microsoft-com:office:office#Keywords"
SUBJECT: Final = "urn:schemas:httpmail:subject"
USER_PROPERTY: Final = "http://schemas.microsoft.com/mapi/string/{00020329-0000-0000-C000-000000000046}/"
MAIL_HEADER: Final = "http://schemas.microsoft.com/mapi/string/{00020386-0000-0000-C000-000000000046}/"
TEXT_TYPE: Final = "/0000001f"

PROPERTY_PUT_OBJECT: Final = 8
PROPERTY_PUT: Final = 4
PROPERTY_GET: Final = 2
METHOD: Final = 1
