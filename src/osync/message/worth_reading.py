"""Tell by a few header fields whether a mail may concern OSync, so that all others need not be fetched from a server; pure.

In doubt it does: no field of a mail is safe from mailing lists and gateways. Whether it really does is found by opening it.
"""

import re

from osync.message.automatic import has_no_return_path, is_from_mail_system
from osync.message.header import Header, decoded_words, read_header

FIELDS = (
    "From",
    "Subject",
    "Content-Type",
    "X-OSync",
    "In-Reply-To",
    "References",
    "Return-Path",
    "X-Failed-Recipients",
    "List-Id",
    "List-Post",
    "Precedence",
)
"""The fields that decide."""

_OF_OSYNC = re.compile(r"osync", re.IGNORECASE)
_PLAIN_KINDS = ("", "text/plain", "text/html", "multipart/alternative", "multipart/related")
"""What people write without attachments. All that OSync writes otherwise travels as an attachment, or says so in the subject."""


def may_concern(header: bytes) -> bool:
    """Tell whether a mail with these header fields is one of OSync, answers one, or reports on one, as far as can be told."""
    read = read_header(header)
    if not read.fields or read.first("x-osync"):
        return True
    if _OF_OSYNC.search(decoded_words(read.first("subject")[:2_000])) or _answers_osync(read):
        return True
    if read.first("x-failed-recipients") or has_no_return_path(read) or is_from_mail_system(read):
        return True
    kind = read.first("content-type").partition(";")[0].strip().lower()
    # A digest of a list is one long text with the subject of the list.
    return kind not in _PLAIN_KINDS or (kind in ("", "text/plain") and _is_of_a_list(read))


def _answers_osync(header: Header) -> bool:
    return any(_OF_OSYNC.search(value) for name in ("in-reply-to", "references") for value in header.all(name))


def _is_of_a_list(header: Header) -> bool:
    return bool(header.first("list-id") or header.first("list-post") or header.first("precedence"))
