"""Notes that are HTML although DESCRIPTION is plain text (RFC 5545 section 3.8.1.5).

Who: Google Calendar and programs that write to it (`Agenda:<br><a href="https://…">slides</a>`). The fix: line breaks for blocks, the
words without their tags. Text that only holds a `<` stays as it is.
Sample: `<p>Bring <b>cake</b> &amp; tea</p>`.
"""

import html
import re

from osync.ical.texts import clean_text

_LOOKS_LIKE_HTML = re.compile(
    r"</?(?:html|body|p|br|div|span|a|b|i|u|ul|ol|li|table|font|strong|em|h[1-6])(?:\s[^<>]*)?/?>", re.IGNORECASE
)
_BREAKS = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6])(?:\s[^<>]*)?/?>", re.IGNORECASE)
_HIDDEN = re.compile(r"<(style|script|head)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z!][^<>]*>")


def without_html(text: str) -> str:
    """Give the words of clean text that is HTML, cleaned again; other text as it is."""
    if "<" not in text or not _LOOKS_LIKE_HTML.search(text):
        return text
    words = _TAG.sub("", _BREAKS.sub("\n", _HIDDEN.sub("", text)))
    return clean_text(html.unescape(words))
